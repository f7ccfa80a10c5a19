import TarnCore

/// Inputs and effects as people read them: one line each, every field that matters.
enum DecisionText {
  static func hash(_ value: UInt64) -> String { hexadecimal(value) }

  /// What a core was told, with the keys beside it.
  static func event(_ event: DecisionRecord.Event, keys: [BlockKey]) -> String {
    let text =
      switch event {
      case .input(let input): Self.input(input)
      case .view(let version, let digest): "view version=\(version) digest=\(hexadecimal(digest))"
      }
    return keys.isEmpty ? text : "\(text) keys=[\(keys.map(key).joined(separator: " "))]"
  }

  static func input(_ input: Input) -> String {
    switch input {
    case .read(let read):
      return "read \(key(read.key)) length=\(read.length) request=\(read.request.rawValue) "
        + "tenant=\(read.tenant.rawValue) deadline=\(time(read.deadline)) "
        + "flags=\(read.flags.rawValue) stream=\(read.stream) "
        + "recompute_us=\(read.recomputeMicroseconds)"
    case .lookUpPrefix(let request):
      return "look up prefix request=\(request.request.rawValue) tenant=\(request.tenant.rawValue) "
        + "deadline=\(time(request.deadline))"
    case .put(let put):
      return "put \(key(put.key)) length=\(put.length) parent=\(key(put.parent)) "
        + "request=\(put.request.rawValue) tenant=\(put.tenant.rawValue)"
    case .hint(let hint):
      return "hint object=\(hexadecimal(hint.object.high))-\(hexadecimal(hint.object.low)) "
        + "seed=\(hint.seed) count=\(hint.count) position=\(hint.position) stride=\(hint.stride) "
        + "length=\(hint.length) tenant=\(hint.tenant.rawValue) stream=\(hint.stream) "
        + "window=\(hint.window)"
    case .pin(let block, let action): return "\(action) \(key(block))"
    case .invalidate(let block): return "invalidate \(key(block))"
    case .message(let message, let sender):
      return "message from node \(node(sender)): \(self.message(message))"
    case .flashCompleted(let operation, let status):
      return "flash completed \(self.operation(operation)) \(status)"
    case .originCompleted(let operation, let status):
      return "origin completed \(self.operation(operation)) \(status.code) "
        + "retry_after_ms=\(status.retryAfterMilliseconds)"
    case .wake: return "wake"
    case .view: return "view"
    case .recovered(let block, let length, let tenant, let segment, let offset):
      return "recovered \(key(block)) length=\(length) tenant=\(tenant.rawValue) "
        + "segment=\(segment) offset=\(offset)"
    case .changeEviction(let tier, let eviction):
      return "change eviction of \(tier) to \(eviction.kind.name)"
    case .askLeave(let leave):
      return "ask leave request=\(leave.request.rawValue) length=\(leave.length) "
        + "deadline=\(time(leave.deadline))"
    case .originThrottled(let milliseconds):
      return "origin throttled retry_after_ms=\(milliseconds)"
    }
  }

  static func effect(_ effect: Effect) -> String {
    switch effect {
    case .reply(let reply):
      return "reply request=\(reply.request.rawValue) slot=\(slot(reply.slot)) "
        + "length=\(reply.length) source=\(reply.source) failure=\(reply.failure)"
    case .replyPrefix(let reply):
      return "reply prefix request=\(reply.request.rawValue) local=\(reply.localBlocks) "
        + "total=\(reply.totalBlocks)"
    case .send(let message, let peer, let from):
      return "send to node \(node(peer)) slot=\(slot(from)): \(self.message(message))"
    case .sendKeys(let message, let peer, let first):
      return "send to node \(node(peer)) keys from \(first) on: \(self.message(message))"
    case .readFlash(let operation, let extent, let into):
      return "read flash \(self.operation(operation)) \(place(extent)) into slot \(slot(into))"
    case .writeFlash(let operation, let extent, let from):
      return "write flash \(self.operation(operation)) \(place(extent)) from slot \(slot(from))"
    case .moveFlash(let operation, let from, let to):
      return "move flash \(self.operation(operation)) from \(place(from)) to \(place(to))"
    case .discardSegment(let segment): return "discard segment \(segment)"
    case .readOrigin(let operation, let block, let length, let into, let path):
      return "read origin \(self.operation(operation)) \(key(block)) length=\(length) "
        + "into slot \(slot(into)) path=\(path.rawValue)"
    case .cancel(let operation): return "cancel \(self.operation(operation))"
    case .wake(let at): return "wake at \(time(at))"
    case .leave(let request, let failure):
      return "leave request=\(request.rawValue) failure=\(failure)"
    }
  }

  private static func message(_ message: PeerMessage) -> String {
    "\(message.kind) \(key(message.key)) \(operation(message.operation)) length=\(message.length) "
      + "count=\(message.count) tenant=\(message.tenant.rawValue) flags=\(message.flags.rawValue) "
      + "hops=\(message.hops) peer=\(node(message.peer)) source=\(message.source) "
      + "delay_ns=\(message.delayNanoseconds) deadline=\(time(message.deadline))"
  }

  private static func key(_ key: BlockKey) -> String {
    "\(hexadecimal(key.high))-\(hexadecimal(key.low))"
  }

  /// Flight and generation, see `OperationID`.
  private static func operation(_ operation: OperationID) -> String {
    if operation == .none { return "op=none" }
    return "op=\(operation.rawValue & 0xFF_FFFF).\(operation.rawValue >> 24)"
  }

  private static func place(_ extent: FlashExtent) -> String {
    "segment=\(extent.segment) offset=\(extent.offset) length=\(extent.length)"
  }

  private static func time(_ time: Instant) -> String {
    time == .never ? "never" : "\(time.nanoseconds)"
  }

  private static func node(_ node: NodeID) -> String { node == .none ? "none" : "\(node.ordinal)" }

  private static func slot(_ slot: Slot) -> String { slot == .none ? "none" : "\(slot)" }

  private static func hexadecimal(_ value: UInt64) -> String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}
