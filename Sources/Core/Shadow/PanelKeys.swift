/// What a panel keeps of a key, however many of its shadows hold it: 24 bytes.
struct PanelRecord: KeyedRecord {
  var key: KeyDigest
  /// Bytes of payload; 1 where all are counted alike.
  var length: UInt32
  /// Where the tier holds the block; `Slot.none` if it doesn't. Chains free records.
  var tierSlot: Slot
  /// Bit `i` is set if shadow `i` holds the key.
  var holders: UInt32
}

/// The keys that a panel's shadows hold, each once, and each shadow's order of them.
///
/// Shadows of the same requests hold much the same keys. So they share one index, one look-up a
/// request and one slot a key, and each adds only its links and its mark: 9 bytes.
struct PanelKeys: ~Copyable {
  private(set) var records: UnsafeMutablePointer<PanelRecord>
  /// Links of slot `s` in the order of shadow `i` at `links[i][s]`; marks alike.
  private let links: UnsafeMutablePointer<UnsafeMutablePointer<Links>>
  private let marks: UnsafeMutablePointer<UnsafeMutablePointer<UInt8>>
  private let shadows: Int
  private var index = KeyIndex<PanelRecord>()
  private var freeHead: Slot = .none
  private(set) var live = 0
  private(set) var slotLimit: Slot = 0
  private(set) var capacity = 0

  init(shadows: Int) {
    self.shadows = shadows
    records = .allocate(capacity: 0)
    links = .allocate(capacity: shadows)
    marks = .allocate(capacity: shadows)
    for shadow in 0..<shadows {
      (links + shadow).initialize(to: .allocate(capacity: 0))
      (marks + shadow).initialize(to: .allocate(capacity: 0))
    }
  }

  deinit {
    records.deallocate()
    for shadow in 0..<shadows {
      links[shadow].deallocate()
      marks[shadow].deallocate()
    }
    links.deallocate()
    marks.deallocate()
  }

  /// Bytes of heap for a slot, its index included.
  private var bytesPerSlot: Int {
    MemoryLayout<PanelRecord>.stride + shadows * (MemoryLayout<Links>.stride + 1)
  }

  /// Bytes of heap in use.
  var residentBytes: Int { capacity * bytesPerSlot + index.residentBytes + shadows * 16 }

  /// Whether the next key fits without more memory.
  var hasRoom: Bool { freeHead != .none || Int(slotLimit) < capacity }

  /// Bytes of heap after the next growth.
  var grownBytes: Int {
    let slots = growthStep(after: capacity, atLeast: 16)
    var buckets = 16
    while buckets / 4 * 3 < slots { buckets *= 2 }
    return slots * bytesPerSlot + buckets * 4 + shadows * 16
  }

  @inline(__always)
  func find(_ key: KeyDigest) -> Slot { index.find(key, in: records) }

  @inline(__always)
  func prefetch(_ key: KeyDigest) { index.prefetch(key) }

  /// Makes a record for `key`, which must be absent; nobody holds it yet.
  mutating func insert(_ key: KeyDigest, length: UInt32) -> Slot {
    if live == index.capacity { index.grow(over: records) }
    let slot: Slot
    if freeHead != .none {
      slot = freeHead
      freeHead = records[Int(slot)].tierSlot
    } else {
      if Int(slotLimit) == capacity { grow() }
      slot = slotLimit
      slotLimit += 1
    }
    records[Int(slot)] = PanelRecord(key: key, length: length, tierSlot: .none, holders: 0)
    index.insert(key, slot: slot)
    live += 1
    return slot
  }

  /// Stands for "free" in `holders`.
  private static var vacant: UInt32 { 1 << 31 }

  /// Whether `slot` has a record.
  func isLive(_ slot: Slot) -> Bool { records[Int(slot)].holders != Self.vacant }

  /// Notes that the tier holds none of the keys, as far as the panel is concerned.
  mutating func displaceAll() {
    for slot in 0..<slotLimit where isLive(slot) {
      records[Int(slot)].tierSlot = .none
      removeIfUnheld(slot)
    }
  }

  /// Forgets the record in `slot`, if neither a shadow nor the tier holds its key.
  mutating func removeIfUnheld(_ slot: Slot) {
    guard records[Int(slot)].holders == 0, records[Int(slot)].tierSlot == .none else { return }
    index.remove(slot, in: records)
    records[Int(slot)].holders = Self.vacant
    records[Int(slot)].tierSlot = freeHead
    freeHead = slot
    live -= 1
  }

  /// The keys as shadow `shadow` orders them.
  @inline(__always)
  func table(of shadow: Int) -> PanelTable {
    PanelTable(
      records: records, links: links[shadow], marks: marks[shadow], slotLimit: slotLimit)
  }

  private mutating func grow() {
    let larger = growthStep(after: capacity, atLeast: 16)
    let count = Int(slotLimit)
    records = moved(records, count: count, to: larger)
    for shadow in 0..<shadows {
      links[shadow] = moved(links[shadow], count: count, to: larger)
      marks[shadow] = moved(marks[shadow], count: count, to: larger)
    }
    capacity = larger
  }
}

private func moved<Element: BitwiseCopyable>(
  _ array: UnsafeMutablePointer<Element>, count: Int, to capacity: Int
) -> UnsafeMutablePointer<Element> {
  let larger = UnsafeMutablePointer<Element>.allocate(capacity: capacity)
  larger.moveInitialize(from: array, count: count)
  array.deallocate()
  return larger
}

/// A panel's keys as one of its shadows sees them.
struct PanelTable: EntryTable {
  let records: UnsafeMutablePointer<PanelRecord>
  let links: UnsafeMutablePointer<Links>
  let marks: UnsafeMutablePointer<UInt8>
  let slotLimit: Slot

  @inline(__always)
  func key(of slot: Slot) -> KeyDigest { records[Int(slot)].key }

  @inline(__always)
  func length(of slot: Slot) -> UInt32 { records[Int(slot)].length }

  subscript(links slot: Slot) -> Links {
    @inline(__always) get { links[Int(slot)] }
    @inline(__always) nonmutating _modify { yield &links[Int(slot)] }
  }

  subscript(mark slot: Slot) -> UInt8 {
    @inline(__always) get { marks[Int(slot)] }
    @inline(__always) nonmutating _modify { yield &marks[Int(slot)] }
  }

  @inline(__always)
  mutating func enterPolicy(_ slot: Slot) {}
  @inline(__always)
  mutating func leavePolicy(_ slot: Slot) {}
  @inline(__always)
  func checkInPolicy(_ slot: Slot) {}
  @inline(__always)
  func prefetchRemoval(of slot: Slot) {}
}
