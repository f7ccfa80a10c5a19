internal import Glibc
internal import NIOCore

/// A client's connection: reads requests one after the other, hands them to a handler, and sends the
/// responses in order.
///
/// One response is under way at a time. What a client sends beyond that waits in the socket.
final class HTTPConnection: ChannelDuplexHandler, DeadlineHolder {
  typealias InboundIn = ByteBuffer
  typealias OutboundIn = IOData
  typealias OutboundOut = IOData

  let shared: HTTPLoop
  private let handler: any HTTPRequestHandler
  /// Nil before the connection is open and after it closed.
  private(set) var context: ChannelHandlerContext?

  // Reading.
  private var parser = HTTPHeadParser()
  /// What came and is not read yet.
  private var input = ByteBuffer()
  /// The head that is being received has begun.
  private var isHeadOpen = false
  /// The body that is being received; its exchange may have ended.
  private var body: HTTPRequestBody?
  /// The client waits for "100 Continue" before it sends the body.
  private var owesContinue = false
  private var exchange: HTTPConnectionExchange?
  private var isProcessing = false
  /// NIO wants to read while the connection does not.
  private var isReadWanted = false
  private var inputIsClosed = false
  /// What comes is dropped: the connection can't be understood any more, or is about to close.
  private var ignoresInput = false

  // Writing; see HTTPConnection+Output.
  var output = HTTPOutput()
  var shortWay = HTTPShortWay()
  /// The connection closes after the response that is under way.
  private(set) var closesAfter = false
  private(set) var isClosing = false
  private var outputIsClosed = false
  /// Between a read and the end of the reads: what is written is flushed at once at the end.
  var isInBurst = false

  // Deadlines, in ticks.
  var wheelPlace = WheelPlace()
  private(set) var deadline = 0
  private var bodyCheck = 0
  private var progress = HTTPOutputProgress()

  init(shared: HTTPLoop, handler: any HTTPRequestHandler) {
    self.shared = shared
    self.handler = handler
  }

  // MARK: Life

  func channelActive(context: ChannelHandlerContext) {
    guard shared.hasRoom, !shared.isDraining else {
      shared.counters.refused(.tooManyConnections)
      return context.close(promise: nil)
    }
    self.context = context
    findSocket(context)
    deadline = shared.wheel.now + shared.limits.ticks(shared.limits.idleTimeout)
    shared.opened(self)
  }

  func channelInactive(context: ChannelHandlerContext) {
    guard self.context != nil else { return }
    self.context = nil
    input = ByteBuffer()
    output = HTTPOutput()
    body?.fail(.closed)
    body = nil
    let exchange = exchange
    self.exchange = nil
    exchange?.connectionClosed()
    shared.closed(self)
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    context.close(promise: nil)
  }

  func closeNow() { context?.close(promise: nil) }

  /// Ends the connection: at once if it is idle, else after the response.
  func drain() {
    closesAfter = true
    if exchange == nil, body == nil, !isHeadOpen, !isClosing { startClosing() }
  }

  // MARK: Reading

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    var data = unwrapInboundIn(data)
    shared.counters.received(data.readableBytes)
    guard !ignoresInput else { return }
    if input.readableBytes == 0 {
      input = data
    } else {
      input.writeBuffer(&data)
    }
    isInBurst = true
    shortWay.budget = HTTPShortWay.bytesForOneRead
    process()
  }

  func channelReadComplete(context: ChannelHandlerContext) {
    isInBurst = false
    flush()
  }

  func read(context: ChannelHandlerContext) {
    if isHeld { isReadWanted = true } else { context.read() }
  }

  /// Whether enough is buffered: part of a next request, or more of a body than is wanted.
  private var isHeld: Bool {
    guard !ignoresInput else { return false }
    if let body { return !body.hasRoom }
    return exchange != nil && input.readableBytes > 0
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    switch event as? ChannelEvent {
    case .inputClosed?:
      inputIsClosed = true
      inputClosed()
    case .outputClosed?:
      outputIsClosed = true
      setDeadline(after: shared.limits.lingerTimeout)
    default: context.fireUserInboundEventTriggered(event)
    }
  }

  /// The client has said all that it will; it may still read.
  private func inputClosed() {
    guard context != nil, !isClosing else { return }
    if let body {
      self.body = nil
      body.fail(.closed)
      closesAfter = true
      ignoresInput = true
    }
    if exchange == nil { startClosing() }
  }

  /// Goes on with what has come.
  func process() {
    guard !isProcessing else { return }
    isProcessing = true
    defer { isProcessing = false }
    while context != nil, !ignoresInput {
      if let body {
        guard feed(body) else { break }
      } else {
        guard exchange == nil, input.readableBytes > 0, readHead() else { break }
      }
    }
    if input.readableBytes == 0 { input = ByteBuffer() }
    if exchange == nil, inputIsClosed, context != nil, !isClosing { startClosing() }
  }

  /// Reads on after a hold, as far as NIO asked for it.
  private func resumeReading() {
    guard isReadWanted, !isHeld, let context else { return }
    isReadWanted = false
    context.read()
  }

  /// True if a head was there and its request is with the handler.
  private func readHead() -> Bool {
    switch input.withUnsafeReadableBytes({ parser.parse($0, limits: shared.limits) }) {
    case .needMore:
      if !isHeadOpen {
        isHeadOpen = true
        setDeadline(after: shared.limits.headTimeout)
      }
      return false
    case .failed(let fault):
      refuse(fault)
      return false
    case .complete(let count):
      isHeadOpen = false
      guard let bytes = input.readSlice(length: count) else {
        preconditionFailure("a head is of bytes that came")
      }
      start(bytes)
      parser.reset()
      return true
    }
  }

  private func start(_ bytes: ByteBuffer) {
    shared.counters.requestStarted()
    let framing = parser.framing
    let isHTTP10 = parser.line.isHTTP10
    if parser.saysClose || (isHTTP10 && !parser.saysKeepAlive) || shared.isDraining {
      closesAfter = true
    }
    if framing != .none && framing != .length(0) { startBody(framing) }
    let exchange = HTTPConnectionExchange(
      connection: self, loop: shared.loop, isHead: parser.line.method == .head,
      isHTTP10: isHTTP10, framing: framing, body: body)
    self.exchange = exchange
    handler.handle(parser.head(of: bytes), exchange)
    if self.exchange != nil { armExchange() }
  }

  private func startBody(_ framing: HTTPFraming) {
    body = HTTPRequestBody(
      framing, loop: shared.loop, aheadBytes: shared.limits.bodyAheadBytes
    ) { [weak self] in self?.bodyIsWanted() }
    owesContinue = parser.expectsContinue && !parser.line.isHTTP10 && input.readableBytes == 0
    bodyCheck = shared.wheel.now + shared.limits.ticks(shared.limits.bodyTimeout)
    useLargeReads(true)
  }

  /// Reads of a body are large and their buffers go on to the body's reader; reads of heads are
  /// small, and an idle connection keeps one such buffer.
  private func useLargeReads(_ areLarge: Bool) {
    let allocator: any RecvByteBufferAllocator =
      areLarge ? HTTPReceiveBuffers.bodies : HTTPReceiveBuffers.heads
    try? context?.channel.syncOptions?.setOption(.recvAllocator, value: allocator)
  }

  // MARK: Bodies of requests

  /// The handler wants more of the body.
  private func bodyIsWanted() {
    if owesContinue, exchange?.hasBegun == false {
      append("HTTP/1.1 100 Continue\r\n\r\n")
      flushUnlessInBurst()
    }
    owesContinue = false
    process()
    resumeReading()
  }

  /// Gives the body what has come. True if it is over.
  private func feed(_ body: HTTPRequestBody) -> Bool {
    do throws(HTTPFault) {
      if try body.feed(&input) {
        self.body = nil
        body.finish()
        useLargeReads(false)
        if exchange == nil { afterExchange() }
        return true
      }
      if body.isSkipped, body.skippedBytes > shared.limits.skippedBodyBytes { startClosing() }
    } catch {
      bodyFailed(error)
    }
    return false
  }

  private func bodyFailed(_ fault: HTTPFault) {
    shared.counters.refused(fault)
    let body = body
    self.body = nil
    ignoresInput = true
    closesAfter = true
    body?.fail(.refused(fault))
    if exchange == nil { startClosing() }
  }

  // MARK: Responses

  /// Whether the response that begins now is the connection's last.
  private var isLastResponse: Bool {
    if closesAfter || shared.isDraining || ignoresInput { return true }
    guard let body else { return false }
    // A client that was not told to go on may or may not send the body: what comes next is unclear.
    return owesContinue || (!body.isRead && (body.left ?? 0) > shared.limits.skippedBodyBytes)
  }

  func begin(_ head: HTTPResponseHead, body: HTTPResponseShape.Body, isHTTP10: Bool) {
    if isLastResponse { closesAfter = true }
    if case .untilClose = body { closesAfter = true }
    let shape = HTTPResponseShape(
      body: body, closes: closesAfter, keepsAlive: isHTTP10 && !closesAfter)
    append(head, shape)
  }

  func exchangeEnded() {
    exchange = nil
    if let body, !closesAfter {
      body.skip()
    } else {
      afterExchange()
    }
    flushUnlessInBurst()
    process()
    resumeReading()
  }

  /// Response and request are both at their end, or the connection is.
  private func afterExchange() {
    if closesAfter {
      body?.skip()
      startClosing()
    } else {
      setDeadline(after: shared.limits.idleTimeout)
    }
  }

  /// Answers what can't be understood, and closes.
  private func refuse(_ fault: HTTPFault) {
    shared.counters.refused(fault)
    if fault.status > 0 {
      let text = ByteBuffer(string: fault.message + "\n")
      let head = HTTPResponseHead(
        status: fault.status, headers: [("Content-Type", "text/plain; charset=utf-8")])
      append(
        head,
        HTTPResponseShape(
          body: .length(UInt64(text.readableBytes)), closes: true, keepsAlive: false))
      write(text)
    }
    startClosing()
  }

  /// Sends what is to be sent, says that nothing more comes, and waits a while for the client's
  /// end: closing at once could take the response from a client that is still sending.
  private func startClosing() {
    guard !isClosing, context != nil else { return }
    isClosing = true
    ignoresInput = true
    input = ByteBuffer()
    body?.skip()
    body = nil
    setDeadline(nextLook)
    closeOutput(inputIsClosed: inputIsClosed)
    resumeReading()
  }

  // MARK: Deadlines

  private func setDeadline(after span: TimeAmount) {
    setDeadline(shared.wheel.now + shared.limits.ticks(span))
  }

  private func setDeadline(_ tick: Int) {
    deadline = tick
    guard context != nil, tick < wheelPlace.tick else { return }
    shared.wheel.place(self)
  }

  /// While a response is under way its progress is looked at, and that of the request's body.
  private func armExchange() {
    setDeadline(body == nil ? nextLook : min(nextLook, bodyCheck))
  }

  /// When the progress of what is being sent is looked at again.
  private var nextLook: Int {
    shared.wheel.now + max(1, shared.limits.ticks(shared.limits.readerTimeout) / 4)
  }

  func deadlinePassed() {
    guard let context else { return }
    if isClosing && outputIsClosed { return context.close(promise: nil) }
    let pending = pendingBytes(context)
    let isStuck = progress.isStuck(
      pending: pending, now: shared.wheel.now,
      limit: shared.limits.ticks(shared.limits.readerTimeout))
    if isStuck {
      shared.counters.refused(.readerTimeout)
      return context.close(promise: nil)
    }
    if let body, shared.wheel.now >= bodyCheck { checkBody(body) }
    if self.context == nil { return }
    if exchange != nil || body != nil || pending > 0 || isClosing {
      armExchange()
    } else if isHeadOpen {
      refuse(.headTimeout)
    } else {
      startClosing()
    }
    if wheelPlace.slot < 0, self.context != nil { shared.wheel.place(self) }
  }

  /// Bytes that NIO holds, and if there are any, those too that the kernel holds until the client
  /// has them: the kernel's megabytes would hide a slow client's progress.
  private func pendingBytes(_ context: ChannelHandlerContext) -> Int {
    let held = (try? context.channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0
    guard held > 0 else { return 0 }
    var queued: CInt = 0
    _ = try? context.pipeline.syncOperations.withUnsafeTransportIfAvailable(
      of: NIOBSDSocket.Handle.self
    ) { ioctl($0, UInt(TIOCOUTQ), &queued) }
    return held + Int(queued)
  }

  private func checkBody(_ body: HTTPRequestBody) {
    let isAwaited = body.hasRoom && !owesContinue
    if isAwaited, body.progressBytes < shared.limits.bodyProgressBytes {
      return bodyFailed(.bodyTimeout)
    }
    body.progressBytes = 0
    bodyCheck = shared.wheel.now + shared.limits.ticks(shared.limits.bodyTimeout)
  }
}

/// Whether a client takes what is sent to it.
struct HTTPOutputProgress {
  private var pending = 0
  private var tick = 0

  /// Whether as many bytes have waited for so many ticks, and are more than none.
  mutating func isStuck(pending: Int, now: Int, limit: Int) -> Bool {
    if pending == 0 || pending != self.pending { tick = now }
    self.pending = pending
    return now - tick >= limit
  }
}

/// How much is read from a socket at a time.
enum HTTPReceiveBuffers {
  /// Heads fit in 1 to 8 KiB; NIO keeps one such buffer for each connection.
  static let heads = AdaptiveRecvByteBufferAllocator(minimum: 1024, initial: 2048, maximum: 8192)
  static let bodies = FreshBuffers()

  /// A new buffer for every read: the last one is still with the body's reader, and NIO is to keep
  /// none of this size.
  struct FreshBuffers: RecvByteBufferAllocator {
    func buffer(allocator: ByteBufferAllocator) -> ByteBuffer {
      allocator.buffer(capacity: 64 << 10)
    }
    mutating func record(actualReadBytes: Int) -> Bool { true }
    func nextBufferSize() -> Int? { nil }
  }
}
