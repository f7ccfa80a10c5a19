import TarnCore
import TarnSim

/// The whole LRU curve from stack distances against one replay of LRU, which gives one point of it.
enum ExactRace {
  static func run(_ input: ReplayInput, isSized: Bool, rounds: Int) throws {
    guard rounds > 0 else { return }
    let footprint = input.footprint()
    let all = isSized ? footprint.bytes : footprint.objects
    let capacity = max(1, all / 10)
    let cell = ReplayCell(
      policy: ReplayPolicy(EvictionConfiguration(.lru)), capacity: capacity, isSized: isSized)
    var curve: [Double] = []
    var ratio: [Double] = []
    for _ in 0..<rounds {
      let start = processorSeconds()
      let lru = try LRUCurve(of: input, isSized: isSized, capacities: [capacity])
      let middle = processorSeconds()
      let misses = try Replay.run(cell, over: input).counters.misses
      let end = processorSeconds()
      if lru.isExact(at: capacity) {
        precondition(
          lru.misses(at: capacity).requests == misses, "the curve is what a replay counts")
      }
      curve.append(middle - start)
      ratio.append((middle - start) / (end - middle))
    }
    curve.sort()
    ratio.sort()
    let middle = rounds / 2
    say(
      "exact LRU curve of \(input.count) requests: \(fixed(curve[middle], 2)) CPU s "
        + "(\(fixed(curve[0], 2)) to \(fixed(curve[rounds - 1], 2))), "
        + "\(fixed(curve[middle] / Double(input.count) * 1e9, 0)) ns a request; "
        + "\(fixed(ratio[middle], 2)) (\(fixed(ratio[0], 2)) to \(fixed(ratio[rounds - 1], 2))) "
        + "times one replay at 10 %, over \(rounds) rounds")
  }
}
