internal import NIOCore
internal import TarnCore

/// A read of a range of one version of an object: its blocks, a few at a time, in order.
///
/// Blocks are asked for ahead of the sink, each of the shard that has it and with the place that it
/// comes from. So no hint to a core is needed to read ahead, nor would one do: a core hears only of its
/// own shard's blocks, and by key alone.
///
/// Confined to its event loop. A block of a shard on the same loop is read by a plain call, so a
/// memory hit reaches the sink before `more()` returns.
final class BlockwiseRead: ObjectRead, BlockWaiter, @unchecked Sendable {
  private let object: ObjectVersion
  private let range: Range<UInt64>
  private let shards: ShardSet
  private let loop: any EventLoop
  private let patience: Nanoseconds
  private let window: Int
  private let onChange: () -> Void
  private var sink: (any ObjectSink)?

  /// The next block to ask for, the next to deliver, and the one behind the last.
  private var asked: Int
  private var next: Int
  private let end: Int
  /// Answers that came, by block number modulo the window.
  private var arrived: Arrivals
  /// Slices that the sink can take.
  private var demand = 0
  private var isDelivering = false
  /// When the next block was first refused for want of memory, and how often since.
  private var refusedSince: Instant?
  private var refusals: Int64 = 0

  /// - Parameters:
  ///   - patience: how long a block may take from when it is asked for.
  ///   - window: blocks that are asked for ahead of the sink.
  ///   - onChange: called if the version turns out to be gone, before the sink learns of it.
  init(
    _ object: ObjectVersion, range: Range<UInt64>, shards: ShardSet, loop: any EventLoop,
    sink: any ObjectSink, patience: Nanoseconds, window: Int, onChange: @escaping () -> Void
  ) {
    precondition(range.upperBound <= object.size, "a read stays within its object")
    self.object = object
    self.range = range
    self.shards = shards
    self.loop = loop
    self.patience = patience
    self.onChange = onChange
    self.sink = sink
    let blockBytes = UInt64(object.blockBytes)
    next = Int(range.lowerBound / blockBytes)
    asked = next
    end = range.isEmpty ? next : Int((range.upperBound - 1) / blockBytes) + 1
    self.window = max(1, min(window, end - next))
    arrived = Arrivals(count: self.window)
  }

  func more() {
    loop.assertInEventLoop()
    demand += 1
    advance()
  }

  func cancel() { sink = nil }

  // MARK: Asking

  private func advance() {
    // A sink asks for more from inside `take`; the loop below sees that.
    guard !isDelivering else { return }
    isDelivering = true
    defer { isDelivering = false }
    repeat { askAhead() } while deliverNext()
  }

  private func askAhead() {
    while sink != nil, asked < end, asked < next + window {
      let block = asked
      asked += 1
      ask(block)
    }
  }

  private func ask(_ block: Int, isAgain: Bool = false) {
    let locator = BlockLocator(object: object, index: UInt32(block))
    let read = BlockRead(
      locator: locator, key: locator.key, deadline: Shard.now + patience, isAgain: isAgain)
    let shard = shards.shard(of: read.key)
    if shard.loop === loop {
      if let answer = shard.read(read, waiter: self, tag: block) {
        arrived[block % window] = answer
      }
      return
    }
    shard.loop.execute { [self] in
      if let answer = shard.read(read, waiter: self, tag: block) { cross(answer, block) }
    }
  }

  func blockArrived(_ answer: BlockAnswer, tag: Int) {
    if loop.inEventLoop { return note(answer, tag) }
    cross(answer, tag)
  }

  private func cross(_ answer: BlockAnswer, _ block: Int) {
    loop.execute { [self] in note(answer, block) }
  }

  private func note(_ answer: BlockAnswer, _ block: Int) {
    arrived[block % window] = answer
    if block == next { advance() }
  }

  // MARK: Memory

  /// Asks for the next block again a little later, because others hold all memory now: what they
  /// read is sent, and then theirs is free. Blocks ahead that were refused too are asked for when it
  /// is their turn, so that a crowd of readers reads ahead less. False if patience is over.
  private func waitForMemory() -> Bool {
    let now = Shard.now
    let since = refusedSince ?? now
    refusedSince = since
    guard now < since + patience else {
      giveUp(after: now - since)
      return false
    }
    let block = next
    let longest = BlockwiseRead.firstPause << min(refusals, 5)
    refusals += 1
    // Drawn, or those who were refused together would be refused together again.
    let pause = TimeAmount.microseconds(Int64.random(in: longest / 2...longest))
    loop.assumeIsolated().scheduleTask(in: pause) { [self] in
      if sink != nil { ask(block, isAgain: true) }
      advance()
    }
    return true
  }

  /// The shard counted each refusal, but not yet the read.
  private func giveUp(after span: Nanoseconds) {
    let shard = shards.shard(of: BlockLocator(object: object, index: UInt32(next)).key)
    shard.loop.execute { shard.figures.gaveUp(after: span) }
  }

  /// In microseconds.
  private static let firstPause: Int64 = 2_000

  // MARK: Delivering

  /// Hands over the next block if it is here and wanted. True if it did and may go on.
  private func deliverNext() -> Bool {
    guard let sink else { return false }
    if next == end {
      self.sink = nil
      sink.end(nil)
      return false
    }
    guard demand > 0, let answer = arrived[next % window] else { return false }
    arrived[next % window] = nil
    if answer.failure == .overloaded, waitForMemory() { return false }
    guard let payload = answer.payload else {
      self.sink = nil
      let failure = ObjectFailure(answer.failure)
      if failure == .changed { onChange() }
      sink.end(failure)
      return false
    }
    let start = UInt64(next) * UInt64(object.blockBytes)
    let first = Int(max(range.lowerBound, start) - start)
    let last = Int(min(range.upperBound, start + UInt64(payload.count)) - start)
    next += 1
    demand -= 1
    (refusedSince, refusals) = (nil, 0)
    sink.take(PayloadSlice(payload, first..<last), source: answer.source)
    return true
  }
}

/// Answers by number. Most reads are of one block: its answer needs no memory of its own.
private struct Arrivals {
  private var first: BlockAnswer?
  private var others: [BlockAnswer?]

  init(count: Int) { others = count > 1 ? Array(repeating: nil, count: count - 1) : [] }

  subscript(number: Int) -> BlockAnswer? {
    get { number == 0 ? first : others[number - 1] }
    set { if number == 0 { first = newValue } else { others[number - 1] = newValue } }
  }
}

extension ObjectFailure {
  init(_ failure: Failure) {
    switch failure {
    // The object was there when it was opened: what is not found is that version of it.
    case .notFound: self = .changed
    case .overloaded, .bypass: self = .busy(retryAfterMilliseconds: 1_000)
    case .deadline: self = .deadline
    case .originFailed: self = .failed("the origin failed as often as it was asked")
    case .none, .absent: self = .failed("the cache has no such block")
    }
  }
}
