import TarnCore

/// A driver of one core without devices: every operation that the core starts succeeds at once.
///
/// The core is the only member of its cell, so it owns every block and keeps the origin's budget
/// itself.
struct Driver: ~Copyable {
  static let blockBytes: UInt32 = 4 << 20
  static let id = NodeID(0)
  /// One for all drivers, as the cores of a cell share theirs.
  static let view = ClusterView(version: 1, capacity: 1, members: [Member(node: id)])

  var node: CacheNode
  var effects = Effects()
  /// Virtual time; it has nothing to do with the time that is measured.
  var now = Instant.zero
  /// Inputs delivered and requests answered so far.
  private(set) var steps = 0
  private(set) var replies = 0
  private var wakeAt = Instant.never
  /// Reports that the devices owe the core.
  private var reports: [Input] = []

  /// A core that has taken its place and whose budget keeper has ended its silence.
  init(_ configuration: CacheConfiguration) {
    node = CacheNode(configuration, id: Driver.id)
    reports.reserveCapacity(256)
    step(.view(ClusterViewReference(Driver.view)))
    // A keeper that takes over grants nothing for a horizon: one read waits until that is past.
    let first = numberedKey(0, series: 99)
    step(read(first, 0))
    settle()
    advance(by: 1_000_000_000)
    step(.invalidate(first))
    precondition(replies == 1, "the first read is answered when the keeper's silence ends")
  }

  /// A client's read of a whole block, with a deadline half a minute away.
  @inline(__always)
  func read(_ key: BlockKey, _ request: Int) -> Input {
    .read(
      ReadRequest(
        key: key, request: RequestID(UInt64(truncatingIfNeeded: request)),
        deadline: now + 30_000_000_000, length: Driver.blockBytes, tenant: TenantID(0)))
  }

  /// Delivers one input and notes what the core asks for.
  mutating func step(_ input: Input) {
    node.step(input, at: now, into: &effects)
    steps += 1
    for index in 0..<effects.count {
      switch effects[index] {
      case .readOrigin(let operation, _, _, _, _):
        reports.append(.originCompleted(operation, OriginStatus(.ok)))
      case .readFlash(let operation, _, _), .writeFlash(let operation, _, _),
        .moveFlash(let operation, _, _):
        reports.append(.flashCompleted(operation, .ok))
      case .wake(let time): wakeAt = time
      case .reply(let reply):
        precondition(reply.failure == .none, "a benchmark's read succeeds")
        replies += 1
      default: break
      }
    }
    effects.removeAll()
  }

  /// Reports every operation under way as done, in the order in which they were started.
  mutating func settle() {
    var next = 0
    while next < reports.count {
      step(reports[next])
      next += 1
    }
    reports.removeAll(keepingCapacity: true)
  }

  /// Lets virtual time pass, with the wakes that fall due.
  mutating func advance(by span: Nanoseconds) {
    let target = now + span
    while wakeAt <= target {
      now = max(now, wakeAt)
      wakeAt = .never
      step(.wake)
      settle()
    }
    now = target
  }

  /// Reads blocks until the core has done all that follows. A millisecond of virtual time a block
  /// keeps the reads within the default origin budget.
  mutating func fetch(depth: Int, key: (Int) -> BlockKey) {
    advance(by: UInt64(depth) * 1_000_000)
    for index in 0..<depth { step(read(key(index), index)) }
    settle()
  }

  /// The core alone.
  consuming func intoNode() -> CacheNode { node }
}
