import TarnCore

/// Ranges of blob names, each served by one server at a rate of its own, that split where they are hot.
///
/// An account's names are a line of `most` slots by the leading bits of their hash, as names with a
/// hashed prefix are; a partition is an aligned run of slots. One that is over its rate for
/// `splitAfter` is halved, and both halves have the whole rate. O(1) a request, O(`most`) a split.
struct NamePartitions: ~Copyable {
  /// What a partition's first slot keeps.
  struct Slot: BitwiseCopyable {
    /// Leading bits that all names of the slot's partition share.
    var depth: UInt8
    var limit = RateLimit()
    /// Since when the partition is over its rate; `Instant.never`: it is not.
    var hotSince = Instant.never
  }

  private let slotBits: UInt8
  private let cost: Nanoseconds
  private let burst: Nanoseconds
  private let splitAfter: Nanoseconds
  private var slots: FixedArray<Slot>
  /// How often one was split.
  private(set) var splits: UInt64 = 0

  /// - Parameter partitions: nil for names that set no limit.
  init(
    _ partitions: BlobConfiguration.Partitions?, accounts: Int, burst: Nanoseconds,
    scale: SamplingScale
  ) {
    guard let partitions else {
      (slotBits, cost, self.burst, splitAfter) = (0, 0, burst, .max)
      slots = FixedArray(repeating: Slot(depth: 0), count: 0)
      return
    }
    slotBits = UInt8(partitions.most.trailingZeroBitCount)
    cost = UInt64(1e9 / Double(partitions.requestsPerSecond) * scale.factor)
    self.burst = burst
    splitAfter = partitions.splitAfter
    slots = FixedArray(
      repeating: Slot(depth: UInt8(partitions.initial.trailingZeroBitCount)),
      count: accounts << Int(slotBits))
  }

  /// The partition's first slot.
  private func first(_ account: Int, _ hash: UInt64) -> Int {
    let slot = slotBits == 0 ? 0 : Int(hash >> (64 - UInt64(slotBits)))
    let base = account << Int(slotBits)
    let width = Int(slotBits - slots[base + slot].depth)
    return base + (slot >> width) << width
  }

  /// How long until a request of a name with this hash is admitted; 0 for now. Splits a partition that
  /// has been hot for long enough.
  mutating func wait(_ account: Int, _ hash: UInt64, at now: Instant) -> Nanoseconds {
    guard slots.count > 0 else { return 0 }
    let index = first(account, hash)
    let isHot = slots[index].limit.wait(at: now, burst: burst / 2) > 0
    if !isHot {
      slots[index].hotSince = .never
    } else if slots[index].hotSince == .never {
      slots[index].hotSince = now
    } else if now - slots[index].hotSince >= splitAfter, slots[index].depth < slotBits {
      split(index)
      return 0
    }
    return slots[index].limit.wait(at: now, burst: burst)
  }

  mutating func take(_ account: Int, _ hash: UInt64, share: Double, at now: Instant) {
    guard slots.count > 0 else { return }
    slots[first(account, hash)].limit.take(UInt64(Double(cost) / share), at: now)
  }

  private mutating func split(_ index: Int) {
    splits += 1
    let depth = slots[index].depth + 1
    let width = 1 << Int(slotBits - depth + 1)
    for slot in index..<index + width { slots[slot] = Slot(depth: depth) }
  }
}
