internal import CPrefetch

/// A growable slab of entries and the open-addressing index that finds them by key.
///
/// An entry's slot never changes while it lives, so lists and flights hold slots instead of
/// pointers. Slots are reused last in, first out, which keeps the live ones dense. An empty table
/// allocates nothing; a table that no longer grows allocates nothing either. An entry costs 32
/// bytes in the slab and 5.3 to 10.7 in the index.
public struct BlockTable: ~Copyable {
  private var slab: UnsafeMutablePointer<Entry>
  private var index = KeyIndex<Entry>()
  private var slabCapacity: UInt32 = 0
  private var freeHead: Slot = .none
  private var live: UInt32 = 0

  /// Every slot ever handed out is smaller; for sweeps, with `isLive`.
  public private(set) var slotLimit: UInt32 = 0

  /// Marks an entry of the free list, whose `next` is the next free slot.
  private static let vacant = EntryFlags(rawValue: 1 << 7)

  /// A table without entries or memory.
  public init() {
    // Never read while `slotLimit` is 0; a real pointer keeps a nil check off the path.
    slab = UnsafeMutablePointer(bitPattern: MemoryLayout<Entry>.alignment).unsafelyUnwrapped
  }

  deinit { if slabCapacity != 0 { slab.deallocate() } }

  /// Live entries.
  public var count: Int { Int(live) }

  /// Bytes of heap that the slab and the index occupy.
  public var residentBytes: Int {
    Int(slabCapacity) * MemoryLayout<Entry>.stride + index.residentBytes
  }

  /// The slot of `key`, or `Slot.none`.
  @inline(__always)
  public func find(_ key: BlockKey) -> Slot { index.find(key, in: slab) }

  /// Asks the processor to fetch what `find(key)` will read first; worth it a dozen calls ahead.
  @inline(__always)
  public func prefetch(_ key: BlockKey) { index.prefetch(key) }

  /// Asks the processor to fetch the entry of `key`, or the one that an insertion would take; its
  /// bucket should be close by now. Returns the slot of `key`, or `Slot.none`.
  @inline(__always)
  @discardableResult
  func prefetchEntry(_ key: BlockKey) -> Slot {
    let slot = index.find(key, in: slab)
    if slot != .none {
      tarn_prefetch(slab + Int(slot))
    } else if freeHead != .none {
      tarn_prefetch(slab + Int(freeHead))
    }
    return slot
  }

  /// The live entry in `slot`. A slot that was never handed out is a broken promise.
  public subscript(slot: Slot) -> Entry {
    @inline(__always)
    unsafeAddress {
      precondition(slot < slotLimit, "a slot that its table never handed out")
      return UnsafePointer(slab + Int(slot))
    }
    @inline(__always)
    unsafeMutableAddress {
      precondition(slot < slotLimit, "a slot that its table never handed out")
      return slab + Int(slot)
    }
  }

  /// Whether `slot` holds an entry.
  public func isLive(_ slot: Slot) -> Bool {
    slot < slotLimit && !slab[Int(slot)].flags.contains(Self.vacant)
  }

  /// Makes an entry for `key`, which must be absent, and returns its slot.
  public mutating func insert(key: BlockKey, length: UInt32, tenant: TenantID) -> Slot {
    assert(find(key) == .none, "the key is in the table already")
    if Int(live) == index.capacity { index.grow(over: slab) }
    let slot: Slot
    if freeHead != .none {
      slot = freeHead
      freeHead = slab[Int(slot)].next
    } else {
      if slotLimit == slabCapacity { growSlab() }
      slot = slotLimit
      slotLimit += 1
    }
    slab[Int(slot)] = Entry(key: key, length: length, tenant: tenant)
    index.insert(key, slot: slot)
    live += 1
    return slot
  }

  /// Forgets the entry in `slot`, which must be live and out of every list.
  public mutating func remove(_ slot: Slot) {
    precondition(isLive(slot), "the slot to remove holds no entry")
    precondition(!slab[Int(slot)].flags.contains(.inPolicy), "an eviction policy holds the entry")
    index.remove(slot, in: slab)
    slab[Int(slot)].flags = Self.vacant
    slab[Int(slot)].next = freeHead
    freeHead = slot
    live -= 1
  }

  /// Calls `body` with free slots, the one that was freed last first, until it says false.
  func visitFree(_ body: (Slot) -> Bool) {
    var free = freeHead
    while free != .none, body(free) { free = slab[Int(free)].next }
  }

  /// Grows in four steps a doubling (8, 10, 12, 14, 16, 20, ...): the size classes of the
  /// allocators that we use, so at most a fifth of the slab is idle and nothing is lost to
  /// rounding. The largest table holds `Slot.none` entries, 0 ... `Slot.none - 1`.
  private mutating func growSlab() {
    precondition(slabCapacity < Slot.none, "a table holds at most 2^32 - 1 entries")
    let grown = growthStep(after: Int(slabCapacity), atLeast: 8)
    let capacity = UInt32(min(grown, Int(Slot.none)))
    let larger = UnsafeMutableRawPointer.allocate(
      byteCount: Int(capacity) * MemoryLayout<Entry>.stride, alignment: 64
    ).bindMemory(to: Entry.self, capacity: Int(capacity))
    if slabCapacity != 0 {
      larger.moveInitialize(from: slab, count: Int(slotLimit))
      slab.deallocate()
    }
    slab = larger
    slabCapacity = capacity
  }

  /// Traps if the slab, the free list and the index disagree. Linear time; for tests.
  public func checkInvariants() {
    var liveSlots = 0
    for slot in 0..<slotLimit where isLive(slot) {
      liveSlots += 1
      precondition(find(slab[Int(slot)].key) == slot, "the index does not find a live entry")
    }
    precondition(liveSlots == count, "the count differs from the live slots")
    precondition(index.countBuckets() == count, "the index holds another number of entries")
    var freeSlots = 0
    var free = freeHead
    while free != .none {
      precondition(!isLive(free), "a live slot is on the free list")
      freeSlots += 1
      precondition(freeSlots <= Int(slotLimit), "the free list is a ring")
      free = slab[Int(free)].next
    }
    precondition(freeSlots + liveSlots == Int(slotLimit), "a slot is neither live nor free")
  }
}

extension BlockTable: EntryTable {
  @inline(__always)
  public func key(of slot: Slot) -> BlockKey { self[slot].key }

  @inline(__always)
  public func length(of slot: Slot) -> UInt32 { self[slot].length }

  public subscript(links slot: Slot) -> Links {
    @inline(__always) get { self[slot].links }
    @inline(__always) _modify { yield &self[slot].links }
  }

  public subscript(mark slot: Slot) -> UInt8 {
    @inline(__always) get { self[slot].policy }
    @inline(__always) _modify { yield &self[slot].policy }
  }

  @inline(__always)
  public mutating func enterPolicy(_ slot: Slot) {
    precondition(!self[slot].flags.contains(.inPolicy), "a policy holds this block already")
    self[slot].flags.insert(.inPolicy)
  }

  @inline(__always)
  public mutating func leavePolicy(_ slot: Slot) { self[slot].flags.remove(.inPolicy) }

  @inline(__always)
  public func checkInPolicy(_ slot: Slot) {
    precondition(self[slot].flags.contains(.inPolicy), "no policy holds this block")
  }

  @inline(__always)
  public func prefetchRemoval(of slot: Slot) { prefetch(self[slot].key) }
}

/// The capacity after `capacity`: a quarter of the last power of two more, at least `smallest`.
func growthStep(after capacity: Int, atLeast smallest: Int) -> Int {
  if capacity < smallest { return smallest }
  let octave = 1 << (Int.bitWidth - 1 - capacity.leadingZeroBitCount)
  return capacity + max(1, octave / 4)
}
