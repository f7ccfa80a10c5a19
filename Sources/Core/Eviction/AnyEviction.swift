internal import CPrefetch

/// An eviction policy chosen at run time: a kind, and memory that holds the concrete policy.
///
/// A switch over seven concrete types instead of an existential, which costs seven to ten times as
/// much on the path. It alone keeps `EntryFlags.inPolicy`: set while the policy holds the entry.
public struct AnyEviction: EvictionPolicy, ~Copyable {
  /// Which policy it is.
  public let kind: EvictionKind
  private let memory: UnsafeMutableRawPointer

  /// The policy that `configuration` names, for a tier of `capacityBytes` of payload.
  public init(_ configuration: EvictionConfiguration, capacityBytes: UInt64) {
    kind = configuration.kind
    memory =
      switch configuration.kind {
      case .lru: Self.box(LRU(configuration, capacityBytes: capacityBytes))
      case .fifo: Self.box(FIFO(configuration, capacityBytes: capacityBytes))
      case .clock: Self.box(CLOCK(configuration, capacityBytes: capacityBytes))
      case .sieve: Self.box(SIEVE(configuration, capacityBytes: capacityBytes))
      case .s3fifo: Self.box(S3FIFO(configuration, capacityBytes: capacityBytes))
      case .wtinylfu: Self.box(WTinyLFU(configuration, capacityBytes: capacityBytes))
      case .arc: Self.box(ARC(configuration, capacityBytes: capacityBytes))
      }
  }

  deinit {
    switch kind {
    case .lru: lru.deinitialize(count: 1)
    case .fifo: fifo.deinitialize(count: 1)
    case .clock: clock.deinitialize(count: 1)
    case .sieve: sieve.deinitialize(count: 1)
    case .s3fifo: s3fifo.deinitialize(count: 1)
    case .wtinylfu: wtinylfu.deinitialize(count: 1)
    case .arc: arc.deinitialize(count: 1)
    }
    memory.deallocate()
  }

  private static func box<Policy: EvictionPolicy & ~Copyable>(
    _ policy: consuming Policy
  ) -> UnsafeMutableRawPointer {
    let memory = UnsafeMutablePointer<Policy>.allocate(capacity: 1)
    memory.initialize(to: policy)
    return UnsafeMutableRawPointer(memory)
  }

  private var lru: UnsafeMutablePointer<LRU> { memory.assumingMemoryBound(to: LRU.self) }
  private var fifo: UnsafeMutablePointer<FIFO> { memory.assumingMemoryBound(to: FIFO.self) }
  private var clock: UnsafeMutablePointer<CLOCK> { memory.assumingMemoryBound(to: CLOCK.self) }
  private var sieve: UnsafeMutablePointer<SIEVE> { memory.assumingMemoryBound(to: SIEVE.self) }
  private var s3fifo: UnsafeMutablePointer<S3FIFO> { memory.assumingMemoryBound(to: S3FIFO.self) }
  private var wtinylfu: UnsafeMutablePointer<WTinyLFU> {
    memory.assumingMemoryBound(to: WTinyLFU.self)
  }
  private var arc: UnsafeMutablePointer<ARC> { memory.assumingMemoryBound(to: ARC.self) }

  /// Bytes of heap that the policy's own state occupies, ghosts and sketches included.
  public var residentBytes: Int {
    switch kind {
    case .lru: MemoryLayout<LRU>.size
    case .fifo: MemoryLayout<FIFO>.size
    case .clock: MemoryLayout<CLOCK>.size
    case .sieve: MemoryLayout<SIEVE>.size
    case .s3fifo: MemoryLayout<S3FIFO>.size + s3fifo.pointee.heapBytes
    case .wtinylfu: MemoryLayout<WTinyLFU>.size + wtinylfu.pointee.heapBytes
    case .arc: MemoryLayout<ARC>.size + arc.pointee.heapBytes
    }
  }

  /// Brings the policy's own state closer.
  @inline(__always)
  func prefetch() {
    tarn_prefetch(memory)
    guard kind == .s3fifo || kind == .arc || kind == .wtinylfu else { return }
    tarn_prefetch(memory + 64)
    tarn_prefetch(memory + 128)
  }

  /// See `EvictionPolicy.prepare(key:length:in:)`.
  public mutating func prepare(key: BlockKey, length: UInt32, in table: inout BlockTable) {
    switch kind {
    case .lru, .fifo, .clock, .sieve: break
    case .s3fifo: s3fifo.pointee.prepare(key: key, length: length, in: &table)
    case .wtinylfu: wtinylfu.pointee.prepare(key: key, length: length, in: &table)
    case .arc: arc.pointee.prepare(key: key, length: length, in: &table)
    }
  }

  /// See `EvictionPolicy.insert(_:in:)`. The policy must not hold the block yet.
  public mutating func insert(_ slot: Slot, in table: inout BlockTable) {
    enter(slot, in: &table)
    switch kind {
    case .lru: lru.pointee.insert(slot, in: &table)
    case .fifo: fifo.pointee.insert(slot, in: &table)
    case .clock: clock.pointee.insert(slot, in: &table)
    case .sieve: sieve.pointee.insert(slot, in: &table)
    case .s3fifo: s3fifo.pointee.insert(slot, in: &table)
    case .wtinylfu: wtinylfu.pointee.insert(slot, in: &table)
    case .arc: arc.pointee.insert(slot, in: &table)
    }
  }

  /// See `EvictionPolicy.insertCold(_:in:)`. The policy must not hold the block yet.
  public mutating func insertCold(_ slot: Slot, in table: inout BlockTable) {
    enter(slot, in: &table)
    switch kind {
    case .lru: lru.pointee.insertCold(slot, in: &table)
    case .fifo: fifo.pointee.insertCold(slot, in: &table)
    case .clock: clock.pointee.insertCold(slot, in: &table)
    case .sieve: sieve.pointee.insertCold(slot, in: &table)
    case .s3fifo: s3fifo.pointee.insertCold(slot, in: &table)
    case .wtinylfu: wtinylfu.pointee.insertCold(slot, in: &table)
    case .arc: arc.pointee.insertCold(slot, in: &table)
    }
  }

  /// See `EvictionPolicy.hit(_:in:)`. The policy must hold the block.
  public mutating func hit(_ slot: Slot, in table: inout BlockTable) {
    precondition(table[slot].flags.contains(.inPolicy), "the policy does not hold this block")
    switch kind {
    case .lru: lru.pointee.hit(slot, in: &table)
    case .fifo: fifo.pointee.hit(slot, in: &table)
    case .clock: clock.pointee.hit(slot, in: &table)
    case .sieve: sieve.pointee.hit(slot, in: &table)
    case .s3fifo: s3fifo.pointee.hit(slot, in: &table)
    case .wtinylfu: wtinylfu.pointee.hit(slot, in: &table)
    case .arc: arc.pointee.hit(slot, in: &table)
    }
  }

  /// See `EvictionPolicy.evict(from:)`.
  public mutating func evict(from table: inout BlockTable) -> Slot {
    let slot =
      switch kind {
      case .lru: lru.pointee.evict(from: &table)
      case .fifo: fifo.pointee.evict(from: &table)
      case .clock: clock.pointee.evict(from: &table)
      case .sieve: sieve.pointee.evict(from: &table)
      case .s3fifo: s3fifo.pointee.evict(from: &table)
      case .wtinylfu: wtinylfu.pointee.evict(from: &table)
      case .arc: arc.pointee.evict(from: &table)
      }
    if slot != .none { table[slot].flags.remove(.inPolicy) }
    return slot
  }

  /// See `EvictionPolicy.remove(_:in:)`. The policy must hold the block.
  public mutating func remove(_ slot: Slot, in table: inout BlockTable) {
    precondition(table[slot].flags.contains(.inPolicy), "the policy does not hold this block")
    switch kind {
    case .lru: lru.pointee.remove(slot, in: &table)
    case .fifo: fifo.pointee.remove(slot, in: &table)
    case .clock: clock.pointee.remove(slot, in: &table)
    case .sieve: sieve.pointee.remove(slot, in: &table)
    case .s3fifo: s3fifo.pointee.remove(slot, in: &table)
    case .wtinylfu: wtinylfu.pointee.remove(slot, in: &table)
    case .arc: arc.pointee.remove(slot, in: &table)
    }
    table[slot].flags.remove(.inPolicy)
  }

  private func enter(_ slot: Slot, in table: inout BlockTable) {
    precondition(!table[slot].flags.contains(.inPolicy), "the policy holds this block already")
    table[slot].flags.insert(.inPolicy)
  }
}
