internal import Glibc
internal import NIOCore

/// What a connection has still to send.
struct HTTPOutput {
  /// Bytes that are put together for the next write; without memory when there are none.
  var bytes = ByteBuffer()
  /// The buffer of the last write: free for others when the write is flushed.
  var written = ByteBuffer()
  var needsFlush = false
  /// Called when the kernel has room.
  var waiting: [() -> Void] = []
  /// A slice is being copied to the kernel piece by piece; what follows it waits here.
  var behind: [Piece]?

  enum Piece {
    case bytes(ByteBuffer)
    case slice(PayloadSlice, flushed: () -> Void)
    case end(inputIsClosed: Bool)
  }
}

extension HTTPConnection {
  /// Slices up to here are copied behind the head, so that one write carries both.
  private static let copiedBytes = 32 << 10
  /// Slices of no file go out in copies of this size.
  private static let pieceBytes = 64 << 10

  // MARK: Putting together

  func append(_ head: HTTPResponseHead, _ shape: HTTPResponseShape) {
    takeBuffer()
    HTTPResponseFormat.append(head, shape, date: shared.dateLine(), to: &output.bytes)
  }

  func append(_ literal: StaticString) {
    takeBuffer()
    output.bytes.writeStaticString(literal)
  }

  func append(chunkSize: Int) {
    takeBuffer()
    output.bytes.writeString(String(chunkSize, radix: 16))
    output.bytes.writeStaticString("\r\n")
  }

  func write(_ bytes: ByteBuffer) {
    if bytes.readableBytes <= HTTPConnection.copiedBytes {
      takeBuffer()
      output.bytes.writeImmutableBuffer(bytes)
      writeIfLarge()
    } else {
      send(.bytes(bytes))
      flushUnlessInBurst()
    }
  }

  func write(_ slice: PayloadSlice, flushed: @escaping () -> Void) {
    if slice.count >= HTTPConnection.copiedBytes {
      send(.slice(slice, flushed: flushed))
      return flushUnlessInBurst()
    }
    takeBuffer()
    output.bytes.writeBytes(slice.bytes)
    writeIfLarge()
    if output.behind == nil, context?.channel.isWritable == true {
      flushed()
    } else {
      output.waiting.append(flushed)
    }
  }

  private func takeBuffer() {
    guard output.bytes.capacity == 0 else { return }
    swap(&output.bytes, &shared.spare)
    output.bytes.clear(minimumCapacity: 2048)
  }

  private func writeIfLarge() {
    guard output.bytes.readableBytes >= HTTPConnection.pieceBytes else { return }
    writeBytes()
    flushUnlessInBurst()
  }

  // MARK: Writing

  /// Sends the bytes that are put together, as far as the kernel takes them, and gives the rest to
  /// the channel.
  private func writeBytes(isFollowed: Bool = false) {
    guard output.bytes.readableBytes > 0 else { return }
    if sendBytesNow(isFollowed: isFollowed) { return keepBuffer() }
    let bytes = output.bytes
    output.bytes = ByteBuffer()
    if output.behind == nil { output.written = bytes }
    pass(.bytes(bytes))
  }

  /// Sends a piece behind what is put together.
  private func send(_ piece: HTTPOutput.Piece) {
    writeBytes(isFollowed: true)
    pass(piece)
  }

  private func pass(_ piece: HTTPOutput.Piece) {
    if output.behind?.append(piece) == nil { perform(piece) }
  }

  private func perform(_ piece: HTTPOutput.Piece) {
    guard let context else { return }
    switch piece {
    case .bytes(let bytes):
      shared.counters.sent(bytes.readableBytes)
      willWrite()
      context.write(wrapOutboundOut(.byteBuffer(bytes)), promise: nil)
    case .slice(let slice, let flushed):
      shared.counters.sent(slice.count)
      if slice.payload.file >= 0 {
        sendFile(slice, from: sendFileNow(slice), flushed, context)
      } else {
        output.behind = []
        copy(slice, from: 0, flushed, context)
      }
    case .end(let inputIsClosed): end(inputIsClosed, context)
    }
  }

  /// NIO gets something to send.
  private func willWrite() {
    output.needsFlush = true
    shortWay.mayBeShut = true
  }

  /// The kernel takes the bytes from the file; the closure keeps them alive until then.
  ///
  /// - Parameter sent: how many of them it has taken already.
  private func sendFile(
    _ slice: PayloadSlice, from sent: Int, _ flushed: @escaping () -> Void,
    _ context: ChannelHandlerContext
  ) {
    if sent == slice.count { return flushed() }
    slice.payload.willSendByFile()
    let start = slice.payload.fileOffset + slice.range.lowerBound
    let region = FileRegion(
      fileHandle: shared.handle(of: slice.payload.file), readerIndex: start + sent,
      endIndex: start + slice.count)
    willWrite()
    let promise = context.eventLoop.makePromise(of: Void.self)
    promise.futureResult.assumeIsolated().whenComplete { result in
      withExtendedLifetime(slice) {
        if case .success = result { flushed() }
      }
    }
    context.write(wrapOutboundOut(.fileRegion(region)), promise: promise)
  }

  /// Copies the slice's next piece; the one after it when the kernel has taken this one.
  private func copy(
    _ slice: PayloadSlice, from offset: Int, _ flushed: @escaping () -> Void,
    _ context: ChannelHandlerContext
  ) {
    let count = min(HTTPConnection.pieceBytes, slice.count - offset)
    let bytes = UnsafeRawBufferPointer(rebasing: slice.bytes[offset..<(offset + count)])
    let piece = ByteBuffer(bytes: bytes)
    let promise = context.eventLoop.makePromise(of: Void.self)
    promise.futureResult.assumeIsolated().whenComplete { [self] result in
      guard case .success = result, let context = self.context else { return }
      if offset + count < slice.count {
        copy(slice, from: offset + count, flushed, context)
        context.flush()
      } else {
        sliceIsCopied(flushed)
      }
    }
    willWrite()
    context.write(wrapOutboundOut(.byteBuffer(piece)), promise: promise)
  }

  private func sliceIsCopied(_ flushed: () -> Void) {
    let pieces = output.behind ?? []
    output.behind = nil
    for piece in pieces { pass(piece) }
    flushed()
    callWaiting()
    flushUnlessInBurst()
  }

  // MARK: Flushing

  func flushUnlessInBurst() {
    if !isInBurst { flush() }
  }

  func flush() {
    writeBytes()
    guard output.needsFlush, let context else { return }
    output.needsFlush = false
    context.flush()
    giveBufferBack()
  }

  /// The bytes are sent: the buffer can serve another response.
  private func keepBuffer() {
    if output.bytes.capacity <= 256 << 10 { shared.spare = output.bytes }
    output.bytes = ByteBuffer()
  }

  /// The buffer can serve another response; if the socket still holds it, the next user gets a new
  /// one.
  private func giveBufferBack() {
    guard output.written.capacity > 0 else { return }
    if output.written.capacity <= 256 << 10 { shared.spare = output.written }
    output.written = ByteBuffer()
  }

  func channelWritabilityChanged(context: ChannelHandlerContext) {
    if context.channel.isWritable { callWaiting() }
  }

  private func callWaiting() {
    guard output.behind == nil, !output.waiting.isEmpty, context?.channel.isWritable == true else {
      return
    }
    let waiting = output.waiting
    output.waiting = []
    for flushed in waiting { flushed() }
  }

  // MARK: The end

  /// Ends the connection's output behind all that is to be sent.
  func closeOutput(inputIsClosed: Bool) {
    send(.end(inputIsClosed: inputIsClosed))
    flush()
  }

  private func end(_ inputIsClosed: Bool, _ context: ChannelHandlerContext) {
    guard inputIsClosed else {
      // NIO shuts the output down behind what is flushed.
      context.flush()
      return context.close(mode: .output, promise: nil)
    }
    // With the input closed NIO would close at once, whatever is left to send.
    let promise = context.eventLoop.makePromise(of: Void.self)
    promise.futureResult.assumeIsolated().whenComplete { [self] _ in closeNow() }
    context.writeAndFlush(wrapOutboundOut(.byteBuffer(ByteBuffer())), promise: promise)
  }
}
