import Glibc
import TarnCore
import TarnSim

/// Measures miss-ratio curves: what the exact one costs, and how far sampled ones are from the truth.
/// `swift run -c release bench-curves` (`--quick`)
@main
struct BenchCurves {
  static let shares = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5]

  static func main() throws {
    guard let options = Options(Array(CommandLine.arguments.dropFirst())) else {
      let message = "bench-curves: " + Options.usage + "\n"
      _ = message.withCString { write(STDERR_FILENO, $0, strlen($0)) }
      exit(2)
    }
    let input = try options.input()
    let isSized = input.hasSizes && !options.ignoresSizes
    try ExactRace.run(input, isSized: isSized, rounds: options.rounds)
    let footprint = input.footprint()
    let all = Double(isSized ? footprint.bytes : footprint.objects)
    let capacities = shares.map { max(1, UInt64($0 * all)) }
    say(
      "\nsampled at \(fixed(options.rate * 100, 2)) %, \(options.repeats) repeats, \(options.seeds) "
        + "seeds; errors of miss ratios at \(shares.count) capacities, 0.1 % to 50 % of "
        + "\(footprint.objects) objects")
    say(SampleErrors.header)
    for policy in try ReplayPolicy.list(parsing: options.policies) {
      var errors = SampleErrors(policy, capacities, isSized: isSized)
      try errors.replayWhole(input)
      for seed in 0..<options.seeds {
        var settings = CurveSettings(policies: [policy], capacities: capacities)
        settings.isSized = isSized
        settings.usesStackDistances = false
        settings.rate = options.rate
        settings.repeats = options.repeats
        settings.seed = UInt64(seed + 1)
        if let fewest = options.fewestObjects { settings.fewestObjects = fewest }
        try errors.sample(input, footprint, settings)
      }
      say(errors.row)
      if let points = errors.worst { say(points) }
    }
  }
}
