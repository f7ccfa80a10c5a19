@testable import TarnCore

extension DecisionRecord {
  /// A record of random values: any input but now and then a view, any effects.
  static func random(_ random: inout TierRandom) -> DecisionRecord {
    let event: Event =
      random.below(14) == 0
      ? .view(version: random.next(), digest: random.next()) : .input(.random(&random))
    return DecisionRecord(
      time: Instant(nanoseconds: random.next()), event: event,
      keys: (0..<random.below(4)).map { _ in BlockKey.random(&random) },
      effects: (0..<random.below(6)).map { _ in Effect.random(&random) })
  }
}

extension Input {
  fileprivate static func random(_ random: inout TierRandom) -> Input {
    let operation = OperationID(random.next())
    let tenant = TenantID.random(&random)
    switch random.below(14) {
    case 0:
      return .read(
        ReadRequest(
          key: .random(&random), request: RequestID(random.next()),
          deadline: Instant(nanoseconds: random.next()), length: random.word(), tenant: tenant,
          flags: ReadFlags(rawValue: random.byte()), recomputeMicroseconds: random.word(),
          stream: random.byte()))
    case 1:
      return .lookUpPrefix(
        PrefixRequest(
          request: RequestID(random.next()), deadline: Instant(nanoseconds: random.next()),
          tenant: tenant))
    case 2:
      return .put(
        PutRequest(
          key: .random(&random), parent: .random(&random), request: RequestID(random.next()),
          length: random.word(), tenant: tenant))
    case 3:
      return .hint(
        PrefetchHint(
          object: ObjectIdentity(high: random.next(), low: random.next()), seed: random.next(),
          count: random.word(), position: random.word(), stride: random.word(),
          length: random.word(), tenant: tenant, stream: random.byte(), window: random.byte()))
    case 4: return .pin(.random(&random), random.below(2) == 0 ? .pin : .unpin)
    case 5: return .invalidate(.random(&random))
    case 6: return .message(.random(&random), from: .random(&random))
    case 7: return .flashCompleted(operation, random.pick([.ok, .corrupt, .failed]))
    case 8:
      let code: OriginStatus.Code = random.pick([.ok, .notFound, .throttled, .failed])
      return .originCompleted(
        operation, OriginStatus(code, retryAfterMilliseconds: random.word()))
    case 9: return .wake
    case 10:
      return .recovered(
        .random(&random), length: random.word(), tenant: tenant, segment: random.word(),
        offset: random.word())
    case 11:
      return .askLeave(
        LeaveRequest(
          request: RequestID(random.next()), deadline: Instant(nanoseconds: random.next()),
          length: random.word()))
    case 12: return .originThrottled(retryAfterMilliseconds: random.word())
    default:
      var configuration = EvictionConfiguration(random.pick(EvictionKind.allCases))
      configuration.smallPermille = random.half()
      configuration.ghostPermille = random.half()
      configuration.windowPermille = random.half()
      configuration.moveToMainThreshold = random.byte()
      return .changeEviction(random.pick([.memory, .flash]), configuration)
    }
  }
}

extension Effect {
  fileprivate static func random(_ random: inout TierRandom) -> Effect {
    let operation = OperationID(random.next())
    let request = RequestID(random.next())
    switch random.below(12) {
    case 0:
      return .reply(
        Reply(
          request: request, slot: random.word(), length: random.word(),
          source: random.pick(Source.allCases), failure: random.pick(Failure.allCases)))
    case 1:
      return .replyPrefix(
        PrefixReply(request: request, localBlocks: random.word(), totalBlocks: random.word()))
    case 2: return .send(.random(&random), to: .random(&random), slot: random.word())
    case 3: return .sendKeys(.random(&random), to: .random(&random), firstKey: random.word())
    case 4: return .readFlash(operation, .random(&random), into: random.word())
    case 5: return .writeFlash(operation, .random(&random), from: random.word())
    case 6: return .moveFlash(operation, from: .random(&random), to: .random(&random))
    case 7: return .discardSegment(random.word())
    case 8:
      return .readOrigin(
        operation, .random(&random), length: random.word(), into: random.word(),
        path: OriginPath(index: Int(random.below(UInt32(OriginPath.limit)))))
    case 9: return .cancel(operation)
    case 10: return .leave(request, random.pick(Failure.allCases))
    default: return .wake(Instant(nanoseconds: random.next()))
    }
  }
}

extension PeerMessage {
  fileprivate static func random(_ random: inout TierRandom) -> PeerMessage {
    var message = PeerMessage(
      random.pick(Kind.allCases), operation: OperationID(random.next()), key: .random(&random),
      length: random.word(), tenant: .random(&random), flags: Flags(rawValue: random.byte()),
      deadline: Instant(nanoseconds: random.next()))
    message.peer = .random(&random)
    message.hops = random.byte()
    message.source = random.pick(Source.allCases)
    message.count = random.word()
    message.delayNanoseconds = random.next()
    return message
  }
}

extension BlockKey {
  fileprivate static func random(_ random: inout TierRandom) -> BlockKey {
    BlockKey(high: random.next(), low: random.next())
  }
}

extension TenantID {
  fileprivate static func random(_ random: inout TierRandom) -> TenantID { TenantID(random.half()) }
}

extension NodeID {
  fileprivate static func random(_ random: inout TierRandom) -> NodeID { NodeID(random.half()) }
}

extension FlashExtent {
  fileprivate static func random(_ random: inout TierRandom) -> FlashExtent {
    FlashExtent(segment: random.word(), offset: random.word(), length: random.word())
  }
}

extension TierRandom {
  fileprivate mutating func word() -> UInt32 { UInt32(truncatingIfNeeded: next()) }
  fileprivate mutating func half() -> UInt16 { UInt16(truncatingIfNeeded: next()) }
  fileprivate mutating func byte() -> UInt8 { UInt8(truncatingIfNeeded: next()) }
  fileprivate mutating func pick<Value>(_ values: [Value]) -> Value {
    values[Int(below(UInt32(values.count)))]
  }
}
