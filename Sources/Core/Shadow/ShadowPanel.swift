/// Shadow caches of several policies over one sample of the requests: what each would have hit.
///
/// A key is in the sample by its hash, so all shadows see the same requests and what they are
/// compared by is the requests that divide them. A sample of one key in `2^shift` meets shadows of
/// a `2^shift`th of the capacity (Waldspurger, Saemundsson, Ahmad, Park, "Cache modeling and
/// optimization using miniature simulations", USENIX ATC 2017). `halve` thins the sample in place.
struct ShadowPanel: ~Copyable {
  /// One shadow's policy and its books.
  struct Shadow: ~Copyable {
    var policy: AnyEviction
    var bytesHeld: UInt64 = 0
    /// Keys held.
    var count = 0
    /// Of counted requests since the beginning.
    var misses: UInt64 = 0
  }

  private(set) var keys: PanelKeys
  let shadows: UnsafeMutablePointer<Shadow>
  let count: Int
  /// One key in `2^shift` is in the sample.
  private(set) var shift: UInt64 = 0
  /// Bytes that each shadow may hold.
  private(set) var capacity: UInt64
  /// Counted requests so far.
  private(set) var requests: UInt64 = 0
  /// What the followed shadow threw out in the last access, as slots of the tier.
  private(set) var dropped = LazyArray<Slot>()
  private(set) var droppedCount: UInt32 = 0

  init(_ kinds: [EvictionKind], capacityBytes: UInt64) {
    keys = PanelKeys(shadows: kinds.count)
    count = kinds.count
    capacity = capacityBytes
    shadows = .allocate(capacity: kinds.count)
    for (number, kind) in kinds.enumerated() {
      let policy = AnyEviction(EvictionConfiguration(kind), capacityBytes: capacityBytes)
      (shadows + number).initialize(to: Shadow(policy: policy))
    }
  }

  deinit {
    shadows.deinitialize(count: count)
    shadows.deallocate()
  }

  /// Bytes of heap in use.
  var residentBytes: Int { keys.residentBytes + ownBytes }

  /// Without the keys.
  var ownBytes: Int {
    var bytes = count * MemoryLayout<Shadow>.stride + dropped.residentBytes
    for shadow in 0..<count { bytes += shadows[shadow].policy.residentBytes }
    return bytes
  }

  /// Whether the panel watches this key.
  @inline(__always)
  func samples(_ key: KeyDigest) -> Bool { key.bits >> (64 &- shift) == 0 }

  /// Whether shadow `shadow` holds the key in `slot`; false for `Slot.none`.
  @inline(__always)
  func holds(_ slot: Slot, shadow: Int) -> Bool {
    slot != .none
      && keys.records[Int(slot)].holders & (1 &<< UInt32(truncatingIfNeeded: shadow)) != 0
  }

  @inline(__always)
  func tierSlot(of slot: Slot) -> Slot { keys.records[Int(slot)].tierSlot }

  /// Notes where the tier holds a key.
  func place(_ slot: Slot, at tierSlot: Slot) { keys.records[Int(slot)].tierSlot = tierSlot }

  /// Notes that the tier no longer holds a key.
  mutating func displace(_ slot: Slot) {
    keys.records[Int(slot)].tierSlot = .none
    keys.removeIfUnheld(slot)
  }

  /// What an operator may know of shadow `shadow`.
  func report(of shadow: Int) -> AdaptiveReport.Shadow {
    AdaptiveReport.Shadow(
      policy: shadows[shadow].policy.kind,
      hitRatio: requests == 0
        ? 0 : Double(requests &- shadows[shadow].misses) / Double(requests))
  }

  /// Lets every shadow see one request; bit `i` of the result is set if shadow `i` missed it.
  ///
  /// What shadow `followed` throws out meanwhile and the tier holds is in `dropped` afterwards.
  mutating func access(_ key: KeyDigest, length: UInt32, followed: Int, counts: Bool) -> UInt32 {
    droppedCount = 0
    var slot = keys.find(key)
    let holders = slot == .none ? 0 : keys.records[Int(slot)].holders
    var missed: UInt32 = 0
    for shadow in 0..<count {
      let bit = 1 &<< UInt32(truncatingIfNeeded: shadow)
      if holders & bit != 0 {
        var table = keys.table(of: shadow)
        shadows[shadow].policy.hit(slot, in: &table)
      } else {
        missed |= bit
        miss(key, length: length, shadow: shadow, slot: &slot, isFollowed: shadow == followed)
        if counts { shadows[shadow].misses &+= 1 }
      }
    }
    if counts { requests &+= 1 }
    return missed
  }

  private mutating func miss(
    _ key: KeyDigest, length: UInt32, shadow: Int, slot: inout Slot, isFollowed: Bool
  ) {
    guard UInt64(length) <= capacity else { return }
    var table = keys.table(of: shadow)
    guard shadows[shadow].policy.prepare(key: key, length: length, in: &table) else { return }
    while shadows[shadow].bytesHeld &+ UInt64(length) > capacity {
      if shadows[shadow].policy.declines(in: &table) { return }
      let victim = shadows[shadow].policy.evict(from: &table)
      precondition(victim != .none, "a shadow evicts while it holds anything")
      forget(victim, shadow: shadow, isFollowed: isFollowed, sparing: slot)
    }
    if slot == .none {
      slot = keys.insert(key, length: length)
      table = keys.table(of: shadow)
    }
    shadows[shadow].policy.insert(slot, in: &table)
    shadows[shadow].bytesHeld &+= UInt64(keys.records[Int(slot)].length)
    shadows[shadow].count += 1
    keys.records[Int(slot)].holders |= 1 &<< UInt32(truncatingIfNeeded: shadow)
  }

  private mutating func forget(_ victim: Slot, shadow: Int, isFollowed: Bool, sparing: Slot) {
    let record = keys.records[Int(victim)]
    shadows[shadow].bytesHeld &-= UInt64(record.length)
    shadows[shadow].count -= 1
    keys.records[Int(victim)].holders &= ~(1 &<< UInt32(truncatingIfNeeded: shadow))
    if isFollowed && record.tierSlot != .none {
      dropped.grow(toInclude: droppedCount, filler: .none)
      dropped[droppedCount] = record.tierSlot
      droppedCount += 1
    }
    if victim != sparing { keys.removeIfUnheld(victim) }
  }

  /// Keys that shadow `rival` holds and the tier does not, as far as the panel knows: where it watches
  /// every key, it knows; else what shadow `leader` does not hold stands for it. Linear time.
  func strangers(to leader: Int, among rival: Int) -> Int {
    var strangers = 0
    for slot in 0..<keys.slotLimit where keys.isLive(slot) && holds(slot, shadow: rival) {
      if shift == 0 ? tierSlot(of: slot) == .none : !holds(slot, shadow: leader) { strangers += 1 }
    }
    return strangers
  }

  /// Halves the sample and the shadows: keys that fall out are forgotten, the others keep their order.
  mutating func halve() {
    shift += 1
    capacity = max(1, capacity / 2)
    keys.displaceAll()
    for shadow in 0..<count { thin(shadow) }
  }

  private mutating func thin(_ shadow: Int) {
    let kind = shadows[shadow].policy.kind
    var successor = AnyEviction(EvictionConfiguration(kind), capacityBytes: capacity)
    var table = keys.table(of: shadow)
    var slot = shadows[shadow].policy.evict(from: &table)
    while slot != .none {
      let record = keys.records[Int(slot)]
      if samples(record.key) {
        successor.insert(slot, in: &table)
      } else {
        forget(slot, shadow: shadow, isFollowed: false, sparing: .none)
      }
      slot = shadows[shadow].policy.evict(from: &table)
    }
    while shadows[shadow].bytesHeld > capacity {
      let victim = successor.evict(from: &table)
      if victim == .none { break }
      forget(victim, shadow: shadow, isFollowed: false, sparing: .none)
    }
    shadows[shadow].policy = successor
  }
}
