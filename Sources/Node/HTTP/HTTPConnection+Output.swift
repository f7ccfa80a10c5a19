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
}

extension HTTPConnection {
  /// Slices up to here are copied behind the head, so that one write carries both.
  private static let copiedBytes = 32 << 10
  /// What is put together goes out when it has grown to so much.
  private static let batchBytes = 64 << 10

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
      var rest = bytes
      rest.moveReaderIndex(forwardBy: bytes.withUnsafeReadableBytes { sendNow(followedBy: $0) })
      writeBytes()
      if rest.readableBytes > 0 { pass(rest) }
      flushUnlessInBurst()
    }
  }

  func write(_ slice: PayloadSlice, stays: Bool, flushed: @escaping () -> Void) {
    if slice.count >= HTTPConnection.copiedBytes {
      let isLent = stays && shared.lender.canLend(slice)
      let sent = isLent ? lendNow(slice) : sendNow(followedBy: slice.bytes)
      writeBytes()
      pass(slice, from: sent, flushed)
      return flushUnlessInBurst()
    }
    takeBuffer()
    output.bytes.writeBytes(slice.bytes)
    writeIfLarge()
    if context?.channel.isWritable == true {
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
    guard output.bytes.readableBytes >= HTTPConnection.batchBytes else { return }
    writeBytes()
    flushUnlessInBurst()
  }

  // MARK: Writing

  /// Sends the bytes that are put together, as far as the kernel takes them, and gives the rest to
  /// the channel.
  private func writeBytes() {
    guard output.bytes.capacity > 0 else { return }
    if output.bytes.readableBytes == 0 || sendBytesNow() { return keepBuffer() }
    let bytes = output.bytes
    output.bytes = ByteBuffer()
    output.written = bytes
    pass(bytes)
  }

  private func pass(_ bytes: ByteBuffer) {
    guard let context else { return }
    shared.counters.sent(bytes.readableBytes)
    willWrite()
    context.write(wrapOutboundOut(.byteBuffer(bytes)), promise: nil)
  }

  /// The kernel takes the bytes from where they lie; the closure keeps them alive until then.
  private func pass(_ slice: PayloadSlice, from sent: Int, _ flushed: @escaping () -> Void) {
    guard let context else { return }
    if sent == slice.count { return flushed() }
    let rest = UnsafeRawBufferPointer(rebasing: slice.bytes[sent...])
    shared.counters.sent(rest.count)
    willWrite()
    let promise = context.eventLoop.makePromise(of: Void.self)
    promise.futureResult.assumeIsolated().whenComplete { result in
      withExtendedLifetime(slice) {
        if case .success = result { flushed() }
      }
    }
    context.write(wrapOutboundOut(.byteBuffer(ByteBuffer(borrowing: rest))), promise: promise)
  }

  /// NIO gets something to send.
  private func willWrite() {
    output.needsFlush = true
    shortWay.mayBeShut = true
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
    guard !output.waiting.isEmpty, context?.channel.isWritable == true else { return }
    let waiting = output.waiting
    output.waiting = []
    for flushed in waiting { flushed() }
  }

  // MARK: The end

  /// Ends the connection's output behind all that is to be sent.
  func closeOutput(inputIsClosed: Bool) {
    writeBytes()
    guard let context else { return }
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
