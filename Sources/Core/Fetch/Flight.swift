/// One operation of the core, from its start to its one end: a fetch, a flash write or a move.
struct Flight: BitwiseCopyable {
  /// What the flight waits for.
  enum State: UInt8, BitwiseCopyable {
    /// The record is unused.
    case free
    /// Just started: the step that starts it sends it somewhere.
    case starting
    /// Flash reads the block into memory.
    case readingFlash
    /// A peer was asked.
    case askingPeer
    /// The budget keeper was asked for an origin read.
    case awaitingBudget
    /// Granted, but not before `timer`.
    case awaitingGrant
    /// The origin reads; at an owner this is the lease.
    case readingOrigin
    /// The origin failed or throttled; tries again at `timer`.
    case backingOff
    /// Landed, with more waiters than one step may answer.
    case delivering
    /// Given up, with more waiters than one step may answer.
    case failing
    /// Flash writes the block from memory.
    case writingFlash
    /// Flash copies the block out of a segment that is being cleaned.
    case movingFlash
    /// A prefix look-up waits for the home node's count.
    case askingPrefix
  }

  var key = BlockKey(high: 0, low: 0)
  /// Changes whenever an operation ends, so that late reports of it are recognised.
  var generation: UInt64 = 0
  /// When the heap wakes the flight: `action` or `deadline`, whichever is earlier.
  var timer = Instant.never
  /// When the state's own patience ends.
  var action = Instant.never
  /// When the first waiter stops caring.
  var deadline = Instant.never
  var started = Instant.zero
  /// The block's slot in memory, or in the flash table for moves.
  var slot = Slot.none
  var length: UInt32 = 0
  /// First of the waiters, in order of arrival; or the next free record.
  var firstWaiter: UInt32 = .max
  var lastWaiter: UInt32 = .max
  var heapIndex: UInt32 = .max
  /// The flash table's slot of a read or write; a move's number; leading local blocks of a prefix
  /// look-up.
  var flashSlot = Slot.none
  /// The flash segment that a read, write or move keeps from being discarded.
  var segment: UInt32 = .max
  var tenant = TenantID(0)
  /// The peer that was asked, or `NodeID.none`.
  var asked = NodeID.none
  /// The peer that was asked besides, when the first was slow.
  var hedged = NodeID.none
  var state = State.free
  var flags: Flags = []
  /// Spans of patience that the peer which was asked has let pass.
  var silences: UInt8 = 0
  var originAttempts: UInt8 = 0
  var hops: UInt8 = 0
  var source = Source.none
  /// Why a flight that is failing does.
  var failure = Failure.none
  /// The path of the origin read that is under way, or was.
  var path = OriginPaths.Choice(path: .first)
  /// Paths on which this fetch failed (low half) and that do not have its block (high half).
  private var pathMarks: UInt8 = 0
  /// Microseconds from `started` to the choice of the path, then to the start of the read on it.
  private var markMicroseconds: UInt32 = 0

  var triedPaths: UInt8 {
    get { pathMarks & 0xF }
    set { pathMarks = pathMarks & 0xF0 | newValue & 0xF }
  }
  var emptyPaths: UInt8 {
    get { pathMarks >> 4 }
    set { pathMarks = pathMarks & 0xF | newValue << 4 }
  }

  mutating func mark(at now: Instant) {
    markMicroseconds = UInt32(clamping: (now - started) / 1000)
  }

  /// Microseconds since the mark was set.
  func sinceMark(at now: Instant) -> Int64 {
    Int64((now - started) / 1000) - Int64(markMicroseconds)
  }

  /// Whether the peer that was asked is one that the owner named.
  var isRedirected: Bool { hops > 0 && !flags.contains(.doNotRedirect) }

  /// Whether it is no block that the flight is about, but the budget's leave for something else.
  var isLeave: Bool { flags.contains(.leave) }

  struct Flags: OptionSet, BitwiseCopyable {
    let rawValue: UInt16
    /// A KV block: there is no origin to fall back to.
    static let kv = Flags(rawValue: 1 << 0)
    /// Do not keep the block in memory once its waiters are served.
    static let doNotAdmit = Flags(rawValue: 1 << 1)
    /// Nobody asked yet.
    static let prefetch = Flags(rawValue: 1 << 2)
    /// Do not accept another redirection.
    static let doNotRedirect = Flags(rawValue: 1 << 3)
    /// Reads past the cache, which is slower than the origin.
    static let bypass = Flags(rawValue: 1 << 4)
    /// This node is an owner of the block, so its flash keeps it.
    static let owned = Flags(rawValue: 1 << 5)
    /// A flash write whose block leaves memory when it has ended.
    static let leavesMemory = Flags(rawValue: 1 << 6)
    /// The block was invalidated: those who wait get it, and nothing keeps it.
    static let invalidated = Flags(rawValue: 1 << 7)
    /// A leave to ask the origin something: there is no block, and no slot.
    static let leave = Flags(rawValue: 1 << 8)
    /// The driver has leave for this block's next read of the origin.
    static let paid = Flags(rawValue: 1 << 9)
  }
}

/// Who waits for a flight: a client of this node, or a peer.
struct Waiter: BitwiseCopyable {
  /// The client's request, or the peer's operation.
  var identifier: UInt64
  var deadline: Instant
  var next: UInt32
  /// `NodeID.none` for a client.
  var peer: NodeID

  static let noWaiter: UInt32 = .max
}
