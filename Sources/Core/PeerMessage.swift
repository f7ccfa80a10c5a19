/// A message between two cores of a cell. 56 bytes, fixed layout; payload bytes travel beside it.
public struct PeerMessage: BitwiseCopyable, Sendable {
  /// What the message says.
  public enum Kind: UInt8, CaseIterable, Sendable, BitwiseCopyable {
    /// "Give me this block."
    case ask
    /// "Here it is": carries the payload.
    case give
    /// "Ask `peer`, which has it or is about to": the fan-out of a block that many want at once.
    case redirect
    /// "I don't have it and will not get it"; `count` is the `Failure` of the fetch that ended so.
    case decline
    /// "May I read this much from the origin?" to the cell's budget keeper.
    case askBudget
    /// "Yes, `delayNanoseconds` from now."
    case grantBudget
    /// "Not within the horizon; ask again in `delayNanoseconds`."
    case denyBudget
    /// "The origin answered 503; it wants `delayNanoseconds` of quiet."
    case reportThrottle
    /// "Are you alive?"
    case ping
    /// "I am."
    case pong
    /// "How many leading blocks of these keys do you hold?": carries keys.
    case askPrefix
    /// "`count` of them."
    case givePrefix
    /// "Keep this KV block, of whose chain you are the home": carries the payload and `parentLow`.
    case offer
  }

  /// How an `ask` is meant.
  public struct Flags: OptionSet, Sendable, BitwiseCopyable {
    public let rawValue: UInt8
    public init(rawValue: UInt8) { self.rawValue = rawValue }
    /// Answer only from what is here or on its way; do not go to the origin.
    public static let onlyIfPresent = Flags(rawValue: 1 << 0)
    /// Do not redirect again.
    public static let doNotRedirect = Flags(rawValue: 1 << 1)
    /// A KV block: it has no origin.
    public static let kv = Flags(rawValue: 1 << 2)
    /// Asked before; takes the place of the earlier ask if that is still waiting.
    public static let again = Flags(rawValue: 1 << 3)
    /// The asker's driver has leave for the block's read of the origin: `peer` has its bytes, or is
    /// about to.
    public static let paid = Flags(rawValue: 1 << 4)
  }

  /// What the message says.
  public var kind: Kind
  /// How it is meant.
  public var flags: Flags
  /// Whose block.
  public var tenant: TenantID
  /// Another peer that the message names, or `NodeID.none`.
  public var peer: NodeID
  /// Redirections so far.
  public var hops: UInt8
  /// Where the giver had it from.
  public var source: Source
  /// Bytes of the block.
  public var length: UInt32
  /// Blocks (prefix), requests (budget) or a `Failure` (decline).
  public var count: UInt32
  /// The asker's operation, echoed in every answer.
  public var operation: OperationID
  /// Which block.
  public var key: BlockKey
  /// A span, as the kind says.
  public var delayNanoseconds: Nanoseconds
  /// When the asker stops caring.
  public var deadline: Instant

  /// A message of this kind; everything else neutral.
  public init(
    _ kind: Kind, operation: OperationID = .none, key: BlockKey = BlockKey(high: 0, low: 0),
    length: UInt32 = 0, tenant: TenantID = TenantID(0), flags: Flags = [],
    deadline: Instant = .never
  ) {
    self.kind = kind
    self.flags = flags
    self.tenant = tenant
    self.peer = .none
    self.hops = 0
    self.source = .none
    self.length = length
    self.count = 0
    self.operation = operation
    self.key = key
    self.delayNanoseconds = 0
    self.deadline = deadline
  }
}

extension PeerMessage {
  /// `offer`: `low` of the block before this one in its chain (`high` is the same, or the parent
  /// has another home and no link is made). Shares its bytes with `delayNanoseconds`.
  public var parentLow: UInt64 {
    get { delayNanoseconds }
    set { delayNanoseconds = newValue }
  }
}
