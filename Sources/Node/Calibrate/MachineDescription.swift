internal import Glibc

/// On what something was measured, for people.
public struct MachineDescription: Sendable, Equatable {
  public var hostName: String
  public var processor: String
  public var processors: Int
  public var memoryBytes: UInt64
  public var kernel: String
  /// RFC 3339.
  public var time: String

  static func read() -> MachineDescription {
    let resources = HostResources.read()
    return MachineDescription(
      hostName: line("/proc/sys/kernel/hostname") ?? "an unnamed host",
      processor: processorName(smallFile("/proc/cpuinfo") ?? ""),
      processors: resources.processors, memoryBytes: resources.memoryLimit?.bytes ?? 0,
      kernel: line("/proc/sys/kernel/osrelease") ?? "unknown", time: LogTime.now.text)
  }

  private static func line(_ path: String) -> String? {
    smallFile(path)?.split(separator: "\n").first.map(String.init)
  }

  static func processorName(_ cpuinfo: String) -> String {
    for line in cpuinfo.split(separator: "\n") where line.hasPrefix("model name") {
      return String(line.drop { $0 != ":" }.dropFirst().drop { $0 == " " })
    }
    return "processor of unknown model"
  }

  var text: String {
    "\(hostName): \(processor), \(processors) usable processors, \(memoryBytes >> 20) MiB of memory, "
      + "Linux \(kernel)"
  }
}
