import TarnCore
import TarnSim
import Testing

struct HoldModelTests {
  private let delays: [Nanoseconds] = (0..<256).map { ($0 * 7_919) % 1_000 }

  @Test func `the hold model pops in the model queue's order`() {
    var holds = HoldModel(delays: delays, processSeeds: [])
    var model = EventQueueModel()
    for number in 0..<300 as Range<UInt64> {
      holds.push(number, at: Instant(nanoseconds: number % 50))
      model.push(number, at: number % 50)
    }
    var hash: UInt64 = 0
    for round in 0..<10_000 {
      guard let event = model.pop() else { break }
      hash = (hash ^ event.label) &* 0x100_0000_01B3
      model.push(event.label, at: event.time + delays[round % 256])
    }
    #expect(holds.hold(rounds: 10_000) == hash)
  }

  @Test func `PHOLD repeats itself`() {
    func hash(seed: UInt64) -> UInt64 {
      var stream = RandomStream(seed: seed, purpose: "processes")
      var holds = HoldModel(delays: delays, processSeeds: (0..<100).map { _ in stream.next() })
      for number in 0..<100 as Range<UInt64> { holds.push(number, at: .zero) }
      return holds.phold(rounds: 10_000)
    }
    #expect(hash(seed: 1) == hash(seed: 1))
    #expect(hash(seed: 1) != hash(seed: 2))
  }
}
