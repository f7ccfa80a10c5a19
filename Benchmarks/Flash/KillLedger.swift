import TarnCore
import TarnNode

/// What must be found, by what the writers said.
struct KillLedger {
  /// Acknowledged and not discarded: by segment and offset.
  private var owed: [UInt32: [UInt32: KillRecord]] = [:]
  /// Where the next writer goes on: behind the segment that was discarded last.
  private(set) var nextSegment: UInt32 = 0
  private(set) var acknowledged = 0
  private(set) var verified = 0
  /// Whole blocks that nobody promised: killed before the writer could say so, or discarded.
  private(set) var unacknowledged = 0
  /// Blocks of a discarded segment that were refused when they were read.
  private(set) var refused = 0
  private(set) var faults: [String] = []

  mutating func take(_ records: [KillRecord]) {
    for record in records {
      switch KillRecord.Kind(rawValue: record.kind) {
      case .ready: break
      case .discard:
        owed[record.segment] = [:]
        nextSegment = (record.segment + 1) % KillShape.segments
      case .written:
        acknowledged += 1
        owed[record.segment, default: [:]][record.offset] = record
      case .failed: faults.append("a write failed: block \(record.number) at \(record.extent)")
      case nil: faults.append("the writer said \(record.kind)")
      }
    }
  }

  mutating func compare(_ blocks: [RecoveredBlock], _ results: Results) {
    var found: Set<UInt64> = []
    for (index, block) in blocks.enumerated() {
      let extent = block.extent
      let isOwed = owed[extent.segment]?[extent.offset].map {
        $0.number == block.key.low && $0.length == extent.length
      }
      switch results.statuses[index] {
      case .ok where !results.isRight[index]: faults.append("wrong bytes: \(block)")
      case .ok:
        if isOwed == true {
          found.insert(UInt64(extent.segment) << 32 | UInt64(extent.offset))
          verified += 1
        } else {
          unacknowledged += 1
        }
      case .corrupt: if isOwed == nil { refused += 1 } else { faults.append("corrupt: \(block)") }
      case .failed: faults.append("not read: \(block)")
      }
    }
    for record in owed.values.flatMap(\.values)
    where !found.contains(UInt64(record.segment) << 32 | UInt64(record.offset)) {
      faults.append("lost: block \(record.number) at \(record.extent)")
    }
  }
}
