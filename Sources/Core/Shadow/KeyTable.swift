internal import CPrefetch

/// The entries of a shadow cache: keys without blocks, as small as an eviction policy allows.
///
/// 16 bytes of key and links, a byte for the policy's mark, 4 for the length where lengths differ,
/// and the index: 4-byte buckets at a load of 3/8 to 3/4, or an array where keys are interned.
/// Marks lie apart, so that a hit which writes only its mark touches a dense array.
struct KeyTable<Index: SlotIndex & ~Copyable>: ~Copyable {
  private var slab: UnsafeMutablePointer<KeyRecord<Index.Key>>
  private var marks: UnsafeMutablePointer<UInt8>
  /// One length for each slot, or one for all.
  private var lengths: UnsafeMutablePointer<UInt32>
  /// All ones, or 0 if all lengths are the first.
  private let lengthMask: UInt32
  private var index: Index
  private var slabCapacity: UInt32
  private var freeHead: Slot = .none
  private(set) var live: UInt32 = 0
  private(set) var slotLimit: UInt32 = 0

  /// A table with room for `entries`, which grows where they do not suffice.
  init(index: consuming Index, entries: Int, isSized: Bool) {
    let capacity = min(max(8, entries), Int(Slot.none))
    slab = .allocate(capacity: capacity)
    marks = .allocate(capacity: capacity)
    lengths = .allocate(capacity: isSized ? capacity : 1)
    lengths[0] = 1
    lengthMask = isSized ? .max : 0
    slabCapacity = UInt32(capacity)
    self.index = index
    self.index.reserve(entries, over: slab)
  }

  deinit {
    slab.deallocate()
    marks.deallocate()
    lengths.deallocate()
  }

  /// Bytes of heap in use.
  var residentBytes: Int {
    let perSlot = MemoryLayout<KeyRecord<Index.Key>>.stride + 1 + (lengthMask == 0 ? 0 : 4)
    return Int(slabCapacity) * perSlot + index.residentBytes
  }

  @inline(__always)
  func find(_ key: Index.Key) -> Slot { index.find(key, in: slab) }

  @inline(__always)
  func prefetch(_ key: Index.Key) { index.prefetch(key) }

  @inline(__always)
  func prefetchRecord(_ key: Index.Key) -> Bool { index.prefetchRecord(key, in: slab) }

  /// Makes an entry for `key`, which must be absent.
  @inline(__always)
  mutating func insert(_ key: Index.Key, length: UInt32) -> Slot {
    let slot: Slot
    if freeHead != .none {
      slot = freeHead
      freeHead = slab[Int(slot)].links.next
    } else {
      if slotLimit == slabCapacity { grow() }
      slot = slotLimit
      slotLimit += 1
    }
    slab[Int(slot)] = KeyRecord(key: key, links: Links())
    marks[Int(slot)] = 0
    lengths[Int(slot & lengthMask)] = length
    index.insert(key, slot: slot, live: Int(live), in: slab)
    live += 1
    return slot
  }

  /// Forgets the entry in `slot`, which no policy holds any more.
  @inline(__always)
  mutating func remove(_ slot: Slot) {
    index.remove(slot, in: slab)
    slab[Int(slot)].links.next = freeHead
    freeHead = slot
    live -= 1
  }

  /// Grows by an eighth of its last power of two, so that little of it is ever idle.
  private mutating func grow() {
    precondition(slabCapacity < Slot.none, "a table holds at most 2^32 - 1 entries")
    let octave = 1 << (31 - UInt32(slabCapacity.leadingZeroBitCount))
    let capacity = min(Int(slabCapacity) + max(8, octave / 8), Int(Slot.none))
    Self.move(&slab, count: Int(slotLimit), to: capacity)
    Self.move(&marks, count: Int(slotLimit), to: capacity)
    if lengthMask != 0 { Self.move(&lengths, count: Int(slotLimit), to: capacity) }
    slabCapacity = UInt32(capacity)
  }

  private static func move<Element: BitwiseCopyable>(
    _ array: inout UnsafeMutablePointer<Element>, count: Int, to capacity: Int
  ) {
    let larger = UnsafeMutablePointer<Element>.allocate(capacity: capacity)
    larger.moveInitialize(from: array, count: count)
    array.deallocate()
    array = larger
  }
}

extension KeyTable: EntryTable where Index: ~Copyable {
  @inline(__always)
  func key(of slot: Slot) -> Index.Key { slab[Int(slot)].key }

  @inline(__always)
  func length(of slot: Slot) -> UInt32 { lengths[Int(slot & lengthMask)] }

  subscript(links slot: Slot) -> Links {
    @inline(__always) get {
      assert(slot < slotLimit, "a slot that its table never handed out")
      return slab[Int(slot)].links
    }
    @inline(__always) _modify { yield &slab[Int(slot)].links }
  }

  subscript(mark slot: Slot) -> UInt8 {
    @inline(__always) get { marks[Int(slot)] }
    @inline(__always) _modify { yield &marks[Int(slot)] }
  }

  @inline(__always)
  mutating func enterPolicy(_ slot: Slot) {}
  @inline(__always)
  mutating func leavePolicy(_ slot: Slot) {}
  @inline(__always)
  func checkInPolicy(_ slot: Slot) {}

  @inline(__always)
  func prefetchRemoval(of slot: Slot) {
    let record = slab[Int(slot)]
    index.prefetch(record.key)
    if record.links.previous != .none { tarn_prefetch(slab + Int(record.links.previous)) }
  }
}
