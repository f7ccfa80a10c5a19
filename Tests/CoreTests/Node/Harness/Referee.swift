import TarnCore

/// Keeps the books that clients and the origin would keep, and says what is wrong with an answer.
struct Referee {
  enum Question {
    case read(BlockKey)
    case put(BlockKey)
    case prefix(local: UInt32, count: UInt32)
    case leave
  }

  struct Request {
    var question: Question
    var node: Int
    var length: UInt32
    var deadline: Instant
    var recomputeMicroseconds: UInt32
    var isKV: Bool
  }

  struct Answer {
    var time: Instant
    var source = Source.none
    var failure = Failure.none
    var localBlocks: UInt32 = 0
    var totalBlocks: UInt32 = 0
  }

  private struct OriginRead {
    var at: Instant
    var bytes: UInt64
  }

  private let configuration: CacheConfiguration
  private var open: [UInt64: Request] = [:]
  private(set) var answers: [UInt64: Answer] = [:]
  /// Failed requests by `Failure`.
  private(set) var failures = [Int](repeating: 0, count: Failure.allCases.count)
  private var nextRequest: UInt64 = 1
  private var reading: [BlockKey: Int] = [:]
  private var declines: Set<BlockKey> = []
  private var originReads: [OriginRead] = []
  private var windowStart = 0
  private var windowBytes: UInt64 = 0
  /// Whether a node failed or the members changed: several keepers may have granted at once.
  var hadFault = false
  /// Whether anything failed that may make a node look for a block past its owner.
  var excusesSecondReads = false
  /// How much later a grant may be used than it was meant, nanoseconds.
  var grantSlack: UInt64 = 100_000_000

  init(_ configuration: CacheConfiguration) { self.configuration = configuration }

  /// Reads of the origin so far.
  var originReadCount: Int { originReads.count }
  /// When they started.
  var originReadTimes: [Instant] { originReads.map(\.at) }
  var openCount: Int { open.count }
  var someOpenRequest: String? { open.first.map { "request \($0.key), \($0.value)," } }

  /// The block that an open request is about.
  func key(of request: RequestID) -> BlockKey? {
    switch open[request.rawValue]?.question {
    case .read(let key), .put(let key): key
    case .prefix, .leave, nil: nil
    }
  }

  subscript(request: RequestID) -> Answer? { answers[request.rawValue] }

  // MARK: Requests

  mutating func asks(
    _ question: Question, of node: Int, length: UInt32, deadline: Instant,
    recomputeMicroseconds: UInt32 = 0, isKV: Bool = false
  ) -> RequestID {
    let id = nextRequest
    nextRequest += 1
    open[id] = Request(
      question: question, node: node, length: length, deadline: deadline,
      recomputeMicroseconds: recomputeMicroseconds, isKV: isKV)
    return RequestID(id)
  }

  mutating func forget(clientsOf node: Int) { open = open.filter { $0.value.node != node } }

  /// What is wrong with the reply; nil if nothing is.
  mutating func answered(_ reply: Reply, bytes: BlockKey?, by node: Int, at now: Instant) -> String?
  {
    guard let request = open.removeValue(forKey: reply.request.rawValue) else {
      return "request \(reply.request.rawValue) is answered twice, or was never asked"
    }
    answers[reply.request.rawValue] = Answer(
      time: now, source: reply.source, failure: reply.failure)
    failures[Int(reply.failure.rawValue)] += 1
    if request.node != node { return "a request is answered by another node" }
    if now > request.deadline { return "request \(reply.request.rawValue) is answered late" }
    let key: BlockKey
    switch request.question {
    case .read(let wanted), .put(let wanted): key = wanted
    case .prefix, .leave: return "a look-up or a leave gets the reply of a read"
    }
    guard reply.failure == .none else { return failureIsWrong(reply, request, key, at: now) }
    if reply.source == .none { return "a success has no source" }
    if reply.length != request.length { return "a reply has another length than the block" }
    return bytes == key ? nil : "a reply has the bytes of another block"
  }

  private func failureIsWrong(
    _ reply: Reply, _ request: Request, _ key: BlockKey, at now: Instant
  ) -> String? {
    if reply.slot != .none || reply.source != .none { return "a failure comes with bytes" }
    switch reply.failure {
    case .deadline where now < request.deadline: return "a request is given up before its deadline"
    case .absent where !request.isKV: return "a block with an origin is called absent"
    case .bypass where request.recomputeMicroseconds == 0:
      return "a read that nobody can recompute is refused"
    default: return nil
    }
  }

  mutating func answered(_ reply: PrefixReply, by node: Int, at now: Instant) -> String? {
    guard let request = open.removeValue(forKey: reply.request.rawValue) else {
      return "look-up \(reply.request.rawValue) is answered twice, or was never asked"
    }
    answers[reply.request.rawValue] = Answer(
      time: now, localBlocks: reply.localBlocks, totalBlocks: reply.totalBlocks)
    guard case .prefix(let local, let count) = request.question else {
      return "a read gets the reply of a look-up"
    }
    if now > request.deadline { return "look-up \(reply.request.rawValue) is answered late" }
    if reply.localBlocks != local { return "a look-up miscounts the blocks of its node" }
    if reply.totalBlocks < local || reply.totalBlocks > count { return "a look-up miscounts" }
    return nil
  }

  /// A leave that is given counts as a request to the origin, like a read of a block.
  mutating func leaveDecided(
    _ request: RequestID, _ failure: Failure, by node: Int, isBudgeted: Bool, at now: Instant
  ) -> String? {
    guard let asked = open.removeValue(forKey: request.rawValue), case .leave = asked.question
    else {
      return "a leave is decided twice, or was never asked"
    }
    answers[request.rawValue] = Answer(time: now, failure: failure)
    if asked.node != node { return "a leave is given by another node" }
    if now > asked.deadline { return "a leave is decided late" }
    switch failure {
    case .none: return isBudgeted ? budgetIsBroken(asked.length, at: now) : nil
    case .deadline where now < asked.deadline: return "a leave is refused before its deadline"
    case .deadline, .overloaded: return nil
    default: return "a leave is refused as \(failure)"
    }
  }

  // MARK: The origin

  mutating func declined(_ key: BlockKey) { declines.insert(key) }

  mutating func originStarted(
    _ key: BlockKey, length: UInt32, ownerHolds: Bool, isOwner: Bool, isBudgeted: Bool = true,
    at now: Instant
  ) -> String? {
    let others = reading[key, default: 0]
    reading[key] = others + 1
    if isBudgeted, let broken = budgetIsBroken(length, at: now) { return broken }
    guard !excusesSecondReads, !hadFault, configuration.fetch.bypassPercent == 0,
      !declines.contains(key)
    else { return nil }
    if others > 0 { return "a block is read from the origin twice at once" }
    if ownerHolds { return "a block is read from the origin that its owner holds" }
    return isOwner ? nil : "a block is read from the origin past its owner"
  }

  mutating func originEnded(_ key: BlockKey) {
    let count = reading[key, default: 0]
    reading[key] = count > 1 ? count - 1 : nil
  }

  /// Whether more was read within a second than the rate allows, with the burst, the time that
  /// grants travel, and two reads of rounding.
  private mutating func budgetIsBroken(_ length: UInt32, at now: Instant) -> String? {
    originReads.append(OriginRead(at: now, bytes: UInt64(length)))
    windowBytes += UInt64(length)
    while now - originReads[windowStart].at > 1_000_000_000 {
      windowBytes -= originReads[windowStart].bytes
      windowStart += 1
    }
    guard !hadFault else { return nil }
    let ceiling = UInt64(configuration.originCeilingPermille)
    let window = (1_050_000_000 + grantSlack) / 1000 * ceiling
    let requests = configuration.originRequestsPerSecond * window / 1_000_000_000 + 2
    let bytes =
      configuration.originBytesPerSecond / 1000 * (window / 1_000_000) + 2 * UInt64(length)
      + 131_072
    if UInt64(originReads.count - windowStart) > requests {
      return "the origin's budget of requests is exceeded"
    }
    return windowBytes > bytes ? "the origin's budget of bytes is exceeded" : nil
  }
}
