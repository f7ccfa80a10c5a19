import TarnCore

/// One core and what its driver keeps for it: the bytes in its slots, its flash, its operations.
final class HarnessNode {
  /// What the driver is doing for the core.
  struct Operation {
    enum Work {
      case readFlash(FlashExtent, into: Slot)
      case writeFlash(FlashExtent, from: Slot)
      case move(from: FlashExtent, to: FlashExtent)
      case readOrigin(into: Slot, path: OriginPath)
    }
    var work: Work
    /// Whose bytes are meant.
    var key: BlockKey?
  }

  let number: Int
  var core: CacheNode
  var life: UInt16 = 0
  var isUp = true
  /// Added to every message from this node, nanoseconds.
  var slowness: UInt64 = 0
  var wakeAt = Instant.never
  /// Whose bytes lie in each memory slot.
  var slots: [BlockKey?] = []
  var device: FlashDevice
  var operations: [OperationID: Operation] = [:]
  /// KV blocks in memory and the parents that they were linked to.
  var links: [(child: BlockKey, parent: BlockKey)] = []
  var pins: [BlockKey] = []
  /// The first life's inputs, if they are recorded, and the bytes of its decision records.
  var inputs: [RecordedInput] = []
  var record: [UInt8] = []
  /// Hashes and counts of the lives that ended.
  var earlierHash: UInt64 = 0
  var earlierCounters = CacheCounters()

  init(_ number: Int, _ configuration: CacheConfiguration) {
    self.number = number
    core = CacheNode(configuration, id: NodeID(UInt16(number)))
    device = FlashDevice(
      flashBytes: configuration.flashBytes, segmentBytes: configuration.flashSegmentBytes)
  }

  func bytes(in slot: Slot) -> BlockKey? { slot < slots.count ? slots[Int(slot)] : nil }

  func setBytes(in slot: Slot, to key: BlockKey?) {
    while slots.count <= Int(slot) { slots.append(nil) }
    slots[Int(slot)] = key
  }

  /// Whose block the memory tier has in `slot`.
  func owner(of slot: Slot) -> Entry? {
    core.memory.table.isLive(slot) ? core.memory.table[slot] : nil
  }
}

/// One step as it can be given to another core.
struct RecordedInput {
  var time: Instant
  var input: Input
  var keys: [BlockKey]
}
