import Foundation
import TarnCore
import TarnSim

/// One line of the table: a workload at a size, on both sides.
struct Race {
  let workload: Workload
  let pending: Int

  /// CPU nanoseconds a round, one entry a pair.
  struct Result {
    var ours: [Double] = []
    var rival: [Double] = []
    /// How many times faster ours is, pair by pair.
    var ratios: [Double] { zip(rival, ours).map { $0 / $1 } }
  }

  /// Runs both sides alternately, so that whatever else the machine does meets both; throws if they
  /// did not pop in the same order.
  func run(pairs: Int, rounds: Int) throws(BenchmarkError) -> Result {
    let delays = workload.delays()
    let times = workload.firstTimes(count: pending)
    var stream = RandomStream(seed: 3, purpose: "processes")
    let seeds = (0..<(workload == .phold ? pending : 0)).map { _ in stream.next() }
    var ours = HoldModel(delays: delays, processSeeds: seeds)
    guard var rival = Rival(delays: delays, processSeeds: seeds) else { throw .outOfMemory }
    for (number, time) in times.enumerated() { ours.push(UInt64(number), at: time) }
    for (number, time) in times.enumerated() { rival.push(UInt64(number), at: time) }

    var result = Result()
    for pair in -1..<pairs {
      let start = cpuNanoseconds()
      let order = workload == .phold ? ours.phold(rounds: rounds) : ours.hold(rounds: rounds)
      let middle = cpuNanoseconds()
      let rivalOrder = workload == .phold ? rival.phold(rounds: rounds) : rival.hold(rounds: rounds)
      let end = cpuNanoseconds()
      if order != rivalOrder { throw .differentOrder(workload, pending) }
      // The first pair warms both up.
      if pair < 0 { continue }
      result.ours.append(Double(middle - start) / Double(rounds))
      result.rival.append(Double(end - middle) / Double(rounds))
    }
    return result
  }
}

/// CPU time that this process has used, in user mode and in the kernel.
private func cpuNanoseconds() -> UInt64 {
  var time = timespec()
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
  return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
}
