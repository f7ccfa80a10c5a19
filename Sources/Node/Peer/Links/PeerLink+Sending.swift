internal import NIOCore
internal import TarnCore

extension PeerLink {
  /// Shorter payloads are copied into the buffer of their frame; a system call of their own would
  /// cost more.
  private static let shortestBorrowed = 64 << 10
  /// Small frames are gathered up to about so many bytes for one write.
  private static let batchBytes = 64 << 10

  /// Sends what waits in the lane, soon. From any thread.
  func scheduleFlush() { loop.execute { self.flush() } }

  func channelWritabilityChanged(context: ChannelHandlerContext) {
    if context.channel.isWritable { flush() }
    context.fireChannelWritabilityChanged()
  }

  /// Takes frames out of the lane as long as the socket takes bytes.
  private func flush() {
    guard phase == .up, let channel, let lane else { return }
    var batch = channel.channel.allocator.buffer(capacity: 0)
    var count = 0
    let now = shared.places.now()
    while channel.channel.isWritable, let frame = lane.next(for: self, now: now) {
      count += send(frame, &batch, channel, now: now)
      if batch.readableBytes >= PeerLink.batchBytes { write(&batch, channel) }
    }
    guard count > 0 else { return }
    write(&batch, channel)
    lastUse = .now()
    shared.tally.sent(frames: count, bytes: 0)
    channel.flush()
  }

  /// Writes a frame and its payload; answers how many frames it made of it.
  private func send(
    _ frame: OutFrame, _ batch: inout ByteBuffer, _ channel: ChannelHandlerContext, now: Instant
  ) -> Int {
    guard case .message(let message, _, let payload) = frame.content else {
      return append(frame, frame.targetShard, 0, &batch, now: now)
    }
    if message.kind == .pong { return pong(frame, &batch, now: now) }
    let checksum = payload.map { PayloadDigest.of(UnsafeRawBufferPointer($0.bytes)) } ?? 0
    let count = append(frame, frame.targetShard, checksum, &batch, now: now)
    if let payload, count > 0 { write(payload, &batch, channel) }
    return count
  }

  /// A pong says that this node lives; where the peer has more shards than we, it is for all that a
  /// ping to this shard may have come from.
  private func pong(_ frame: OutFrame, _ batch: inout ByteBuffer, now: Instant) -> Int {
    let shards = shared.configuration.shards
    let last = max(Int(peer?.shards ?? 1), Int(frame.sourceShard) + 1)
    var count = 0
    for shard in stride(from: Int(frame.sourceShard), to: last, by: shards) {
      count += append(frame, UInt16(shard), 0, &batch, now: now)
    }
    return count
  }

  private func append(
    _ frame: OutFrame, _ target: UInt16, _ checksum: UInt64, _ batch: inout ByteBuffer,
    now: Instant
  ) -> Int {
    guard frame.write(into: &batch, to: target, payloadChecksum: checksum, now: now) else {
      lane?.discard([frame], .unsendable)
      return 0
    }
    return 1
  }

  private func write(_ batch: inout ByteBuffer, _ channel: ChannelHandlerContext) {
    guard batch.readableBytes > 0 else { return }
    shared.tally.sent(frames: 0, bytes: batch.readableBytes)
    channel.write(wrapOutboundOut(.byteBuffer(batch)), promise: nil)
    batch = channel.channel.allocator.buffer(capacity: 0)
  }

  /// The bytes go from the payload's memory to the socket; the payload is kept until the socket has
  /// taken them.
  private func write(
    _ payload: Payload, _ batch: inout ByteBuffer, _ channel: ChannelHandlerContext
  ) {
    let bytes = UnsafeRawBufferPointer(payload.bytes)
    guard payload.count >= PeerLink.shortestBorrowed else {
      batch.writeBytes(bytes)
      return
    }
    write(&batch, channel)
    shared.tally.sent(frames: 0, bytes: payload.count)
    let sent = loop.makePromise(of: Void.self)
    sent.futureResult.whenComplete { _ in withExtendedLifetime(payload) {} }
    channel.write(wrapOutboundOut(.byteBuffer(ByteBuffer(borrowing: bytes))), promise: sent)
  }
}
