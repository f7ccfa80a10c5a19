/// What the process's control group lets it use. Linux, versions 1 and 2 and both at once (kernel
/// documentation, admin-guide/cgroup-v2 and cgroup-v1).
///
/// Limits hold for a group and all below it, so the tightest one on the way to the root counts.
public struct CgroupLimits: Sendable, Equatable {
  /// Processors' worth of time, from `cpu.max` or `cpu.cfs_quota_us`; nil for no limit.
  public var processors: Double?
  /// From `memory.max` or `memory.limit_in_bytes`; nil for no limit.
  public var memoryBytes: UInt64?
  /// From `memory.high`, beyond which the kernel slows the process down; nil for no limit.
  public var throttledMemoryBytes: UInt64?

  public init(
    processors: Double? = nil, memoryBytes: UInt64? = nil, throttledMemoryBytes: UInt64? = nil
  ) {
    self.processors = processors
    self.memoryBytes = memoryBytes
    self.throttledMemoryBytes = throttledMemoryBytes
  }

  /// The limits of this process. `root` stands before `/proc` and the places that it names.
  public static func read(root: String = "") -> CgroupLimits {
    guard let groups = smallFile(root + "/proc/self/cgroup"),
      let mounts = smallFile(root + "/proc/self/mountinfo")
    else { return CgroupLimits() }
    let known = CgroupMount.all(in: mounts)
    var limits = CgroupLimits()
    for line in groups.split(separator: "\n") {
      // "4:memory:/path" in version 1, "0::/path" in version 2.
      let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
      guard parts.count == 3 else { continue }
      let controllers = parts[1].split(separator: ",").map(String.init)
      for mount in known where mount.has(controllers) {
        for folder in mount.folders(of: String(parts[2])) {
          limits.tighten(root + folder, controllers)
        }
      }
    }
    return limits
  }

  private mutating func tighten(_ folder: String, _ controllers: [String]) {
    if controllers.isEmpty {
      processors = least(processors, Self.cpuMax(smallFile(folder + "/cpu.max")))
      memoryBytes = least(memoryBytes, Self.bytes(smallFile(folder + "/memory.max")))
      throttledMemoryBytes = least(
        throttledMemoryBytes, Self.bytes(smallFile(folder + "/memory.high")))
    }
    if controllers.contains("cpu") {
      let quota = smallFile(folder + "/cpu.cfs_quota_us")
      let period = smallFile(folder + "/cpu.cfs_period_us")
      if let quota, let period {
        processors = least(processors, Self.cpuMax(Self.trimmed(quota) + " " + period))
      }
    }
    if controllers.contains("memory") {
      memoryBytes = least(memoryBytes, Self.bytes(smallFile(folder + "/memory.limit_in_bytes")))
    }
  }

  /// "150000 100000" is one and a half processors; "max 100000" and "-1 100000" are no limit.
  private static func cpuMax(_ text: String?) -> Double? {
    let words = (text ?? "").split { $0 == " " || $0 == "\n" }.map { Double($0) }
    guard words.count == 2, let quota = words[0], let period = words[1], quota > 0, period > 0
    else { return nil }
    return quota / period
  }

  /// "max" is no limit; nor is version 1's largest number of whole pages.
  private static func bytes(_ text: String?) -> UInt64? {
    guard let text, let bytes = UInt64(trimmed(text)), bytes < 1 << 62 else { return nil }
    return bytes
  }

  private static func trimmed(_ text: String) -> String {
    String(text.prefix { $0 != "\n" && $0 != " " })
  }
}

private func least<Value: Comparable>(_ left: Value?, _ right: Value?) -> Value? {
  guard let left, let right else { return left ?? right }
  return min(left, right)
}

/// A place where a hierarchy of control groups is mounted.
struct CgroupMount: Equatable {
  /// The group that the mount shows as its top: "/" unless a container runtime shows a part only.
  var top: String
  var folder: String
  /// Of version 1; empty for version 2.
  var controllers: [String]

  /// Lines of proc_pid_mountinfo(5): `36 35 98:0 /top /folder rw,relatime - cgroup2 cgroup2 rw`.
  static func all(in mountinfo: String) -> [CgroupMount] {
    mountinfo.split(separator: "\n").compactMap { line in
      let words = line.split(separator: " ").map(String.init)
      guard let dash = words.firstIndex(of: "-"), dash >= 6, words.count > dash + 3 else {
        return nil
      }
      let controllers: [String]
      switch words[dash + 1] {
      case "cgroup2": controllers = []
      case "cgroup": controllers = words[dash + 3].split(separator: ",").map(String.init)
      default: return nil
      }
      return CgroupMount(top: words[3], folder: words[4], controllers: controllers)
    }
  }

  /// Whether it is the hierarchy of these controllers.
  func has(_ wanted: [String]) -> Bool {
    wanted.isEmpty ? controllers.isEmpty : wanted.contains { controllers.contains($0) }
  }

  /// Folders of the group `path` and of all above it that the mount shows, the lowest first. A path
  /// outside of what is shown stands for the top: that is how a container without a namespace of
  /// its own sees itself.
  func folders(of path: String) -> [String] {
    var rest: [Substring] = []
    let tops = top.split(separator: "/")
    let parts = path.split(separator: "/")
    if parts.starts(with: tops) { rest = Array(parts.dropFirst(tops.count)) }
    if rest.contains("..") { rest = [] }
    return (0...rest.count).reversed().map { count in
      rest.prefix(count).reduce(folder) { $0 + "/" + $1 }
    }
  }
}
