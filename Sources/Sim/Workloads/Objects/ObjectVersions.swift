import TarnCore

/// Which version of each object its home holds, and when each was replaced: what caches can only
/// remember, and what referees know.
struct ObjectVersions: Sendable {
  /// When version n of an object was replaced by n + 1, by object.
  private var replaced: [[Instant]]

  init(count: UInt32) { replaced = Array(repeating: [], count: Int(count)) }

  /// The version that the home holds.
  func current(_ object: UInt32) -> UInt32 { UInt32(replaced[Int(object)].count) }

  /// The object has a new version.
  mutating func overwrite(_ object: UInt32, at now: Instant) {
    replaced[Int(object)].append(now)
  }

  /// How long before `time` the version was replaced; nil if it was not by then.
  func staleness(of version: UInt32, _ object: UInt32, at time: Instant) -> Nanoseconds? {
    let history = replaced[Int(object)]
    guard Int(version) < history.count, history[Int(version)] < time else { return nil }
    return time - history[Int(version)]
  }
}
