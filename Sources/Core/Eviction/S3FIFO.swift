/// S3-FIFO: a small queue filters one-hit wonders, a main queue keeps the rest, a ghost queue
/// remembers what the small one threw out.
///
/// A block enters the small queue (10 % of the bytes), or the main queue if its ghost is there. At
/// the end of the small queue it moves to main if it was hit at least twice, else leaves and becomes
/// a ghost. At the end of the main queue it goes round again while its 2-bit count lasts. Yang,
/// Zhang, Qiu, Yue, Rashmi, "FIFO queues are all you need for cache eviction", SOSP 2023, algorithm 1.
/// The paper evicts from the small queue while that has its share; with blocks of several sizes it is
/// more telling, and with equal ones the same, to ask whether main has more than the rest. A block
/// larger than the small queue's share cannot pass through it and is declined. A hit writes one byte;
/// every call is constant time, amortised.
struct S3FIFO: EvictionPolicy, ~Copyable {
  private var small = SlotList()
  private var main = SlotList()
  private var ghosts = GhostQueue()
  private var promises = Promises()
  private let smallShare: UInt64
  private let mainShare: UInt64
  private let ghostShare: UInt64
  private let threshold: UInt8
  /// Nothing was evicted yet, so there is nothing to filter: what the small queue has no room for
  /// enters main (the authors' simulator does so; the paper is silent).
  private var isFilling = true

  private static let mostHits: UInt8 = 3
  private static let hitBits: UInt8 = 0b0011
  private static let inMain: UInt8 = 0b0100

  init(_ configuration: EvictionConfiguration, capacityBytes: UInt64) {
    smallShare = max(1, share(configuration.smallPermille, of: capacityBytes))
    mainShare = capacityBytes - min(smallShare, capacityBytes)
    ghostShare = share(configuration.ghostPermille, of: capacityBytes)
    threshold = min(configuration.moveToMainThreshold, Self.mostHits)
  }

  /// Bytes of heap behind the struct.
  var heapBytes: Int { ghosts.residentBytes + promises.residentBytes }

  @inline(__always)
  func prefetch<Key: CacheKey>(missOf key: Key) { ghosts.prefetch(key.ghostFingerprint) }

  mutating func prepare<Table: EntryTable & ~Copyable>(
    key: Table.Key, length: UInt32, in table: inout Table
  ) -> Bool {
    let fingerprint = key.ghostFingerprint
    let isRemembered = ghosts.remove(fingerprint)
    if isRemembered { promises.add(fingerprint) }
    return UInt64(length) <= smallShare
  }

  mutating func insert<Table: EntryTable & ~Copyable>(_ slot: Slot, in table: inout Table) {
    let isPromised = promises.redeem(table.key(of: slot).ghostFingerprint)
    if isPromised || (isFilling && small.bytes >= smallShare) {
      table[mark: slot] = Self.inMain
      main.pushHead(slot, in: &table)
    } else {
      table[mark: slot] = 0
      small.pushHead(slot, in: &table)
    }
  }

  /// The next victim where the next eviction looks; the queues' shares may send it elsewhere.
  mutating func insertCold<Table: EntryTable & ~Copyable>(_ slot: Slot, in table: inout Table) {
    if evictsFromSmall {
      table[mark: slot] = 0
      small.pushTail(slot, in: &table)
    } else {
      table[mark: slot] = Self.inMain
      main.pushTail(slot, in: &table)
    }
  }

  mutating func hit<Table: EntryTable & ~Copyable>(_ slot: Slot, in table: inout Table) {
    if table[mark: slot] & Self.hitBits < Self.mostHits { table[mark: slot] += 1 }
  }

  mutating func evict<Table: EntryTable & ~Copyable>(from table: inout Table) -> Slot {
    isFilling = false
    while evictsFromSmall {
      let victim = evictFromSmall(in: &table)
      if victim != .none { return victim }
    }
    return evictFromMain(in: &table)
  }

  mutating func remove<Table: EntryTable & ~Copyable>(_ slot: Slot, in table: inout Table) {
    if table[mark: slot] & Self.inMain != 0 {
      main.remove(slot, in: &table)
    } else {
      small.remove(slot, in: &table)
    }
  }

  private var evictsFromSmall: Bool {
    small.count > 0 && (main.bytes <= mainShare || main.count == 0)
  }

  /// The first block from the end that was not hit often enough; `Slot.none` if all were.
  private mutating func evictFromSmall<Table: EntryTable & ~Copyable>(in table: inout Table) -> Slot
  {
    while small.tail != .none {
      let slot = small.popTail(in: &table)
      if table[mark: slot] & Self.hitBits < threshold {
        remember(slot, in: table)
        if small.tail != .none { ghosts.prefetch(table.key(of: small.tail).ghostFingerprint) }
        return slot
      }
      table[mark: slot] = Self.inMain
      main.pushHead(slot, in: &table)
    }
    return .none
  }

  private mutating func remember<Table: EntryTable & ~Copyable>(
    _ slot: Slot, in table: borrowing Table
  ) {
    let length = UInt64(table.length(of: slot))
    ghosts.trim(toBytes: ghostShare - min(ghostShare, length))
    guard length <= ghostShare else { return }
    ghosts.insert(table.key(of: slot).ghostFingerprint, length: table.length(of: slot))
  }

  private mutating func evictFromMain<Table: EntryTable & ~Copyable>(in table: inout Table) -> Slot
  {
    while main.tail != .none && table[mark: main.tail] & Self.hitBits > 0 {
      table[mark: main.tail] -= 1
      main.moveToHead(main.tail, in: &table)
    }
    return main.popTail(in: &table)
  }
}

/// `permille` thousandths of `capacityBytes`, rounded down.
func share(_ permille: UInt16, of capacityBytes: UInt64) -> UInt64 {
  let product = capacityBytes.multipliedFullWidth(by: UInt64(permille))
  let (quotient, _) = (1000 as UInt64).dividingFullWidth((product.high, product.low))
  return quotient
}
