internal import Logging
internal import NIOCore
public import TarnCore

/// One connection to a peer, from its first byte to its last. Confined to its event loop, except for
/// what says otherwise.
///
/// Both ends send by it, whoever dialed. Sending is in `PeerLink+Sending`, receiving in
/// `PeerLink+Receiving`, how it comes to be in `PeerLink+Opening`.
final class PeerLink: ChannelInboundHandler, @unchecked Sendable {
  typealias InboundIn = ByteBuffer
  typealias OutboundOut = IOData

  /// What the connection is for.
  enum Purpose: Sendable {
    /// This node dialed it because the lane has something to send.
    case lane(PeerLane)
    /// This node dialed it to learn who is there.
    case greeting(EventLoopPromise<PeerGreeting>)
    /// A peer dialed it. Which one is known when it has said hello.
    case accepted(@Sendable (UInt16) -> Peer?)
  }

  enum Phase { case opening, up, closed }

  let shared: PeerContext
  let loop: any EventLoop
  let purpose: Purpose
  let buffers: ReceiveBuffers
  var handshake: Handshake
  var phase = Phase.opening
  var channel: ChannelHandlerContext?
  var lane: PeerLane?
  var peer: Hello?
  var assembler = FrameAssembler()
  var arriving: ArrivingPayload?
  lazy var hash = PayloadDigest()
  var lastUse = NIODeadline.now()
  var timer: Scheduled<Void>?
  /// What the peer refused, or we; for the log.
  var refusal: PeerRefusal?

  /// Whether this node dialed it. From any thread.
  let isDialed: Bool
  /// Ordinal of the node that dialed it. Set before the link is up, then from any thread.
  private(set) var dialedBy: UInt16 = .max
  /// The life of the peer. Set before the link is up, then from any thread.
  private(set) var peerIncarnation: UInt16 = 0

  init(
    _ purpose: Purpose, expecting ordinal: UInt16?, on loop: any EventLoop, _ shared: PeerContext
  ) {
    self.purpose = purpose
    self.loop = loop
    self.shared = shared
    var laneIndex = 0
    var isGreeting = false
    switch purpose {
    case .lane(let lane):
      self.lane = lane
      laneIndex = lane.index
      isDialed = true
    case .greeting:
      isGreeting = true
      isDialed = true
    case .accepted: isDialed = false
    }
    buffers = ReceiveBuffers(shared.scratch(of: loop))
    handshake = Handshake(
      isDialed ? .dialer : .acceptor,
      own: shared.makeHello(lane: laneIndex, isGreeting: isGreeting),
      secret: shared.configuration.secret, expecting: ordinal)
  }

  // MARK: Life

  func handlerAdded(context: ChannelHandlerContext) {
    channel = context
    guard shared.register(self) else { return context.close(promise: nil) }
    if context.channel.isActive { open(context) }
  }

  func channelActive(context: ChannelHandlerContext) { open(context) }

  private func open(_ context: ChannelHandlerContext) {
    guard timer == nil else { return }
    let patience = shared.configuration.connectTimeoutNanoseconds
    timer = loop.assumeIsolated().scheduleTask(in: .nanoseconds(Int64(clamping: patience))) {
      self.channel?.close(promise: nil)
    }
    send(bytes: handshake.opening, context)
  }

  func channelInactive(context: ChannelHandlerContext) { end() }

  func handlerRemoved(context: ChannelHandlerContext) {
    end()
    channel = nil
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    // A broken connection is part of life; the peer's silence says enough to the core.
    shared.logger.debug("the link to \(name) broke: \(error)")
    context.close(promise: nil)
  }

  /// The link is up: the peer is known and proved to be of the cell.
  func comeUp(_ hello: Hello) {
    timer?.cancel()
    peer = hello
    peerIncarnation = hello.incarnation
    dialedBy = isDialed ? shared.configuration.own.node.ordinal : hello.ordinal
    var caller: Peer?
    if case .accepted(let find) = purpose {
      caller = find(hello.ordinal)
      lane = caller?.lane(named: hello.lane)
    }
    phase = .up
    lastUse = .now()
    shared.tally.linkUp()
    lane?.attach(self)
    // After the new link is there, so that the peer is never without one.
    caller?.closeLinks(notOf: hello.incarnation)
    watchIdleness()
  }

  /// Everything that has to happen once when the connection is gone.
  private func end() {
    guard phase != .closed else { return }
    let wasUp = phase == .up
    phase = .closed
    timer?.cancel()
    arriving = nil
    buffers.direct = nil
    shared.unregister(self)
    if wasUp {
      shared.tally.linkDown()
      lane?.detach(self)
    } else {
      failed()
    }
  }

  private func failed() {
    switch purpose {
    case .lane(let lane): lane.dialFailed(isRefusal: refusal != nil)
    case .greeting(let promise):
      promise.fail(refusal ?? PeerUnreachable(reason: "it hung up before it said who it is"))
    case .accepted: break
    }
  }

  /// For logs.
  var name: String {
    if let ordinal = peer?.ordinal ?? lane?.ordinal { return "node \(ordinal)" }
    return channel?.remoteAddress?.description ?? "a peer"
  }

  // MARK: Closing

  /// Closes it soon. From any thread.
  func scheduleClose() { loop.execute { self.channel?.close(promise: nil) } }

  /// Closes it and waits until it is closed. From any thread.
  func close() async {
    let promise = loop.makePromise(of: Void.self)
    loop.execute {
      guard let channel = self.channel else { return promise.succeed() }
      channel.channel.closeFuture.cascade(to: promise)
      channel.close(promise: nil)
    }
    try? await promise.futureResult.get()
  }

  private func watchIdleness() {
    let limit = TimeAmount.nanoseconds(
      Int64(clamping: shared.configuration.idleTimeoutNanoseconds))
    timer = loop.assumeIsolated().scheduleTask(deadline: lastUse + limit) {
      if NIODeadline.now() - self.lastUse >= limit {
        self.channel?.close(promise: nil)
      } else {
        self.watchIdleness()
      }
    }
  }
}

/// Who is at an address, as it says itself.
public struct PeerGreeting: Sendable, Equatable {
  /// The node as placement knows it.
  public var member: Member
  /// Where it wants to be reached.
  public var place: NodeConfiguration.SocketPlace
  /// How often it has started before.
  public var incarnation: UInt16
}

/// No connection, or one that ended before the other side was known.
public struct PeerUnreachable: Error, Equatable, Sendable, CustomStringConvertible {
  public var reason: String
  public var description: String { reason }
}
