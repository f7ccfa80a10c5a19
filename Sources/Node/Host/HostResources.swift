internal import CKernel
internal import Glibc

/// What the machine, and the container if there is one, let the node use.
public struct HostResources: Sendable, Equatable {
  /// Processors that the scheduler may run the process on (sched_getaffinity(2)).
  public var affinity: Int
  /// Bytes of the machine's memory; nil if it is not known.
  public var physicalBytes: UInt64?
  public var cgroup: CgroupLimits

  public init(affinity: Int, physicalBytes: UInt64?, cgroup: CgroupLimits) {
    self.affinity = affinity
    self.physicalBytes = physicalBytes
    self.cgroup = cgroup
  }

  /// This machine. `root` stands before `/proc`.
  public static func read(root: String = "") -> HostResources {
    HostResources(
      affinity: countAffinity(),
      physicalBytes: physicalBytes(smallFile(root + "/proc/meminfo") ?? ""),
      cgroup: CgroupLimits.read(root: root))
  }

  /// Processors that the node can keep busy: a quota of one and a half is two threads' work.
  public var processors: Int {
    guard let quota = cgroup.processors else { return max(1, affinity) }
    return max(1, min(affinity, Int(quota.rounded(.up))))
  }

  /// The most memory that the process can have, and what sets the bound; nil if nothing is known.
  public var memoryLimit: (bytes: UInt64, of: String)? {
    let limits = [
      cgroup.memoryBytes.map { ($0, "the control group's memory limit") },
      physicalBytes.map { ($0, "the machine's memory") },
    ].compactMap { $0 }
    return limits.min { $0.0 < $1.0 }.map { (bytes: $0.0, of: $0.1) }
  }

  private static func physicalBytes(_ meminfo: String) -> UInt64? {
    guard let line = meminfo.split(separator: "\n").first(where: { $0.hasPrefix("MemTotal:") }),
      let kibibytes = line.split(separator: " ").dropFirst().first.flatMap({ UInt64($0) })
    else { return nil }
    return kibibytes << 10
  }

  private static func countAffinity() -> Int {
    let usable = tarn_usable_processors()
    return usable > 0 ? Int(usable) : Int(sysconf(CInt(_SC_NPROCESSORS_ONLN)))
  }
}
