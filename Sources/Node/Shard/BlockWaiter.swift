public import TarnCore

/// What came of a block read.
public struct BlockAnswer: Sendable {
  /// The bytes; nil on failure.
  public var payload: Payload?
  public var source: Source
  public var failure: Failure
}

/// Waits for block reads. Called on the shard's event loop.
protocol BlockWaiter: AnyObject, Sendable {
  /// The read that was given `tag` has ended.
  func blockArrived(_ answer: BlockAnswer, tag: Int)
}

/// The block reads of a shard that wait for their reply, by request number: index in the low half,
/// how often the index was used before in the high half.
struct WaiterTable {
  private struct Waiting {
    var waiter: (any BlockWaiter)?
    var tag = 0
    var since = Instant.zero
    var generation: UInt32 = 0
  }
  private var waiting: [Waiting] = []
  private var free: [Int] = []

  /// Reads that wait.
  var count: Int { waiting.count - free.count }

  /// The number that the next read gets; the same until `add`.
  var next: RequestID {
    let index = free.last ?? waiting.count
    let generation = index < waiting.count ? waiting[index].generation : 0
    return RequestID(UInt64(generation) << 32 | UInt64(index))
  }

  /// Makes `waiter` wait for the request `next`.
  mutating func add(_ waiter: any BlockWaiter, tag: Int, since: Instant) {
    if let index = free.popLast() {
      waiting[index].waiter = waiter
      waiting[index].tag = tag
      waiting[index].since = since
    } else {
      waiting.append(Waiting(waiter: waiter, tag: tag, since: since))
    }
  }

  /// Who waits for the request, and since when; nobody waits for it any more.
  mutating func take(
    _ request: RequestID
  ) -> (waiter: any BlockWaiter, tag: Int, since: Instant)? {
    let index = Int(request.rawValue & 0xFFFF_FFFF)
    guard index < waiting.count,
      waiting[index].generation == UInt32(request.rawValue >> 32),
      let waiter = waiting[index].waiter
    else { return nil }
    let (tag, since) = (waiting[index].tag, waiting[index].since)
    waiting[index].waiter = nil
    waiting[index].generation &+= 1
    free.append(index)
    return (waiter, tag, since)
  }
}
