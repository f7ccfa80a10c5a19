extension Input {
  /// This input's words. `|` separates the halves of a word, low first; the head is tag, byte,
  /// half, word.
  ///
  /// | input | head | further words |
  /// | --- | --- | --- |
  /// | 1 read | flags, tenant, length | key high; key low; request; deadline; recompute us \| stream |
  /// | 2 lookUpPrefix | 0, tenant, 0 | request; deadline |
  /// | 3 put | 0, tenant, length | key high; key low; parent high; parent low; request |
  /// | 4 hint | stream, tenant, length | object high; object low; seed; count \| position; stride \| window |
  /// | 5 pin | action, 0, 0 | key high; key low |
  /// | 6 invalidate | 0, 0, 0 | key high; key low |
  /// | 7 message | see `PeerMessage.decisionWords`, node is the sender, extra 0 | |
  /// | 8 flashCompleted | status, 0, 0 | operation |
  /// | 9 originCompleted | code, 0, retry-after ms | operation |
  /// | 10 wake | 0, 0, 0 | |
  /// | 11 view | 0, 0, 0 | version; digest |
  /// | 12 recovered | 0, tenant, length | key high; key low; segment \| offset |
  /// | 13 changeEviction | tier, 0, 0 | see `EvictionConfiguration.decisionWord` |
  /// | 14 askLeave | 0, 0, length | request; deadline |
  /// | 15 originThrottled | 0, 0, retry-after ms | |
  ///
  /// `body` is compiled into every case, where the absent words are constants: the hash of an
  /// effect takes 2.3 ns instead of 3.9.
  @inline(__always)
  func withDecisionWords<Result>(_ body: (DecisionWords) -> Result) -> Result {
    switch self {
    case .read(let read):
      return body(
        DecisionWords(
          inputHead(
            .read, byte: read.flags.rawValue, half: read.tenant.rawValue, word: read.length),
          read.key.high, read.key.low, read.request.rawValue, read.deadline.nanoseconds,
          decisionPair(read.recomputeMicroseconds, UInt32(read.stream))))
    case .lookUpPrefix(let prefix):
      return body(
        DecisionWords(
          inputHead(.lookUpPrefix, half: prefix.tenant.rawValue),
          prefix.request.rawValue, prefix.deadline.nanoseconds))
    case .put(let put):
      return body(
        DecisionWords(
          inputHead(.put, half: put.tenant.rawValue, word: put.length),
          put.key.high, put.key.low, put.parent.high, put.parent.low, put.request.rawValue))
    case .hint(let hint):
      return body(
        DecisionWords(
          inputHead(.hint, byte: hint.stream, half: hint.tenant.rawValue, word: hint.length),
          hint.object.high, hint.object.low, hint.seed,
          decisionPair(hint.count, hint.position), decisionPair(hint.stride, UInt32(hint.window))))
    case .pin(let key, let action):
      return body(DecisionWords(inputHead(.pin, byte: action.rawValue), key.high, key.low))
    case .invalidate(let key):
      return body(DecisionWords(inputHead(.invalidate), key.high, key.low))
    case .message(let message, let sender):
      return body(
        message.decisionWords(tag: DecisionTag.Input.message.rawValue, node: sender, extra: 0))
    case .flashCompleted(let operation, let status):
      return body(
        DecisionWords(
          inputHead(.flashCompleted, byte: status.rawValue), operation.rawValue))
    case .originCompleted(let operation, let status):
      return body(
        DecisionWords(
          inputHead(
            .originCompleted, byte: status.code.rawValue, word: status.retryAfterMilliseconds),
          operation.rawValue))
    case .wake:
      return body(DecisionWords(inputHead(.wake)))
    case .view(let reference):
      let view = reference.view.takeUnretainedValue()
      return body(Self.decisionWords(viewVersion: view.version, digest: view.digest))
    case .recovered(let key, let length, let tenant, let segment, let offset):
      return body(
        DecisionWords(
          inputHead(.recovered, half: tenant.rawValue, word: length),
          key.high, key.low, decisionPair(segment, offset)))
    case .changeEviction(let tier, let configuration):
      return body(
        DecisionWords(
          inputHead(.changeEviction, byte: tier.rawValue), configuration.decisionWord))
    case .askLeave(let leave):
      return body(
        DecisionWords(
          inputHead(.askLeave, word: leave.length), leave.request.rawValue,
          leave.deadline.nanoseconds))
    case .originThrottled(let milliseconds):
      return body(DecisionWords(inputHead(.originThrottled, word: milliseconds)))
    }
  }

  /// The words as a value; see `withDecisionWords`.
  var decisionWords: DecisionWords { withDecisionWords { $0 } }

  /// The words of a view, which a record keeps by version and digest only.
  static func decisionWords(viewVersion: UInt64, digest: UInt64) -> DecisionWords {
    DecisionWords(inputHead(.view), viewVersion, digest)
  }

  /// The input with these words; nil if they are no input's, or a view's.
  init?(_ words: DecisionWords) {
    guard let tag = DecisionTag.Input(rawValue: words.tag),
      let input = Self.decoded(tag, words), input.decisionWords == words
    else { return nil }
    self = input
  }

  /// Fields that are too wide or without a meaning are found by encoding again.
  private static func decoded(_ tag: DecisionTag.Input, _ words: DecisionWords) -> Input? {
    let firstKey = BlockKey(high: words.w1, low: words.w2)
    let operation = OperationID(words.w1)
    switch tag {
    case .read: return .read(ReadRequest(words))
    case .lookUpPrefix:
      return .lookUpPrefix(
        PrefixRequest(
          request: RequestID(words.w1), deadline: Instant(nanoseconds: words.w2),
          tenant: TenantID(words.headHalf)))
    case .put:
      return .put(
        PutRequest(
          key: firstKey, parent: BlockKey(high: words.w3, low: words.w4),
          request: RequestID(words.w5), length: words.headWord, tenant: TenantID(words.headHalf)))
    case .hint: return .hint(PrefetchHint(words))
    case .pin: return PinAction(rawValue: words.headByte).map { .pin(firstKey, $0) }
    case .invalidate: return .invalidate(firstKey)
    case .message:
      return PeerMessage(words).map { .message($0, from: NodeID(words.headHalf)) }
    case .flashCompleted:
      return FlashStatus(rawValue: words.headByte).map { .flashCompleted(operation, $0) }
    case .originCompleted:
      return OriginStatus.Code(rawValue: words.headByte).map {
        .originCompleted(operation, OriginStatus($0, retryAfterMilliseconds: words.headWord))
      }
    case .wake: return .wake
    case .view: return nil
    case .recovered:
      return .recovered(
        firstKey, length: words.headWord, tenant: TenantID(words.headHalf),
        segment: words.w3.lowHalf, offset: words.w3.highHalf)
    case .changeEviction:
      guard let tier = TierKind(rawValue: words.headByte),
        let configuration = EvictionConfiguration(decisionWord: words.w1)
      else { return nil }
      return .changeEviction(tier, configuration)
    case .askLeave:
      return .askLeave(
        LeaveRequest(
          request: RequestID(words.w1), deadline: Instant(nanoseconds: words.w2),
          length: words.headWord))
    case .originThrottled: return .originThrottled(retryAfterMilliseconds: words.headWord)
    }
  }
}

extension ReadRequest {
  fileprivate init(_ words: DecisionWords) {
    self.init(
      key: BlockKey(high: words.w1, low: words.w2), request: RequestID(words.w3),
      deadline: Instant(nanoseconds: words.w4), length: words.headWord,
      tenant: TenantID(words.headHalf), flags: ReadFlags(rawValue: words.headByte),
      recomputeMicroseconds: words.w5.lowHalf,
      stream: UInt8(truncatingIfNeeded: words.w5.highHalf))
  }
}

extension PrefetchHint {
  fileprivate init(_ words: DecisionWords) {
    self.init(
      object: ObjectIdentity(high: words.w1, low: words.w2), seed: words.w3,
      count: words.w4.lowHalf, position: words.w4.highHalf, stride: words.w5.lowHalf,
      length: words.headWord, tenant: TenantID(words.headHalf), stream: words.headByte,
      window: UInt8(truncatingIfNeeded: words.w5.highHalf))
  }
}

extension EvictionConfiguration {
  /// Kind (8 bits), move-to-main threshold (8), small, ghost and window permille (16 each).
  var decisionWord: UInt64 {
    UInt64(kind.rawValue) | UInt64(moveToMainThreshold) << 8 | UInt64(smallPermille) << 16
      | UInt64(ghostPermille) << 32 | UInt64(windowPermille) << 48
  }

  init?(decisionWord word: UInt64) {
    guard let kind = EvictionKind(rawValue: UInt8(truncatingIfNeeded: word)) else { return nil }
    self.init(kind)
    moveToMainThreshold = UInt8(truncatingIfNeeded: word >> 8)
    smallPermille = UInt16(truncatingIfNeeded: word >> 16)
    ghostPermille = UInt16(truncatingIfNeeded: word >> 32)
    windowPermille = UInt16(truncatingIfNeeded: word >> 48)
  }
}
