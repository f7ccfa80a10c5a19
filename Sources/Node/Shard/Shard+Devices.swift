internal import Logging
internal import NIOCore
internal import TarnCore

/// Flash and origin.
extension Shard {
  // MARK: Flash

  func readFlash(_ operation: OperationID, _ extent: FlashExtent, into slot: Slot) {
    slots[slot] = nil
    guard let flash, let key = core.key(of: operation) else {
      preconditionFailure("a core without flash does not read it")
    }
    let payload = memory.allocate(Int(extent.length))
    flash.read(extent, key: key, into: payload) { [weak self] status in
      guard let self else { return }
      if status == .ok { land(payload, of: operation, key: key) }
      step(.flashCompleted(operation, status))
    }
  }

  func writeFlash(_ operation: OperationID, _ extent: FlashExtent, from slot: Slot) {
    guard let flash, let payload = slots[slot] else {
      preconditionFailure("what is written to flash lies in memory")
    }
    let entry = core.memory.table[slot]
    flash.write(extent, key: entry.key, tenant: entry.tenant, from: payload) {
      [weak self] status in self?.step(.flashCompleted(operation, status))
    }
  }

  func moveFlash(_ operation: OperationID, from: FlashExtent, to: FlashExtent) {
    flash?.move(from: from, to: to) { [weak self] status in
      self?.step(.flashCompleted(operation, status))
    }
  }

  /// Puts the bytes that an operation brought into the slot that waits for them, if one still does.
  func land(_ payload: Payload, of operation: OperationID, key: BlockKey) {
    if let slot = core.destination(of: operation, key: key) { slots[slot] = payload }
  }

  // MARK: Origin

  func readOrigin(
    _ operation: OperationID, _ key: BlockKey, length: UInt32, into slot: Slot, by path: OriginPath
  ) {
    slots[slot] = nil
    guard let locator = locator(of: key), locator.length == length else {
      settings.logger.error("a block whose place is unknown", metadata: ["key": "\(key)"])
      return step(.originCompleted(operation, OriginStatus(.failed)))
    }
    figures.originReads += 1
    // What came early came by the first path, whose cost it tells.
    if path == .first {
      switch early.claim(key, length: length, for: .core(operation)) {
      case .here(let payload): return originEnded(operation, key, payload, nil)
      case .coming: return
      case .none: if collect(operation, locator, key, length: length) { return }
      }
    }
    let payload = memory.allocate(Int(length))
    originReads[operation] = Task(executorPreference: executor) { [self] in
      var problem: OriginError?
      do throws(OriginError) { try await origin.read(locator, by: path, into: payload) } catch {
        problem = error
      }
      let end = problem
      loop.execute {
        // A read that was called off is not there any more, and its end is nobody's business.
        guard self.originReads.removeValue(forKey: operation) != nil else { return }
        self.originEnded(operation, key, payload, end)
      }
    }
  }

  /// The core wants no answer to the read any more.
  func cancelRead(_ operation: OperationID) {
    if let task = originReads.removeValue(forKey: operation) { return task.cancel() }
    if collections.removeValue(forKey: operation) != nil { return }
    if !early.isEmpty { early.abandon(operation) }
  }

  func originEnded(
    _ operation: OperationID, _ key: BlockKey, _ payload: Payload, _ problem: OriginError?
  ) {
    guard let problem else {
      figures.originBytes += UInt64(payload.count)
      land(payload, of: operation, key: key)
      return step(.originCompleted(operation, OriginStatus(.ok)))
    }
    note(problem)
    step(.originCompleted(operation, problem.status))
  }

  private func note(_ problem: OriginError) {
    switch problem {
    case .throttled: figures.originThrottles += 1
    case .changed: figures.originChanges += 1
    case .notFound, .noContainer, .noUpload: break
    case .denied, .rejected, .unsupported, .failed:
      figures.originFailures += 1
      settings.logger.warning("a read of the origin failed", metadata: ["error": "\(problem)"])
    }
  }
}

extension OriginError {
  /// What the core is told. A version that is gone will not come back: like an object that is not
  /// there, it is final.
  var status: OriginStatus {
    switch self {
    case .notFound, .noContainer, .noUpload, .changed: OriginStatus(.notFound)
    case .throttled(let milliseconds):
      OriginStatus(.throttled, retryAfterMilliseconds: milliseconds)
    case .denied, .rejected, .unsupported, .failed: OriginStatus(.failed)
    }
  }
}
