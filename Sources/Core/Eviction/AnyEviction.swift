internal import CPrefetch

/// An eviction policy chosen at run time: a kind, and memory that holds the concrete policy.
///
/// One switch over concrete types instead of an existential, which costs seven to ten times as much
/// on the path. It alone tells the table which entries a policy holds.
public struct AnyEviction: EvictionPolicy, ~Copyable {
  /// Which policy it is.
  public let kind: EvictionKind
  private let memory: UnsafeMutableRawPointer

  /// The policy that `configuration` names, for a tier of `capacityBytes` of payload.
  public init(_ configuration: EvictionConfiguration, capacityBytes: UInt64) {
    kind = configuration.kind
    memory = Self.visit(kind, at: nil, Make(configuration, capacityBytes))
  }

  deinit { Self.visit(kind, at: memory, Free()) }

  /// Bytes of heap that the policy's own state occupies, ghosts and sketches included.
  public var residentBytes: Int { visit(Measure()) }

  public var heapBytes: Int { residentBytes }

  /// What an adaptive policy's shadows have seen and which of them it follows; nil of any other.
  public var adaptiveReport: AdaptiveReport? {
    kind == .auto ? memory.assumingMemoryBound(to: Auto.self).pointee.report : nil
  }

  /// Lets `visitor` work on the concrete policy.
  @inline(__always)
  @discardableResult
  func visit<Visitor: EvictionVisitor>(_ visitor: Visitor) -> Visitor.Result {
    Self.visit(kind, at: memory, visitor)
  }

  @inline(__always)
  @discardableResult
  private static func visit<Visitor: EvictionVisitor>(
    _ kind: EvictionKind, at memory: UnsafeMutableRawPointer?, _ visitor: Visitor
  ) -> Visitor.Result {
    switch kind {
    case .lru: visitor.visit(memory?.assumingMemoryBound(to: LRU.self))
    case .fifo: visitor.visit(memory?.assumingMemoryBound(to: FIFO.self))
    case .clock: visitor.visit(memory?.assumingMemoryBound(to: CLOCK.self))
    case .sieve: visitor.visit(memory?.assumingMemoryBound(to: SIEVE.self))
    case .s3fifo: visitor.visit(memory?.assumingMemoryBound(to: S3FIFO.self))
    case .wtinylfu: visitor.visit(memory?.assumingMemoryBound(to: WTinyLFU.self))
    case .twoQ: visitor.visit(memory?.assumingMemoryBound(to: TwoQ.self))
    case .lfu: visitor.visit(memory?.assumingMemoryBound(to: LFU.self))
    case .gdsf: visitor.visit(memory?.assumingMemoryBound(to: GDSF.self))
    case .lirs: visitor.visit(memory?.assumingMemoryBound(to: LIRS.self))
    case .lhd: visitor.visit(memory?.assumingMemoryBound(to: LHD.self))
    case .arc: visitor.visit(memory?.assumingMemoryBound(to: ARC.self))
    case .auto: visitor.visit(memory?.assumingMemoryBound(to: Auto.self))
    }
  }

  /// Brings the policy's own state closer.
  @inline(__always)
  func prefetch() { visit(Prefetch()) }

  /// See `EvictionPolicy.prepare(key:length:in:)`.
  @discardableResult
  public mutating func prepare<Table: EntryTable & ~Copyable>(
    key: Table.Key, length: UInt32, in table: inout Table
  ) -> Bool {
    withUnsafeMutablePointer(to: &table) { visit(Prepare(table: $0, key: key, length: length)) }
  }

  /// See `EvictionPolicy.declines(in:)`.
  public mutating func declines<Table: EntryTable & ~Copyable>(in table: inout Table) -> Bool {
    withUnsafeMutablePointer(to: &table) { visit(Declines(table: $0)) }
  }

  /// See `EvictionPolicy.insert(_:in:)`. The policy must not hold the block yet.
  public mutating func insert<Table: EntryTable & ~Copyable>(_ slot: Slot, in table: inout Table) {
    table.enterPolicy(slot)
    withUnsafeMutablePointer(to: &table) { visit(Insert(table: $0, slot: slot, isCold: false)) }
  }

  /// See `EvictionPolicy.insertCold(_:in:)`. The policy must not hold the block yet.
  public mutating func insertCold<Table: EntryTable & ~Copyable>(
    _ slot: Slot, in table: inout Table
  ) {
    table.enterPolicy(slot)
    withUnsafeMutablePointer(to: &table) { visit(Insert(table: $0, slot: slot, isCold: true)) }
  }

  /// See `EvictionPolicy.hit(_:in:)`. The policy must hold the block.
  public mutating func hit<Table: EntryTable & ~Copyable>(_ slot: Slot, in table: inout Table) {
    table.checkInPolicy(slot)
    withUnsafeMutablePointer(to: &table) { visit(Hit(table: $0, slot: slot)) }
  }

  /// See `EvictionPolicy.evict(from:)`.
  public mutating func evict<Table: EntryTable & ~Copyable>(from table: inout Table) -> Slot {
    let slot = withUnsafeMutablePointer(to: &table) { visit(Evict(table: $0)) }
    if slot != .none { table.leavePolicy(slot) }
    return slot
  }

  /// See `EvictionPolicy.remove(_:in:)`. The policy must hold the block.
  public mutating func remove<Table: EntryTable & ~Copyable>(_ slot: Slot, in table: inout Table) {
    table.checkInPolicy(slot)
    withUnsafeMutablePointer(to: &table) { visit(Remove(table: $0, slot: slot)) }
    table.leavePolicy(slot)
  }
}

/// Work on a policy whose type only `AnyEviction` knows.
protocol EvictionVisitor {
  associatedtype Result
  /// `policy` is nil only while the policy is being made.
  func visit<Policy: EvictionPolicy & ~Copyable>(_ policy: UnsafeMutablePointer<Policy>?) -> Result
}

extension AnyEviction {
  private struct Make: EvictionVisitor {
    let configuration: EvictionConfiguration
    let capacityBytes: UInt64

    init(_ configuration: EvictionConfiguration, _ capacityBytes: UInt64) {
      self.configuration = configuration
      self.capacityBytes = capacityBytes
    }

    func visit<Policy: EvictionPolicy & ~Copyable>(
      _ policy: UnsafeMutablePointer<Policy>?
    ) -> UnsafeMutableRawPointer {
      let memory = UnsafeMutablePointer<Policy>.allocate(capacity: 1)
      memory.initialize(to: Policy(configuration, capacityBytes: capacityBytes))
      return UnsafeMutableRawPointer(memory)
    }
  }

  private struct Free: EvictionVisitor {
    func visit<Policy: EvictionPolicy & ~Copyable>(_ policy: UnsafeMutablePointer<Policy>?) {
      policy?.deinitialize(count: 1)
      policy?.deallocate()
    }
  }

  private struct Measure: EvictionVisitor {
    func visit<Policy: EvictionPolicy & ~Copyable>(_ policy: UnsafeMutablePointer<Policy>?) -> Int {
      MemoryLayout<Policy>.size + (policy?.pointee.heapBytes ?? 0)
    }
  }

  private struct Prefetch: EvictionVisitor {
    @inline(__always)
    func visit<Policy: EvictionPolicy & ~Copyable>(_ policy: UnsafeMutablePointer<Policy>?) {
      guard let policy else { return }
      let start = UnsafeRawPointer(policy)
      for offset in stride(from: 0, to: min(192, MemoryLayout<Policy>.size), by: 64) {
        tarn_prefetch(start + offset)
      }
    }
  }

  private struct Prepare<Table: EntryTable & ~Copyable>: EvictionVisitor {
    let table: UnsafeMutablePointer<Table>
    let key: Table.Key
    let length: UInt32

    @inline(__always)
    func visit<Policy: EvictionPolicy & ~Copyable>(
      _ policy: UnsafeMutablePointer<Policy>?
    ) -> Bool {
      policy?.pointee.prepare(key: key, length: length, in: &table.pointee) ?? true
    }
  }

  private struct Declines<Table: EntryTable & ~Copyable>: EvictionVisitor {
    let table: UnsafeMutablePointer<Table>

    @inline(__always)
    func visit<Policy: EvictionPolicy & ~Copyable>(
      _ policy: UnsafeMutablePointer<Policy>?
    ) -> Bool {
      policy?.pointee.declines(in: &table.pointee) ?? false
    }
  }

  private struct Insert<Table: EntryTable & ~Copyable>: EvictionVisitor {
    let table: UnsafeMutablePointer<Table>
    let slot: Slot
    let isCold: Bool

    @inline(__always)
    func visit<Policy: EvictionPolicy & ~Copyable>(_ policy: UnsafeMutablePointer<Policy>?) {
      if isCold {
        policy?.pointee.insertCold(slot, in: &table.pointee)
      } else {
        policy?.pointee.insert(slot, in: &table.pointee)
      }
    }
  }

  private struct Hit<Table: EntryTable & ~Copyable>: EvictionVisitor {
    let table: UnsafeMutablePointer<Table>
    let slot: Slot

    @inline(__always)
    func visit<Policy: EvictionPolicy & ~Copyable>(_ policy: UnsafeMutablePointer<Policy>?) {
      policy?.pointee.hit(slot, in: &table.pointee)
    }
  }

  private struct Evict<Table: EntryTable & ~Copyable>: EvictionVisitor {
    let table: UnsafeMutablePointer<Table>

    @inline(__always)
    func visit<Policy: EvictionPolicy & ~Copyable>(
      _ policy: UnsafeMutablePointer<Policy>?
    ) -> Slot {
      policy?.pointee.evict(from: &table.pointee) ?? .none
    }
  }

  private struct Remove<Table: EntryTable & ~Copyable>: EvictionVisitor {
    let table: UnsafeMutablePointer<Table>
    let slot: Slot

    @inline(__always)
    func visit<Policy: EvictionPolicy & ~Copyable>(_ policy: UnsafeMutablePointer<Policy>?) {
      policy?.pointee.remove(slot, in: &table.pointee)
    }
  }
}
