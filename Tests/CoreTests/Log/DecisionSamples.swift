@testable import TarnCore

/// One value of every input and effect, and for each the same with one field changed at a time.
enum DecisionSamples {
  static let key = BlockKey(high: 0x0102_0304_0506_0708, low: 0x1112_1314_1516_1718)
  static let otherKeys = [
    BlockKey(high: key.high + 1, low: key.low),
    BlockKey(high: key.high, low: key.low + 1),
  ]
  static let operation = OperationID(0x2122_2324_2526_2728)
  static let request = RequestID(0x3132_3334_3536_3738)
  static let deadline = Instant(nanoseconds: 0x4142_4344_4546_4748)
  static let tenant = TenantID(0x5152)
  static let node = NodeID(0x6162)
  static let extent = FlashExtent(
    segment: 0x7172_7374, offset: 0x8182_8384, length: 0x9192_9394)

  /// `base`, then `base` with each change alone.
  static func changed<Value>(_ base: Value, _ changes: [(inout Value) -> Void]) -> [Value] {
    [base]
      + changes.map { change in
        var value = base
        change(&value)
        return value
      }
  }

  static let reads = changed(
    ReadRequest(
      key: key, request: request, deadline: deadline, length: 0xA1A2_A3A4, tenant: tenant,
      flags: [.doNotAdmit], recomputeMicroseconds: 0xB1B2_B3B4, stream: 0xC1),
    [
      { $0.key.high += 1 }, { $0.key.low += 1 }, { $0.request = RequestID(1) },
      { $0.deadline = .zero }, { $0.length += 1 }, { $0.recomputeMicroseconds += 1 },
      { $0.tenant = TenantID(1) }, { $0.flags = [.kv, .doNotAdmit] }, { $0.stream += 1 },
    ])

  static let prefixes = changed(
    PrefixRequest(request: request, deadline: deadline, tenant: tenant),
    [{ $0.request = RequestID(1) }, { $0.deadline = .zero }, { $0.tenant = TenantID(1) }])

  static let puts = changed(
    PutRequest(
      key: key, parent: BlockKey(high: 0xD1D2_D3D4_D5D6_D7D8, low: 0xE1E2_E3E4_E5E6_E7E8),
      request: request, length: 0xA1A2_A3A4, tenant: tenant),
    [
      { $0.key.high += 1 }, { $0.key.low += 1 }, { $0.parent.high += 1 }, { $0.parent.low += 1 },
      { $0.request = RequestID(1) }, { $0.length += 1 }, { $0.tenant = TenantID(1) },
    ])

  static let hints = changed(
    PrefetchHint(
      object: ObjectIdentity(high: key.high, low: key.low), seed: 0xD1D2_D3D4_D5D6_D7D8,
      count: 0xA1A2_A3A4, position: 0xB1B2_B3B4, stride: 0xC1C2_C3C4, length: 0x9192_9394,
      tenant: tenant, stream: 0xC1, window: 0xC2),
    [
      { $0.object.high += 1 }, { $0.object.low += 1 }, { $0.seed += 1 }, { $0.count += 1 },
      { $0.position += 1 }, { $0.stride += 1 }, { $0.length += 1 }, { $0.tenant = TenantID(1) },
      { $0.stream += 1 }, { $0.window += 1 },
    ])

  static let messages: [PeerMessage] = {
    var base = PeerMessage(
      .askPrefix, operation: operation, key: key, length: 0xA1A2_A3A4, tenant: tenant,
      flags: [.onlyIfPresent, .kv], deadline: deadline)
    base.peer = NodeID(0xF1F2)
    base.hops = 0xC3
    base.source = .peer
    base.count = 0xB1B2_B3B4
    base.delayNanoseconds = 0xD1D2_D3D4_D5D6_D7D8
    return changed(
      base,
      [
        { $0.kind = .ask }, { $0.flags = [] }, { $0.tenant = TenantID(1) },
        { $0.peer = NodeID(1) }, { $0.hops += 1 }, { $0.source = .origin }, { $0.length += 1 },
        { $0.count += 1 }, { $0.operation = .none }, { $0.key.high += 1 }, { $0.key.low += 1 },
        { $0.delayNanoseconds += 1 }, { $0.deadline = .zero },
      ])
  }()

  static let configurations: [EvictionConfiguration] = {
    var base = EvictionConfiguration(.wtinylfu)
    base.smallPermille = 0x7172
    base.ghostPermille = 0x7374
    base.moveToMainThreshold = 0xC1
    base.windowPermille = 0x7576
    return changed(
      base,
      [
        { $0.kind = .lru }, { $0.smallPermille += 1 }, { $0.ghostPermille += 1 },
        { $0.moveToMainThreshold += 1 }, { $0.windowPermille += 1 },
      ])
  }()

  static let extents = changed(
    extent, [{ $0.segment += 1 }, { $0.offset += 1 }, { $0.length += 1 }])

  /// For each case of `Input` but the view: the sample, then its changes.
  static let inputs: [[Input]] = [
    reads.map { .read($0) },
    prefixes.map { .lookUpPrefix($0) },
    puts.map { .put($0) },
    hints.map { .hint($0) },
    [.pin(key, .unpin), .pin(key, .pin)] + otherKeys.map { .pin($0, .unpin) },
    ([key] + otherKeys).map { .invalidate($0) },
    messages.map { .message($0, from: node) } + [.message(messages[0], from: NodeID(1))],
    [
      .flashCompleted(operation, .failed), .flashCompleted(operation, .ok),
      .flashCompleted(.none, .failed),
    ],
    [
      .originCompleted(operation, OriginStatus(.throttled, retryAfterMilliseconds: 0xA1A2_A3A4)),
      .originCompleted(operation, OriginStatus(.failed, retryAfterMilliseconds: 0xA1A2_A3A4)),
      .originCompleted(operation, OriginStatus(.throttled, retryAfterMilliseconds: 1)),
      .originCompleted(.none, OriginStatus(.throttled, retryAfterMilliseconds: 0xA1A2_A3A4)),
    ],
    [.wake],
    ([key] + otherKeys).map {
      .recovered($0, length: 0xA1A2_A3A4, tenant: tenant, segment: 0xB1B2_B3B4, offset: 4096)
    } + [
      .recovered(key, length: 1, tenant: tenant, segment: 0xB1B2_B3B4, offset: 4096),
      .recovered(key, length: 0xA1A2_A3A4, tenant: node.tenant, segment: 0xB1B2_B3B4, offset: 4096),
      .recovered(key, length: 0xA1A2_A3A4, tenant: tenant, segment: 1, offset: 4096),
      .recovered(key, length: 0xA1A2_A3A4, tenant: tenant, segment: 0xB1B2_B3B4, offset: 1),
    ],
    configurations.map { .changeEviction(.flash, $0) }
      + [.changeEviction(.memory, configurations[0])],
    changed(
      LeaveRequest(request: request, deadline: deadline, length: 0xA1A2_A3A4),
      [{ $0.request = RequestID(1) }, { $0.deadline = .zero }, { $0.length += 1 }]
    ).map { .askLeave($0) },
    [
      .originThrottled(retryAfterMilliseconds: 0xB1B2_B3B4),
      .originThrottled(retryAfterMilliseconds: 0),
    ],
  ]

  /// For each case of `Effect`: the sample, then its changes.
  static let effects: [[Effect]] = [
    changed(
      Reply(
        request: request, slot: 0x9192_9394, length: 0xA1A2_A3A4, source: .flash,
        failure: .overloaded),
      [
        { $0.request = RequestID(1) }, { $0.slot += 1 }, { $0.length += 1 },
        { $0.source = .memory }, { $0.failure = .none },
      ]
    ).map { .reply($0) },
    changed(
      PrefixReply(request: request, localBlocks: 0xA1A2_A3A4, totalBlocks: 0xB1B2_B3B4),
      [{ $0.request = RequestID(1) }, { $0.localBlocks += 1 }, { $0.totalBlocks += 1 }]
    ).map { .replyPrefix($0) },
    messages.map { .send($0, to: node, slot: 0xC1C2_C3C4) }
      + [
        .send(messages[0], to: NodeID(1), slot: 0xC1C2_C3C4), .send(messages[0], to: node, slot: 1),
      ],
    messages.map { .sendKeys($0, to: node, firstKey: 0xC1C2_C3C4) }
      + [
        .sendKeys(messages[0], to: NodeID(1), firstKey: 0xC1C2_C3C4),
        .sendKeys(messages[0], to: node, firstKey: 1),
      ],
    extents.map { .readFlash(operation, $0, into: 0xA1A2_A3A4) }
      + [.readFlash(.none, extent, into: 0xA1A2_A3A4), .readFlash(operation, extent, into: 1)],
    extents.map { .writeFlash(operation, $0, from: 0xA1A2_A3A4) }
      + [.writeFlash(.none, extent, from: 0xA1A2_A3A4), .writeFlash(operation, extent, from: 1)],
    extents.map { .moveFlash(operation, from: $0, to: extents[1]) }
      + [
        .moveFlash(operation, from: extent, to: extents[2]),
        .moveFlash(.none, from: extent, to: extents[1]),
        .moveFlash(operation, from: extent, to: extents[3]),
      ],
    [.discardSegment(0xA1A2_A3A4), .discardSegment(1)],
    ([key] + otherKeys).map {
      .readOrigin(operation, $0, length: 0xA1A2_A3A4, into: 0xB1B2_B3B4, path: .first)
    } + [
      .readOrigin(.none, key, length: 0xA1A2_A3A4, into: 0xB1B2_B3B4, path: .first),
      .readOrigin(operation, key, length: 1, into: 0xB1B2_B3B4, path: .first),
      .readOrigin(operation, key, length: 0xA1A2_A3A4, into: 1, path: .first),
      .readOrigin(
        operation, key, length: 0xA1A2_A3A4, into: 0xB1B2_B3B4, path: OriginPath(index: 3)),
    ],
    [.cancel(operation), .cancel(.none)],
    [.wake(deadline), .wake(.zero)],
    [
      .leave(request, .overloaded), .leave(request, .none), .leave(RequestID(1), .overloaded),
    ],
  ]
}

extension NodeID {
  fileprivate var tenant: TenantID { TenantID(ordinal) }
}
