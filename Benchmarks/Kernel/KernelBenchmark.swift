import Foundation

/// Why a benchmark has no result.
enum BenchmarkError: Error, CustomStringConvertible {
  case unknownArgument(String)
  case outOfMemory
  case differentOrder(Workload, Int)

  var description: String {
    switch self {
    case .unknownArgument(let argument):
      "unknown argument '\(argument)'; usage: bench-kernel [--quick] [--pairs N], N from 1 to 1000"
    case .outOfMemory: "the priority queue could not be created: out of memory"
    case .differentOrder(let workload, let pending):
      "\(workload.rawValue), \(pending) pending: the queues popped in different orders"
    }
  }
}

/// Prints a line at once: rows take seconds, and a pipe would keep them back.
private func say(_ line: String) { FileHandle.standardOutput.write(Data((line + "\n").utf8)) }

/// Races the event queue against `std::priority_queue` and prints a table.
struct KernelBenchmark {
  private var pairs = 5
  private var quick = false

  init(arguments: [String]) throws(BenchmarkError) {
    var rest = arguments[...]
    while let argument = rest.popFirst() {
      switch argument {
      case "--quick": quick = true
      case "--pairs":
        guard let text = rest.popFirst() else { throw .unknownArgument("--pairs without a number") }
        guard let number = Int(text), (1...1_000).contains(number) else {
          throw .unknownArgument("--pairs \(text)")
        }
        pairs = number
      default: throw .unknownArgument(argument)
      }
    }
  }

  private var races: [Race] {
    let sizes = quick ? [1_000, 100_000, 1_000_000] : [1_000, 100_000, 1_000_000, 8_000_000]
    return sizes.map { Race(workload: .exponential, pending: $0) }
      + sizes.map { Race(workload: .mixed, pending: $0) }
      + [Race(workload: .phold, pending: 100_000)]
  }

  func run() throws(BenchmarkError) {
    let rounds = quick ? 500_000 : 2_000_000
    say("CPU time of a hold (pop one, push one), median of \(pairs) interleaved pairs.")
    say("ours: EventQueue, 8-byte payload; rival: C++ std::priority_queue. Same pops, checked.\n")
    say(
      "| workload | pending | ours, ns | rival, ns | ours, M/s | rival, M/s | ratio (min..max) |")
    say("| --- | ---: | ---: | ---: | ---: | ---: | ---: |")
    for race in races {
      // The larger the queue, the longer until the warm-up has replaced what the filling left.
      let result = try race.run(pairs: pairs, rounds: max(rounds, race.pending / 4))
      say(row(race, result))
    }
  }

  private func row(_ race: Race, _ result: Race.Result) -> String {
    let ours = median(result.ours)
    let rival = median(result.rival)
    let ratios = result.ratios.sorted()
    let numbers = String(
      format: "%d | %.1f | %.1f | %.2f | %.2f | %.1f (%.1f..%.1f)", race.pending, ours, rival,
      1_000 / ours, 1_000 / rival, median(ratios), ratios.first ?? 0, ratios.last ?? 0)
    return "| \(race.workload.rawValue) | \(numbers) |"
  }

  private func median(_ values: [Double]) -> Double {
    let sorted = values.sorted()
    let middle = sorted.count / 2
    return sorted.count.isMultiple(of: 2)
      ? (sorted[middle - 1] + sorted[middle]) / 2 : sorted[middle]
  }
}
