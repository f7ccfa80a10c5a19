/// What happened: everything that a core is ever told. Plain values, no references.
public enum Input: BitwiseCopyable, Sendable {
  /// A client wants a block.
  case read(ReadRequest)
  /// A client asks how many leading blocks of a prompt are here; the step's `keys` are its chain.
  case lookUpPrefix(PrefixRequest)
  /// A client offers a KV block that it computed.
  case put(PutRequest)
  /// A client says what it will read next.
  case hint(PrefetchHint)
  /// A client wants a block kept, or no longer kept.
  case pin(BlockKey, PinAction)
  /// A block is no longer valid: its object was overwritten or deleted.
  case invalidate(BlockKey)
  /// A message from a peer of the cell.
  case message(PeerMessage, from: NodeID)
  /// Flash finished an operation.
  case flashCompleted(OperationID, FlashStatus)
  /// The origin finished an operation.
  case originCompleted(OperationID, OriginStatus)
  /// The time that the last `Effect.wake` named has come.
  case wake
  /// The cell's membership changed.
  case view(ClusterViewReference)
  /// A restart found this whole block in flash segment `segment` at `offset` bytes.
  case recovered(BlockKey, length: UInt32, tenant: TenantID, segment: UInt32, offset: UInt32)
  /// Change a tier's eviction policy; nothing is flushed.
  case changeEviction(TierKind, EvictionConfiguration)
  /// The driver wants to ask the origin something else than a block: `Effect.leave` says when.
  case askLeave(LeaveRequest)
  /// The origin answered 503 to what was asked so; it wants so many milliseconds of quiet.
  case originThrottled(retryAfterMilliseconds: UInt32)
}

/// A request's number, chosen by the driver and echoed in the one reply that it gets.
public struct RequestID: Hashable, Sendable, BitwiseCopyable {
  public var rawValue: UInt64
  public init(_ rawValue: UInt64) { self.rawValue = rawValue }
}

/// Names an operation that the core started, until its one end; stale ones are recognised.
public struct OperationID: Hashable, Sendable, BitwiseCopyable {
  /// Index of the flight (low 24 bits) and its generation (high 40 bits).
  public var rawValue: UInt64
  public init(_ rawValue: UInt64) { self.rawValue = rawValue }
  /// Stands for "no operation".
  public static let none = OperationID(.max)
}

/// The two tiers of a node.
public enum TierKind: UInt8, Sendable, BitwiseCopyable { case memory, flash }

/// A client's read of one block.
public struct ReadRequest: BitwiseCopyable, Sendable {
  /// Which block.
  public var key: BlockKey
  /// Echoed in the reply.
  public var request: RequestID
  /// When the reply is worthless; the core answers `Failure.deadline` by then.
  public var deadline: Instant
  /// The block's bytes (an object's last block may be short).
  public var length: UInt32
  /// What recomputing the block would cost the client, in microseconds; 0 if it cannot.
  public var recomputeMicroseconds: UInt32
  /// Whose block.
  public var tenant: TenantID
  /// How to treat it.
  public var flags: ReadFlags
  /// The prefetch stream that this read belongs to, or `PrefetchHint.noStream`.
  public var stream: UInt8
  /// A read of `length` bytes of `key`.
  public init(
    key: BlockKey, request: RequestID, deadline: Instant, length: UInt32, tenant: TenantID,
    flags: ReadFlags = [], recomputeMicroseconds: UInt32 = 0,
    stream: UInt8 = PrefetchHint.noStream
  ) {
    self.key = key
    self.request = request
    self.deadline = deadline
    self.length = length
    self.recomputeMicroseconds = recomputeMicroseconds
    self.tenant = tenant
    self.flags = flags
    self.stream = stream
  }
}

/// How a read wants to be treated.
public struct ReadFlags: OptionSet, Sendable, BitwiseCopyable {
  public let rawValue: UInt8
  public init(rawValue: UInt8) { self.rawValue = rawValue }
  /// A KV block: it has no origin; what is nowhere in the cell is recomputed by the client.
  public static let kv = ReadFlags(rawValue: 1 << 0)
  /// A scan: do not let it displace what others reuse.
  public static let doNotAdmit = ReadFlags(rawValue: 1 << 1)
  /// The driver has leave for this block's read of the origin, or has its bytes.
  public static let paid = ReadFlags(rawValue: 1 << 2)
}

/// Leave for one request to the origin that is no read of a block.
public struct LeaveRequest: BitwiseCopyable, Sendable {
  /// Echoed in the answer.
  public var request: RequestID
  /// When the answer is worthless; the core answers `Failure.deadline` by then.
  public var deadline: Instant
  /// Bytes that the origin's answer brings and no block's read counts.
  public var length: UInt32
  /// Leave for a request that is answered with `length` bytes.
  public init(request: RequestID, deadline: Instant, length: UInt32) {
    self.request = request
    self.deadline = deadline
    self.length = length
  }
}

/// How many leading blocks of a prompt are here? The chain itself is the step's `keys`.
public struct PrefixRequest: BitwiseCopyable, Sendable {
  /// Echoed in the reply.
  public var request: RequestID
  /// When the reply is worthless.
  public var deadline: Instant
  /// Whose chain.
  public var tenant: TenantID
  /// A look-up of the step's `keys`.
  public init(request: RequestID, deadline: Instant, tenant: TenantID) {
    self.request = request
    self.deadline = deadline
    self.tenant = tenant
  }
}

/// A KV block that a client computed. Losable: replication is the write path's business.
public struct PutRequest: BitwiseCopyable, Sendable {
  /// Which block.
  public var key: BlockKey
  /// The block before it in its chain; equal to `key` for the first.
  public var parent: BlockKey
  /// Echoed in the reply.
  public var request: RequestID
  /// Bytes of payload.
  public var length: UInt32
  /// Whose block.
  public var tenant: TenantID
  /// A put of `length` bytes.
  public init(
    key: BlockKey, parent: BlockKey, request: RequestID, length: UInt32, tenant: TenantID
  ) {
    self.key = key
    self.parent = parent
    self.request = request
    self.length = length
    self.tenant = tenant
  }
}

/// What a client will read next, so that the core can fetch ahead of it.
///
/// The blocks are those of one object: either in sequence, or in the order of an epoch's shuffle,
/// which is the keyed permutation `EpochOrder(seed:count:)`; this reader takes positions
/// `position, position + stride, ...`. The core keeps `window` blocks ahead of the reads that name
/// the stream.
public struct PrefetchHint: BitwiseCopyable, Sendable {
  /// Reads that belong to no stream carry this number.
  public static let noStream: UInt8 = .max
  /// The object whose blocks are read.
  public var object: ObjectIdentity
  /// Seed of the epoch's order; 0 for sequential.
  public var seed: UInt64
  /// Blocks in the object.
  public var count: UInt32
  /// Position of the first read in the order.
  public var position: UInt32
  /// Distance between this reader's positions (the number of readers that share the order).
  public var stride: UInt32
  /// Bytes of a block.
  public var length: UInt32
  /// Whose blocks.
  public var tenant: TenantID
  /// The number that reads of this stream carry.
  public var stream: UInt8
  /// Blocks to keep ahead; 0 ends the stream.
  public var window: UInt8
  /// A stream over `count` blocks of `object`.
  public init(
    object: ObjectIdentity, seed: UInt64, count: UInt32, position: UInt32, stride: UInt32,
    length: UInt32, tenant: TenantID, stream: UInt8, window: UInt8
  ) {
    self.object = object
    self.seed = seed
    self.count = count
    self.position = position
    self.stride = stride
    self.length = length
    self.tenant = tenant
    self.stream = stream
    self.window = window
  }
}

/// Keep a resident block, or stop keeping it.
public enum PinAction: UInt8, Sendable, BitwiseCopyable { case pin, unpin }

/// How a flash operation ended.
public enum FlashStatus: UInt8, Sendable, BitwiseCopyable {
  case ok
  /// The bytes read do not have the checksum that was stored.
  case corrupt
  /// The device failed or is full.
  case failed
}

/// How an origin operation ended.
public struct OriginStatus: BitwiseCopyable, Sendable {
  /// The kinds of end.
  public enum Code: UInt8, Sendable, BitwiseCopyable {
    case ok, notFound
    /// 503 Server Busy: the account is over its budget.
    case throttled
    /// Anything else, time-outs included.
    case failed
  }
  /// How it ended.
  public var code: Code
  /// Retry-After of a 503, in milliseconds; 0 if the origin did not say.
  public var retryAfterMilliseconds: UInt32
  /// An end of this kind.
  public init(_ code: Code, retryAfterMilliseconds: UInt32 = 0) {
    self.code = code
    self.retryAfterMilliseconds = retryAfterMilliseconds
  }
}
