/// One request of a plain trace. Columns that the schema lacks keep their defaults.
public struct TraceRequest: Equatable, Sendable {
  /// Ticks of the schema's unit.
  public var time: UInt64
  /// The high half of a 128-bit key.
  public var keyHigh: UInt64
  /// A 64-bit key, or the low half.
  public var key: UInt64
  /// Bytes.
  public var size: UInt64
  public var operation: TraceOperation
  public var tenant: UInt16

  /// A request.
  public init(
    time: UInt64 = 0, key: UInt64, keyHigh: UInt64 = 0, size: UInt64 = 0,
    operation: TraceOperation = .read, tenant: UInt16 = 0
  ) {
    self.time = time
    self.key = key
    self.keyHigh = keyHigh
    self.size = size
    self.operation = operation
    self.tenant = tenant
  }
}

/// Records of a trace as columns, reused from block to block. A column that the schema lacks is
/// empty; every other has one value a record, but `chain`, which has `chainLengths`' sum.
public struct TraceBlock: Sendable {
  /// The most records and chain ids that a block may hold; a reader refuses more, so that a
  /// damaged or hostile file cannot make it allocate at will.
  public static let mostRecords = 1 << 20
  public static let mostChainIDs = 1 << 22

  /// Number of the block's first record in the trace, from 0.
  public package(set) var firstRecord: UInt64 = 0
  /// Records in this block.
  public package(set) var count = 0
  /// Ticks of the schema's unit.
  public package(set) var times: [UInt64] = []
  public package(set) var keys: [UInt64] = []
  public package(set) var keysHigh: [UInt64] = []
  /// Bytes.
  public package(set) var sizes: [UInt64] = []
  /// `TraceOperation` raw values.
  public package(set) var operations: [UInt64] = []
  public package(set) var tenants: [UInt64] = []
  public package(set) var inputTokens: [UInt64] = []
  public package(set) var outputTokens: [UInt64] = []
  public package(set) var chainLengths: [UInt64] = []
  public package(set) var chain: [UInt64] = []

  /// An empty block.
  public init() {}

  /// The record at `index` of this block, as a request.
  public func request(at index: Int) -> TraceRequest {
    TraceRequest(
      time: times.isEmpty ? 0 : times[index], key: keys[index],
      keyHigh: keysHigh.isEmpty ? 0 : keysHigh[index], size: sizes.isEmpty ? 0 : sizes[index],
      operation: TraceOperation(
        rawValue: UInt8(truncatingIfNeeded: operations.isEmpty ? 0 : operations[index])),
      tenant: tenants.isEmpty ? 0 : UInt16(truncatingIfNeeded: tenants[index]))
  }

  package func values(of column: TraceColumn) -> [UInt64] {
    switch column {
    case .time: times
    case .key: keys
    case .keyHigh: keysHigh
    case .size: sizes
    case .operation: operations
    case .tenant: tenants
    case .inputTokens: inputTokens
    case .outputTokens: outputTokens
    case .chainLength: chainLengths
    case .chain: chain
    }
  }

  /// Lets `body` change a column in place.
  package mutating func withValues<Result>(
    of column: TraceColumn, _ body: (inout [UInt64]) -> Result
  ) -> Result {
    switch column {
    case .time: body(&times)
    case .key: body(&keys)
    case .keyHigh: body(&keysHigh)
    case .size: body(&sizes)
    case .operation: body(&operations)
    case .tenant: body(&tenants)
    case .inputTokens: body(&inputTokens)
    case .outputTokens: body(&outputTokens)
    case .chainLength: body(&chainLengths)
    case .chain: body(&chain)
    }
  }

  /// Forgets the records and keeps the memory.
  package mutating func removeAll() {
    count = 0
    for column in TraceColumn.allCases {
      withValues(of: column) { $0.removeAll(keepingCapacity: true) }
    }
  }
}
