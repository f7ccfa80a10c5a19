internal import NIOCore

/// One connection to a store, for requests without a body, one after the other. Confined to its event
/// loop, as are the tasks that use it.
///
/// A body of known length is read where it belongs: as soon as the head has come, the kernel writes
/// into the block's own memory. What waits for bytes is resumed on the loop, without another thread.
final class StoreLine: ChannelInboundHandler, @unchecked Sendable {
  typealias InboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  /// Bytes that may wait for someone to read them; then the socket keeps the rest.
  private static let mostWaiting = 256 << 10

  let loop: any EventLoop
  let buffers = ReceiveBuffers(nil)
  /// Bytes go through TLS, and so never straight to where they belong.
  private let isSecure: Bool
  private var context: ChannelHandlerContext?
  /// What came and was not read yet.
  private var input = ByteBuffer()
  /// Where the next bytes go, and how many have gone there.
  private var target = UnsafeMutableRawBufferPointer(start: nil, count: 0)
  private var filled = 0
  /// Why nothing comes any more.
  private var problem: OriginError?
  private var hasEnded = false
  private var isReading = true
  private var waiter: CheckedContinuation<Void, Never>?
  /// Something has come since the last request was sent.
  private var hasAnswered = false
  private(set) var requests = 0
  /// When something last came or was sent.
  private(set) var lastUse = NIODeadline.now()

  init(_ loop: any EventLoop, isSecure: Bool) {
    self.loop = loop
    self.isSecure = isSecure
  }

  /// The store closed the connection without a byte of an answer.
  var hasEndedSilently: Bool { hasEnded && !hasAnswered && problem == nil }

  /// Nothing is under way and nothing is wrong.
  var isReusable: Bool {
    context != nil && problem == nil && !hasEnded && input.readableBytes == 0
  }

  // MARK: The socket's side

  func handlerAdded(context: ChannelHandlerContext) { self.context = context }

  func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    var bytes = unwrapInboundIn(data)
    hasAnswered = true
    lastUse = .now()
    if buffers.isDirect {
      filled += bytes.readableBytes
      aim()
      if filled == target.count { wake() }
      return
    }
    if input.readableBytes == 0 { input = bytes } else { input.writeBuffer(&bytes) }
    if input.readableBytes >= StoreLine.mostWaiting { setReading(false) }
    wake()
  }

  func channelInactive(context: ChannelHandlerContext) {
    hasEnded = true
    wake()
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    close("\(error)")
  }

  private func wake() {
    guard let waiter else { return }
    self.waiter = nil
    waiter.resume()
  }

  private func setReading(_ isReading: Bool) {
    guard isReading != self.isReading else { return }
    self.isReading = isReading
    try? context?.channel.syncOptions?.setOption(.autoRead, value: isReading)
  }

  // MARK: The reader's side

  /// Sends a request and answers the head of what comes; `isHead` if no body follows that.
  func ask(_ request: ByteBuffer) async throws(OriginError) -> ResponseHead {
    guard let context, problem == nil else { throw problem ?? StoreLine.ended }
    hasAnswered = false
    requests += 1
    lastUse = .now()
    context.writeAndFlush(wrapOutboundOut(request), promise: nil)
    var scanned = 0
    while true {
      do {
        if let head = try takeHead(&scanned) {
          // "100 Continue" and its like announce the head that counts.
          guard head.status < 200 else { return head }
          guard head.status != 101 else { throw ResponseFault.malformedStatus }
          scanned = 0
          continue
        }
      } catch { throw broken(error) }
      try await more()
    }
  }

  private func takeHead(_ scanned: inout Int) throws(ResponseFault) -> ResponseHead? {
    let length = try input.withUnsafeReadableBytes { bytes throws(ResponseFault) in
      try ResponseHead.length(in: bytes, scanned: scanned)
    }
    scanned = input.readableBytes
    guard let length, let bytes = input.readSlice(length: length) else { return nil }
    return try bytes.withUnsafeReadableBytes { bytes throws(ResponseFault) in
      try ResponseHead(parsing: bytes)
    }
  }

  /// Fills the buffer with the next bytes of a body that has so many.
  func fill(_ buffer: UnsafeMutableRawBufferPointer) async throws(OriginError) {
    target = buffer
    filled = 0
    defer {
      target = UnsafeMutableRawBufferPointer(start: nil, count: 0)
      buffers.direct = nil
    }
    while true {
      takeInput()
      if filled == target.count { return }
      aim()
      try await more()
    }
  }

  private func takeInput() {
    let count = min(input.readableBytes, target.count - filled)
    guard count > 0 else { return }
    input.readWithUnsafeReadableBytes { bytes in
      UnsafeMutableRawBufferPointer(rebasing: target[filled..<(filled + count)])
        .copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[..<count]))
      return count
    }
    filled += count
  }

  /// Says where the socket's next bytes belong.
  private func aim() {
    let end = min(target.count, filled + ReceiveBuffers.longestRead)
    buffers.direct =
      isSecure || filled == target.count
      ? nil : UnsafeMutableRawBufferPointer(rebasing: target[filled..<end])
  }

  /// Takes up to `limit` of the bytes that come next; nil if the store has closed the connection.
  func next(atMost limit: UInt64) async throws(OriginError) -> ByteBuffer? {
    while input.readableBytes == 0 {
      if hasEnded, problem == nil { return nil }
      try await more()
    }
    return input.readSlice(length: Int(min(limit, UInt64(input.readableBytes))))
  }

  /// The next bytes of a chunked body; nil at its end.
  func next(_ decoder: inout ChunkedDecoder) async throws(OriginError) -> ByteBuffer? {
    while true {
      do {
        if let piece = try decoder.next(&input) { return piece }
      } catch { throw broken(error) }
      if decoder.isOver { return nil }
      try await more()
    }
  }

  /// Waits until something has changed. Throws if nothing can come any more.
  private func more() async throws(OriginError) {
    if let problem { throw problem }
    if hasEnded { throw StoreLine.ended }
    setReading(true)
    await withTaskCancellationHandler {
      await withCheckedContinuation { waiter = $0 }
    } onCancel: {
      loop.execute { self.close("the call was given up") }
    }
    if let problem { throw problem }
  }

  // MARK: The end

  private static let ended = OriginError.failed("the store closed the connection")

  private func broken(_ fault: any Error) -> OriginError {
    close("the answer is malformed (\(fault))")
    return problem ?? StoreLine.ended
  }

  /// Closes the connection; who waits is told why.
  func close(_ reason: String) {
    if problem == nil, !hasEnded { problem = .failed(reason) }
    buffers.direct = nil
    context?.close(promise: nil)
    wake()
  }
}
