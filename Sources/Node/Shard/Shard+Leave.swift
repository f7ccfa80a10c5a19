internal import NIOCore
internal import TarnCore

/// Leave to ask origins what is no read of a block, from the budget that those draw on too.
extension Shard {
  /// Asks the core for leave to send one request. `answer` is called on the loop, once, by
  /// `deadline`: at once, from inside the call, where this node keeps the budget and has some left.
  ///
  /// - Parameter length: bytes that the answer brings and no read of a block counts.
  func askLeave(
    length: UInt32 = 0, by deadline: Instant, _ answer: @escaping @Sendable (Failure) -> Void
  ) {
    loop.assertInEventLoop()
    let request = RequestID(leavesAsked)
    leavesAsked += 1
    leaves[request] = answer
    step(.askLeave(LeaveRequest(request: request, deadline: deadline, length: length)))
  }

  /// The core has decided about a leave.
  func leaveDecided(_ request: RequestID, _ failure: Failure) {
    leaves.removeValue(forKey: request)?(failure)
  }

  /// The node ends: nobody waits any more.
  func refuseLeaves() {
    for request in leaves.keys { leaveDecided(request, .deadline) }
  }

  /// Asks the budget's keeper for nothing. In a node's first view that is the node itself, and a keeper
  /// that has just taken over is silent for a while from the first time that it is asked: better from
  /// the start of the node than from its first reader.
  func wakeKeeper() {
    let patience = 2 * settings.cache.value.fetch.budgetHorizonNanoseconds
    askLeave(by: Shard.now + patience) { _ in }
  }
}

extension ShardSet: OriginLeave {
  func leave(toAskAbout object: OriginObject, by deadline: Instant) async -> Failure {
    // Which shard's part of the budget it is drawn from decides nothing else.
    let number = UInt(bitPattern: object.hashValue) % UInt(shards.count)
    let shard = shards[Int(number)]
    return await withCheckedContinuation { continuation in
      let ask = { @Sendable in
        shard.askLeave(by: deadline) { continuation.resume(returning: $0) }
      }
      if shard.loop.inEventLoop { ask() } else { shard.loop.execute(ask) }
    }
  }

  func throttled(retryAfterMilliseconds: UInt32) {
    for shard in shards {
      shard.loop.execute {
        shard.step(.originThrottled(retryAfterMilliseconds: retryAfterMilliseconds))
      }
    }
  }
}
