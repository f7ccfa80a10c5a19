extension Effect {
  /// This effect's words, in the notation of `Input.withDecisionWords`.
  ///
  /// | effect | head | further words |
  /// | --- | --- | --- |
  /// | 129 reply | source, failure, length | request; slot |
  /// | 130 replyPrefix | 0, 0, local blocks | request; total blocks |
  /// | 131 send | see `PeerMessage.decisionWords`, node is the receiver, extra the slot | |
  /// | 132 sendKeys | see `PeerMessage.decisionWords`, node is the receiver, extra the first key | |
  /// | 133 readFlash | 0, 0, slot | operation; segment \| offset; length |
  /// | 134 writeFlash | 0, 0, slot | operation; segment \| offset; length |
  /// | 135 moveFlash | 0, 0, 0 | operation; from segment \| offset; to segment \| offset; from length \| to length |
  /// | 136 discardSegment | 0, 0, segment | |
  /// | 137 readOrigin | path, 0, slot | operation; key high; key low; length |
  /// | 138 cancel | 0, 0, 0 | operation |
  /// | 139 wake | 0, 0, 0 | time |
  /// | 140 leave | failure, 0, 0 | request |
  ///
  /// `body` is compiled into every case, where the absent words are constants: the hash of an
  /// effect takes 2.3 ns instead of 3.9.
  @inline(__always)
  func withDecisionWords<Result>(_ body: (DecisionWords) -> Result) -> Result {
    switch self {
    case .reply(let reply):
      return body(
        DecisionWords(
          effectHead(
            .reply, byte: reply.source.rawValue, half: UInt16(reply.failure.rawValue),
            word: reply.length),
          reply.request.rawValue, UInt64(reply.slot)))
    case .replyPrefix(let reply):
      return body(
        DecisionWords(
          effectHead(.replyPrefix, word: reply.localBlocks),
          reply.request.rawValue, UInt64(reply.totalBlocks)))
    case .send(let message, let node, let slot):
      return body(
        message.decisionWords(tag: DecisionTag.Effect.send.rawValue, node: node, extra: slot))
    case .sendKeys(let message, let node, let firstKey):
      return body(
        message.decisionWords(
          tag: DecisionTag.Effect.sendKeys.rawValue, node: node, extra: firstKey))
    case .readFlash(let operation, let extent, let slot):
      return body(
        DecisionWords(
          effectHead(.readFlash, word: slot), operation.rawValue, extent.place,
          UInt64(extent.length)))
    case .writeFlash(let operation, let extent, let slot):
      return body(
        DecisionWords(
          effectHead(.writeFlash, word: slot), operation.rawValue, extent.place,
          UInt64(extent.length)))
    case .moveFlash(let operation, let from, let to):
      return body(
        DecisionWords(
          effectHead(.moveFlash), operation.rawValue, from.place, to.place,
          decisionPair(from.length, to.length)))
    case .discardSegment(let segment):
      return body(DecisionWords(effectHead(.discardSegment, word: segment)))
    case .readOrigin(let operation, let key, let length, let slot, let path):
      return body(
        DecisionWords(
          effectHead(.readOrigin, byte: path.rawValue, word: slot), operation.rawValue, key.high,
          key.low, UInt64(length)))
    case .cancel(let operation):
      return body(DecisionWords(effectHead(.cancel), operation.rawValue))
    case .wake(let time):
      return body(DecisionWords(effectHead(.wake), time.nanoseconds))
    case .leave(let request, let failure):
      return body(DecisionWords(effectHead(.leave, byte: failure.rawValue), request.rawValue))
    }
  }

  /// The words as a value; see `withDecisionWords`.
  var decisionWords: DecisionWords { withDecisionWords { $0 } }

  /// The effect with these words; nil if they are no effect's.
  init?(_ words: DecisionWords) {
    guard let tag = DecisionTag.Effect(rawValue: words.tag),
      let effect = Self.decoded(tag, words), effect.decisionWords == words
    else { return nil }
    self = effect
  }

  /// Fields that are too wide or without a meaning are found by encoding again.
  private static func decoded(_ tag: DecisionTag.Effect, _ words: DecisionWords) -> Effect? {
    let operation = OperationID(words.w1)
    let extent = FlashExtent(place: words.w2, length: words.w3.lowHalf)
    switch tag {
    case .reply:
      return Reply(words).map { .reply($0) }
    case .replyPrefix:
      return .replyPrefix(
        PrefixReply(
          request: RequestID(words.w1), localBlocks: words.headWord,
          totalBlocks: words.w2.lowHalf))
    case .send:
      return PeerMessage(words).map {
        .send($0, to: NodeID(words.headHalf), slot: words.w7.highHalf)
      }
    case .sendKeys:
      return PeerMessage(words).map {
        .sendKeys($0, to: NodeID(words.headHalf), firstKey: words.w7.highHalf)
      }
    case .readFlash: return .readFlash(operation, extent, into: words.headWord)
    case .writeFlash: return .writeFlash(operation, extent, from: words.headWord)
    case .moveFlash:
      return .moveFlash(
        operation, from: FlashExtent(place: words.w2, length: words.w4.lowHalf),
        to: FlashExtent(place: words.w3, length: words.w4.highHalf))
    case .discardSegment: return .discardSegment(words.headWord)
    case .readOrigin:
      guard let path = OriginPath(rawValue: words.headByte) else { return nil }
      return .readOrigin(
        operation, BlockKey(high: words.w2, low: words.w3), length: words.w4.lowHalf,
        into: words.headWord, path: path)
    case .cancel: return .cancel(operation)
    case .wake: return .wake(Instant(nanoseconds: words.w1))
    case .leave:
      return Failure(rawValue: words.headByte).map { .leave(RequestID(words.w1), $0) }
    }
  }
}

extension FlashExtent {
  /// Segment and offset as one word.
  fileprivate var place: UInt64 { decisionPair(segment, offset) }

  fileprivate init(place: UInt64, length: UInt32) {
    self.init(segment: place.lowHalf, offset: place.highHalf, length: length)
  }
}

extension Reply {
  fileprivate init?(_ words: DecisionWords) {
    guard let source = Source(rawValue: words.headByte),
      let failure = Failure(rawValue: UInt8(truncatingIfNeeded: words.headHalf))
    else { return nil }
    self.init(
      request: RequestID(words.w1), slot: words.w2.lowHalf, length: words.headWord,
      source: source, failure: failure)
  }
}
