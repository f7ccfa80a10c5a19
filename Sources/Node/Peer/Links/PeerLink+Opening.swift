internal import Logging
internal import NIOCore
internal import NIOPosix
internal import TarnCore

extension PeerLink {
  /// `TCP_USER_TIMEOUT` of `tcp(7)`, in milliseconds.
  private static let userTimeout = NIOBSDSocket.Option(rawValue: 18)

  /// Connects to `place`. The purpose hears what becomes of it.
  static func dial(
    _ purpose: Purpose, _ place: NodeConfiguration.SocketPlace, expecting ordinal: UInt16?,
    _ shared: PeerContext
  ) {
    let loop = shared.group.next()
    let patience = shared.configuration.connectTimeoutNanoseconds
    // Without a loop of its own the link's parts would meet on two threads.
    loop.execute {
      let link = PeerLink(purpose, expecting: ordinal, on: loop, shared)
      let bootstrap = ClientBootstrap(group: loop)
        .connectTimeout(.nanoseconds(Int64(clamping: patience)))
        .channelInitializer { channel in
          channel.eventLoop.makeCompletedFuture { try link.add(to: channel) }
        }
      let connected =
        (try? SocketAddress(ipAddress: place.host, port: place.port)).map {
          bootstrap.connect(to: $0)
        } ?? bootstrap.connect(host: place.host, port: place.port)
      connected.whenFailure { error in link.dialFailed(place, error) }
    }
  }

  /// Sets the channel's options and becomes its handler. On the channel's event loop.
  func add(to channel: any Channel) throws {
    guard let options = channel.syncOptions else {
      throw PeerUnreachable(reason: "the connection is none of a socket")
    }
    try options.setOption(.maxMessagesPerRead, value: 1)
    try options.setOption(.recvAllocator, value: ReceiveAllocator(buffers: buffers))
    try options.setOption(
      .writeBufferWaterMark, value: .init(low: 256 << 10, high: 1 << 20))
    try options.setOption(.tcpOption(.tcp_nodelay), value: 1)
    let silence = shared.configuration.silenceTimeoutNanoseconds / 1_000_000
    try options.setOption(
      .tcpOption(PeerLink.userTimeout), value: SocketOptionValue(clamping: silence))
    try channel.pipeline.syncOperations.addHandler(self)
  }

  private func dialFailed(_ place: NodeConfiguration.SocketPlace, _ error: any Error) {
    shared.logger.debug("\(place.host):\(place.port) can't be reached: \(error)")
    // If the handler was added, its end reports the failure.
    guard channel == nil, phase == .opening else { return }
    phase = .closed
    switch purpose {
    case .lane(let lane): lane.dialFailed()
    case .greeting(let promise): promise.fail(PeerUnreachable(reason: "\(error)"))
    case .accepted: break
    }
  }

  // MARK: Shaking hands

  /// Takes a frame while the two sides get to know each other.
  func greet(_ frame: UnsafeRawBufferPointer) throws(PeerFault) {
    guard let channel else { return }
    switch try handshake.receive(frame) {
    case .send(let bytes): send(bytes: bytes, channel)
    case .done(let hello, let last):
      send(bytes: last, channel)
      known(hello, channel)
    case .refuse(let refusal, let last):
      self.refusal = refusal
      warn("refused a peer: \(refusal)")
      send(bytes: last, channel)
      channel.close(mode: .all, promise: nil)
    case .refused(let refusal):
      self.refusal = refusal
      warn("was refused: \(refusal)")
      channel.close(promise: nil)
    }
  }

  private func known(_ hello: Hello, _ channel: ChannelHandlerContext) {
    if case .greeting(let promise) = purpose {
      phase = .closed
      timer?.cancel()
      shared.unregister(self)
      promise.succeed(
        PeerGreeting(member: hello.member, place: hello.place, incarnation: hello.incarnation))
      return channel.close(promise: nil)
    }
    // The other side of a greeting: it hangs up.
    guard !hello.isGreeting else { return }
    comeUp(hello)
  }

  private func warn(_ sentence: String) {
    shared.logger.warning("node \(shared.configuration.own.node.ordinal) \(sentence)")
  }

  func send(bytes: [UInt8], _ channel: ChannelHandlerContext) {
    guard !bytes.isEmpty else { return }
    let buffer = channel.channel.allocator.buffer(bytes: bytes)
    channel.writeAndFlush(wrapOutboundOut(.byteBuffer(buffer)), promise: nil)
  }
}
