import TarnCore
import TarnSim
import Testing

/// The queue against `EventQueueModel`, under patterns of time that stress one part of it each.
struct EventQueuePropertyTests {
  /// How far after the present the next event is pushed.
  enum Pattern: String, CaseIterable {
    case ties, near, mixed, anyMagnitude, bursts, untilTheEndOfTime

    func time(after now: UInt64, _ random: inout KernelTestRandom) -> UInt64 {
      let delay: UInt64
      switch self {
      case .ties: delay = random.below(3)
      case .near: delay = random.below(1_000)
      case .mixed:
        delay = random.below(10) > 0 ? 10_000 + random.below(190_000) : random.below(20_000_000_000)
      case .anyMagnitude: delay = random.bits() >> (8 + random.below(56))
      case .bursts: delay = (random.below(4) * 1_000_000) &- now % 1_000_000 &+ 1_000_000
      case .untilTheEndOfTime:
        return random.below(8) == 0 ? .max : now + random.below((.max - now) / 2 + 1)
      }
      let (time, overflow) = now.addingReportingOverflow(delay)
      return overflow ? .max : time
    }
  }

  @Test(arguments: Pattern.allCases, [1, 2, 3, 4] as [UInt64])
  func `every pop and peek is the model's, however far the queue looks ahead`(
    pattern: Pattern, seed: UInt64
  ) {
    for lookAhead in [0, 5, 40] { compare(pattern, seed: seed, lookAhead: lookAhead) }
  }

  private func compare(_ pattern: Pattern, seed: UInt64, lookAhead: Int) {
    var queue = EventQueue<UInt64>(lookAhead: lookAhead)
    var model = EventQueueModel()
    var random = KernelTestRandom(seed: seed)
    var label: UInt64 = 0
    for phase in 0..<40 {
      // Phases grow the queue, shrink it, or hold its size.
      let pushesInFour = [4, 3, 2, 2, 1, 0][Int(random.below(6))]
      for step in 0..<Int(random.below(200)) {
        if Int(random.below(4)) < pushesInFour {
          let time = pattern.time(after: queue.now.nanoseconds, &random)
          queue.push(label, at: Instant(nanoseconds: time))
          model.push(label, at: time)
          label += 1
        } else {
          let (event, expected) = (queue.pop(), model.pop())
          if event?.payload != expected?.label || event?.time.nanoseconds != expected?.time {
            Issue.record("\(pattern), seed \(seed), phase \(phase), step \(step): \(event as Any)")
            return
          }
        }
        if random.below(5) == 0, queue.peekTime?.nanoseconds != model.first {
          Issue.record("\(pattern), seed \(seed), phase \(phase), step \(step): wrong peek")
          return
        }
        if queue.count != model.count {
          Issue.record("\(pattern), seed \(seed), phase \(phase), step \(step): wrong count")
          return
        }
      }
    }
    while let expected = model.pop() {
      let event = queue.pop()
      if event?.payload != expected.label {
        Issue.record("\(pattern), seed \(seed), at the end: \(event as Any)")
        return
      }
    }
    let isEmpty = queue.isEmpty
    #expect(isEmpty)
  }

  /// Order hash of a run in which events schedule events.
  private func orderHash(seed: UInt64, pops: Int) -> UInt64 {
    var queue = EventQueue<UInt64>()
    var random = KernelTestRandom(seed: seed)
    for label in 0..<5_000 as Range<UInt64> {
      queue.push(label, at: Instant(nanoseconds: random.below(1_000_000)))
    }
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for _ in 0..<pops {
      guard let event = queue.pop() else { break }
      hash = (hash ^ event.payload ^ event.time.nanoseconds) &* 0x100_0000_01B3
      queue.push(event.payload, at: event.time + Pattern.mixed.time(after: 0, &random) / 1_000)
    }
    return hash
  }

  @Test func `the same seed gives the same order`() {
    let first = orderHash(seed: 11, pops: 100_000)
    #expect(first == orderHash(seed: 11, pops: 100_000))
    #expect(first != orderHash(seed: 12, pops: 100_000))
  }

  @Test func `half a million events far apart come out sorted`() {
    var queue = EventQueue<UInt64>()
    var random = KernelTestRandom(seed: 21)
    for _ in 0..<500_000 {
      let time = random.bits() >> 8
      queue.push(time, at: Instant(nanoseconds: time))
    }
    var last: UInt64 = 0
    var popped = 0
    while let event = queue.pop() {
      if event.payload < last || event.time.nanoseconds != event.payload {
        Issue.record("pop \(popped): \(event.payload) after \(last)")
        return
      }
      last = event.payload
      popped += 1
    }
    #expect(popped == 500_000)
  }
}
