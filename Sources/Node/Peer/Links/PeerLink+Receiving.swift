internal import Logging
internal import NIOCore
internal import TarnCore

/// A payload of which not all bytes have come.
struct ArrivingPayload {
  var message: PeerMessage
  var locator: BlockLocator?
  var shard: Int
  /// Where the bytes go; nil if they are let go by.
  var payload: Payload?
  var length: Int
  var checksum: UInt64
  var filled = 0

  /// The memory for the next bytes, at most `limit` of them.
  func room(limit: Int) -> UnsafeMutableRawBufferPointer? {
    guard let payload else { return nil }
    let end = min(length, filled + limit)
    return UnsafeMutableRawBufferPointer(rebasing: payload.bytes[filled..<end])
  }
}

extension PeerLink {
  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    let buffer = unwrapInboundIn(data)
    guard phase != .closed else { return }
    lastUse = .now()
    shared.tally.received(bytes: buffer.readableBytes)
    do throws(PeerFault) {
      if buffers.isDirect {
        payloadGrew(by: buffer.readableBytes)
      } else {
        try buffer.withVeryUnsafeBytes { bytes throws(PeerFault) in
          let range = buffer.readerIndex..<buffer.writerIndex
          try consume(UnsafeRawBufferPointer(rebasing: bytes[range]))
        }
      }
    } catch {
      shared.tally.fault(error)
      shared.logger.warning("closed the link to \(name): malformed frame (\(error.name))")
      context.close(promise: nil)
    }
    buffers.direct = arriving?.room(limit: ReceiveBuffers.longestRead)
    buffers.giveBack(buffer)
  }

  private func consume(_ bytes: UnsafeRawBufferPointer) throws(PeerFault) {
    var rest = bytes
    while !rest.isEmpty, phase != .closed {
      let taken: Int
      if arriving != nil {
        taken = fillPayload(rest)
      } else {
        assembler.limit =
          phase == .up ? FrameHeader.longestFrame : FrameHeader.longestGreeting
        taken = try assembler.take(rest) { frame throws(PeerFault) in try take(frame) }
      }
      rest = UnsafeRawBufferPointer(rebasing: rest[taken...])
    }
  }

  private func take(_ frame: UnsafeRawBufferPointer) throws(PeerFault) {
    guard phase == .up, let peer else { return try greet(frame) }
    shared.tally.receivedFrame()
    let header = try FrameHeader(parsing: frame)
    let body = UnsafeRawBufferPointer(rebasing: frame[FrameHeader.size...])
    switch header.type {
    case .message:
      let frame = try MessageFrame(parsing: body, header, now: shared.places.now())
      receive(frame, header, from: peer)
    case .question: answer(try QuestionFrame(parsing: body))
    case .answer:
      let answer = try AnswerFrame(parsing: body)
      shared.questions.answer(answer.number, answer.attributes, from: peer.ordinal)
    case .hello, .proof, .refusal: throw .type
    }
  }

  // MARK: Messages

  private func receive(_ frame: MessageFrame, _ header: FrameHeader, from peer: Hello) {
    let shard = shard(of: frame.message, header)
    let (locator, isRight) = locator(of: frame)
    if isRight, frame.message.kind.wantsShardAnswer { noteReturn(frame.message, header, shard) }
    guard header.payloadLength > 0 else {
      if isRight { deliver(frame.message, locator, nil, shard) }
      return
    }
    var payload: Payload?
    if isRight {
      payload = shared.delegate.payload(forShard: shard, bytes: header.payloadLength)
      if payload == nil { shared.tally.dropped(.noMemory) }
      precondition(
        payload.map { $0.count == header.payloadLength } ?? true,
        "a payload has the size that was asked for")
      hash.restart()
    }
    arriving = ArrivingPayload(
      message: frame.message, locator: locator, shard: shard, payload: payload,
      length: header.payloadLength, checksum: header.payloadChecksum)
  }

  private func shard(of message: PeerMessage, _ header: FrameHeader) -> Int {
    if message.kind.isAboutBlock { return shared.places.shard(message.key) }
    let named =
      header.targetShard == FrameHeader.anyShard ? header.sourceShard : header.targetShard
    return Int(named) % shared.configuration.shards
  }

  private func noteReturn(_ message: PeerMessage, _ header: FrameHeader, _ shard: Int) {
    guard let peer, Int(header.sourceShard) != shard else { return }
    shared.returns.note(
      ReturnPaths.Path(peer: peer.ordinal, shard: shard, operation: message.operation),
      source: header.sourceShard)
  }

  /// The locator if it names the message's block; what does not is counted and not delivered.
  private func locator(of frame: MessageFrame) -> (BlockLocator?, isRight: Bool) {
    guard let fields = frame.locator else { return (nil, true) }
    guard let salt = shared.places.salt(frame.message.tenant) else {
      shared.tally.dropped(.unknownTenant)
      return (nil, false)
    }
    guard fields.blockBytes == shared.configuration.blockBytes,
      let locator = fields.locator(of: frame.message, salt: salt)
    else {
      shared.tally.dropped(.wrongLocator)
      return (nil, false)
    }
    return (locator, true)
  }

  private func deliver(
    _ message: PeerMessage, _ locator: BlockLocator?, _ payload: Payload?, _ shard: Int
  ) {
    guard let peer else { return }
    shared.delegate.receive(
      message, locator: locator, payload: payload, from: NodeID(peer.ordinal), toShard: shard)
  }

  private func answer(_ question: QuestionFrame) {
    let lane = lane
    let shared = shared
    shared.delegate.attributes(
      container: question.container, key: question.key, tenant: question.tenant,
      wanting: question.offset
    ) { attributes in
      let now = shared.places.now()
      let answer = AnswerFrame(number: question.number, attributes: attributes)
      let frame = OutFrame(
        content: .answer(answer), expires: now + shared.configuration.frameLifetimeNanoseconds)
      lane?.send(frame, now: now)
    }
  }

  // MARK: Payloads

  /// Copies what came together with the frame, or lets it go by; answers how many bytes.
  private func fillPayload(_ bytes: UnsafeRawBufferPointer) -> Int {
    guard let current = arriving else { return 0 }
    let count = min(bytes.count, current.length - current.filled)
    if let room = current.room(limit: count) {
      room.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[..<count]))
    }
    payloadGrew(by: count)
    return count
  }

  /// `count` bytes more of the payload are where they belong.
  private func payloadGrew(by count: Int) {
    guard var current = arriving else { return }
    if let payload = current.payload {
      let range = current.filled..<(current.filled + count)
      hash.take(UnsafeRawBufferPointer(rebasing: payload.bytes[range]))
    }
    current.filled += count
    guard current.filled == current.length else {
      arriving = current
      return
    }
    arriving = nil
    guard let payload = current.payload else { return }
    guard hash.value == current.checksum else {
      shared.logger.warning("a payload from \(name) came damaged: it is dropped")
      return shared.tally.dropped(.payloadChecksum)
    }
    deliver(current.message, current.locator, payload, current.shard)
  }
}
