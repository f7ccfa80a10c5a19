import TarnCore

/// A cache that is not Tarn's core: the world gives it the reads of clients, it answers them.
///
/// Only designs that no configuration of the core can be need one. It carries out its own effects
/// through the world's models, and appends to `actions` what only the world can do. It may hand
/// reads on to the core of a node. A class behind an existential: only comparisons pay for it.
protocol StandIn: AnyObject {
  /// A client's read reaches the cache of `node`.
  func read(
    _ request: ReadRequest, of node: UInt32, at now: Instant, models: inout Models,
    into actions: inout StandInActions)

  /// The time of something that it scheduled has come.
  func resume(
    _ token: UInt32, at now: Instant, models: inout Models, into actions: inout StandInActions)

  /// A read that it handed on to the core of `node` was answered.
  func answered(
    _ reply: Reply, by node: UInt32, at now: Instant, into actions: inout StandInActions)

  /// `node` is gone, with its memory; its flash stays what it is.
  func lost(_ node: UInt32, at now: Instant)

  /// `node` is back.
  func returned(_ node: UInt32, at now: Instant)
}

/// What a stand-in wants from the world, in order.
struct StandInActions {
  /// The workload number of reads that a stand-in hands on for itself.
  static let workload: UInt8 = 255

  enum Action {
    /// Tell the client of this answer, at this time.
    case reply(Reply, at: Instant)
    /// Call `resume` with this token at this time.
    case schedule(UInt32, at: Instant)
    /// Count a read of the origin by this node, which takes so long.
    case askedOrigin(bytes: UInt32, node: UInt32, OriginStatus, Nanoseconds)
    /// Count a write to flash.
    case wroteFlash(bytes: UInt32)
    /// Give this read to the core of this node.
    case readCore(ReadRequest, node: UInt32)
  }

  private(set) var list: [Action] = []

  mutating func append(_ action: Action) { list.append(action) }

  /// Answers a read with its bytes.
  mutating func answer(_ request: ReadRequest, from source: Source, at time: Instant) {
    let reply = Reply(
      request: request.request, slot: .none, length: request.length, source: source,
      failure: .none)
    append(.reply(reply, at: time))
  }

  /// Answers a read whose bytes the origin failed to give.
  mutating func refuse(_ request: ReadRequest, at time: Instant) {
    let reply = Reply(
      request: request.request, slot: .none, length: 0, source: .none, failure: .originFailed)
    append(.reply(reply, at: time))
  }

  mutating func removeAll() { list.removeAll(keepingCapacity: true) }
}
