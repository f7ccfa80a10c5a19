import TarnCore
import Testing

@testable import TarnSim

struct EventQueueTests {
  private func drain(_ queue: inout EventQueue<UInt64>) -> [UInt64] {
    var labels: [UInt64] = []
    while let event = queue.pop() { labels.append(event.payload) }
    return labels
  }

  @Test func `an empty queue has nothing to say`() {
    var queue = EventQueue<UInt64>()
    let popped = queue.pop()
    let peeked = queue.peekTime
    let upcoming = queue.upcoming(0)
    let count = queue.count
    #expect(popped == nil)
    #expect(peeked == nil)
    #expect(upcoming == nil)
    #expect(count == 0)
  }

  @Test func `events come out by time and ties in order of push`() {
    var queue = EventQueue<UInt64>()
    let times: [UInt64] = [30, 10, 20, 10, 0, 30, 10, .max, 1 << 40, .max]
    for (label, time) in times.enumerated() {
      queue.push(UInt64(label), at: Instant(nanoseconds: time))
    }
    let order = drain(&queue)
    #expect(order == [4, 1, 3, 6, 2, 0, 5, 8, 7, 9])
  }

  @Test func `an event may be pushed at the time just popped`() {
    var queue = EventQueue<UInt64>()
    queue.push(1, at: Instant(nanoseconds: 500))
    queue.push(2, at: Instant(nanoseconds: 500))
    let first = queue.pop()?.payload
    queue.push(3, at: Instant(nanoseconds: 500))
    let rest = drain(&queue)
    #expect(first == 1)
    #expect(rest == [2, 3])
  }

  @Test func `pushing into the past traps`() async {
    await #expect(processExitsWith: .failure) {
      var queue = EventQueue<UInt64>()
      queue.push(1, at: Instant(nanoseconds: 500))
      _ = queue.pop()
      queue.push(2, at: Instant(nanoseconds: 499))
    }
  }

  @Test func `pop through a horizon leaves later events`() {
    var queue = EventQueue<UInt64>()
    for time in [100, 200, 300] as [UInt64] { queue.push(time, at: Instant(nanoseconds: time)) }
    let atHorizon = queue.pop(through: Instant(nanoseconds: 100))?.payload
    let beyond = queue.pop(through: Instant(nanoseconds: 199))?.payload
    let count = queue.count
    #expect(atHorizon == 100)
    #expect(beyond == nil)
    #expect(count == 2)
  }

  @Test func `peeking far ahead does not forbid nearer pushes`() {
    var queue = EventQueue<UInt64>()
    for label in 0..<100 as Range<UInt64> { queue.push(label, at: Instant(nanoseconds: 1 << 50)) }
    let far = queue.peekTime?.nanoseconds
    queue.push(100, at: Instant(nanoseconds: 1 << 20))
    let near = queue.peekTime?.nanoseconds
    let first = queue.pop()?.payload
    #expect(far == 1 << 50)
    #expect(near == 1 << 20)
    #expect(first == 100)
  }

  @Test func `upcoming names the events that the next pops return`() {
    var queue = EventQueue<UInt64>()
    for label in 0..<20 as Range<UInt64> {
      queue.push(label, at: Instant(nanoseconds: 1_000 - label))
    }
    let first = queue.pop()?.payload
    let hints = [queue.upcoming(0), queue.upcoming(7), queue.upcoming(18), queue.upcoming(19)]
    #expect(first == 19)
    #expect(hints == [18, 11, 0, nil])
  }

  @Test func `a burst of ties keeps its order around earlier and later pushes`() {
    var queue = EventQueue<UInt64>()
    let burst = Instant(nanoseconds: 77_777)
    queue.push(0, at: Instant(nanoseconds: 5))
    for label in 1...5_000 as ClosedRange<UInt64> { queue.push(label, at: burst) }
    var order = [queue.pop()?.payload ?? .max]
    queue.push(10_000, at: Instant(nanoseconds: 77_776))
    queue.push(10_001, at: Instant(nanoseconds: 77_778))
    for _ in 0..<2_000 { order.append(queue.pop()?.payload ?? .max) }
    for label in 5_001...6_000 as ClosedRange<UInt64> { queue.push(label, at: burst) }
    order += drain(&queue)
    #expect(order == [0, 10_000] + Array(1...6_000) + [10_001])
  }

  @Test func `a crowd pushed into a sparse stretch of time is sorted`() {
    var queue = EventQueue<UInt64>()
    var random = KernelTestRandom(seed: 5)
    // Two lone events make a run that spans seconds; everything after falls between them.
    queue.push(1 << 31, at: Instant(nanoseconds: 1 << 31))
    queue.push((1 << 31) + 2_000_000_000, at: Instant(nanoseconds: (1 << 31) + 2_000_000_000))
    _ = queue.pop()
    for _ in 0..<20_000 {
      let time = (1 << 31) + random.below(2_000_000_000)
      queue.push(time, at: Instant(nanoseconds: time))
    }
    let order = drain(&queue)
    #expect(order.count == 20_001)
    #expect(order == order.sorted())
  }

  @Test func `memory is recycled`() {
    var queue = EventQueue<UInt64>()
    var random = KernelTestRandom(seed: 9)
    for _ in 0..<2_000 { queue.push(0, at: Instant(nanoseconds: random.below(1_000_000))) }
    for _ in 0..<200_000 {
      guard let event = queue.pop() else { break }
      queue.push(0, at: event.time + random.below(1_000_000))
    }
    let cut = queue.chunks.cut
    while queue.pop() != nil {}
    let inUse = queue.chunks.inUse
    #expect(cut < 2_000 / 31 + 8 * 256)
    #expect(inUse == 0)
  }
}
