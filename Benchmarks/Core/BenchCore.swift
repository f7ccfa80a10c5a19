import Glibc
import TarnCore

/// Measures what the cache core costs: CPU time of a step, memory of a core, allocations.
/// `swift run -c release bench-core` (`--quick`)
@main
struct BenchCore {
  /// The policies that a memory tier is likely to run.
  static let policies: [EvictionKind] = [.lru, .sieve, .s3fifo, .wtinylfu, .arc]

  static func main() {
    let arguments = CommandLine.arguments.dropFirst()
    if let unknown = arguments.first(where: { $0 != "--quick" }) {
      let message = "bench-core: unknown argument '\(unknown)'; usage: bench-core [--quick]\n"
      _ = message.withCString { write(STDERR_FILENO, $0, strlen($0)) }
      exit(2)
    }
    let effort = arguments.contains("--quick") ? Effort.quick : Effort.full
    say("load average before: \(loadAverage())")
    Footprint.run(policies, effort)
    say("\nTimes: CPU ns, median (least to most) of \(effort.rounds) interleaved rounds.")
    let subjects = policies.map { Subject($0) }
    HitRace.run(subjects, effort)
    MissRace.run(subjects, effort)
    Allocations.run(policies, effort)
    say("\nload average after: \(loadAverage())")
  }
}

/// How long to measure.
struct Effort {
  /// Interleaved rounds that a median is taken of.
  let rounds: Int
  /// Memory hits of a sample.
  let hits: Int
  /// Fetches of a sample.
  let fetches: Int
  /// Hits and misses over which allocations are counted.
  let countedHits: Int
  let countedMisses: Int
  /// Bytes to fill with cores, so that the allocator's caches of some 100 KiB hardly show.
  let footprintBytes: Int

  static let full = Effort(
    rounds: 15, hits: 200_000, fetches: 50_000, countedHits: 1_000_000, countedMisses: 200_000,
    footprintBytes: 128 << 20)
  static let quick = Effort(
    rounds: 5, hits: 100_000, fetches: 20_000, countedHits: 100_000, countedMisses: 20_000,
    footprintBytes: 32 << 20)
}

/// Marks a figure that a limit is set for.
func verdict(_ value: Double, atMost limit: Double) -> String {
  value <= limit ? "within" : "OVER"
}

/// Prints lines at once: tables take seconds, and a pipe would keep them back.
func say(_ text: String) {
  print(text)
  fflush(nil)
}
