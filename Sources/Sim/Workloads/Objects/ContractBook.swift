public import TarnCore

/// What became of operations on a container, by region: the material of the contract.
struct ContractBook: Sendable {
  /// Ends of one operation in one region.
  struct Entry: Sendable {
    /// Of those that succeeded.
    var latency = LatencyHistogram()
    var served: UInt64 = 0
    var failed: UInt64 = 0
    /// Reads whose version was replaced before they came: opened again.
    var changed: UInt64 = 0
    /// Those that began while the region was cut off from the home.
    var cutServed: UInt64 = 0
    var cutFailed: UInt64 = 0
    /// Opens: how long ago the version was replaced when the open began, at worst.
    var stalest: Nanoseconds = 0
    /// From a cut's end to the last failure of what began before that end.
    var drained: Nanoseconds = 0
  }
  /// Promises that were broken.
  struct Violations: Sendable, Equatable {
    /// Opens of a version that was replaced longer ago than the bound.
    var stale: UInt64 = 0
    /// Blocks of another version than the handle's.
    var mixed: UInt64 = 0
    /// Ends after the deadline, and operations without an end.
    var late: UInt64 = 0
    /// Ends that a cut should have made impossible, or should not have prevented.
    var cutOff: UInt64 = 0
  }

  /// By region.
  var opens: [Entry]
  var reads: [Entry]
  var openViolations = Violations()
  var readViolations = Violations()
  /// Blocks whose name was compared with their handle's version.
  var compared: UInt64 = 0

  init(regions: Int) {
    opens = Array(repeating: Entry(), count: regions)
    reads = opens
  }
}

extension ContractBook.Entry {
  /// Counts an end: of what began at `start` and ended at `now`, within `cut` if one was on when it
  /// began.
  mutating func count(
    isServed: Bool, from start: Instant, to now: Instant, cut: ObjectsConfiguration.Cut?
  ) {
    if isServed {
      served += 1
      latency.record(now - start)
      if cut != nil { cutServed += 1 }
    } else {
      failed += 1
      guard let cut else { return }
      cutFailed += 1
      drained = max(drained, now - cut.end)
    }
  }
}

/// What a container's contract is made of: a workload's books with what they are about.
public struct ContractMeasure: Sendable {
  /// The workload.
  public var name: String
  public var consistency: Consistency
  var openDeadline: Nanoseconds
  var readDeadline: Nanoseconds
  /// Regions by number, and which of them have readers.
  var regionNames: [String]
  var hasReaders: [Bool]
  var home: UInt8
  var book: ContractBook
}
