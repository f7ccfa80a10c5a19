import Glibc
import Testing

@testable import TarnCore

/// Random cells under random faults. To replay a seed that failed:
/// `TARN_FUZZ_SEED=N swift test --filter ClusterFuzzTests`.
@Suite(.serialized) struct ClusterFuzzTests {
  /// Client operations of a run.
  static let operations = 120

  /// The one seed that the environment asks for, or the range.
  static func seeds(_ range: Range<UInt64>) -> Range<UInt64> {
    guard let text = getenv("TARN_FUZZ_SEED"), let seed = UInt64(String(cString: text)) else {
      return range
    }
    return seed..<seed + 1
  }

  static func replayCommand(_ seed: UInt64) -> Comment {
    "TARN_FUZZ_SEED=\(seed) swift test --filter ClusterFuzzTests"
  }

  @Test func `every promise is kept in three hundred random cells`() {
    var counters = CacheCounters()
    var failures = [Int](repeating: 0, count: Failure.allCases.count)
    for seed in Self.seeds(1..<301) {
      nameSeedOnTrap(seed)
      let verdict = FuzzRun.verdict(seed: seed, operations: Self.operations, isThorough: false)
      #expect(verdict.violation == nil, Self.replayCommand(seed))
      counters += verdict.counters
      for (index, count) in verdict.failures.enumerated() { failures[index] += count }
    }
    guard getenv("TARN_FUZZ_SEED") == nil else { return }
    // The rare paths were reached.
    for failure in Failure.allCases {
      #expect(failures[Int(failure.rawValue)] > 0, "\(failure)")
    }
    #expect(counters.hedges > 0 && counters.suspicions > 0 && counters.redirected > 0)
    #expect(counters.flashLosses > 0 && counters.flashEvictions > 0 && counters.originThrottles > 0)
    #expect(counters.originShifts > 0 && counters.originSuspensions > 0)
    #expect(counters.prefetchHits > 0 && counters.bypasses > 0)
  }

  @Test func `one seed has one decision hash, and recorded inputs replayed decide the same`() {
    for seed in Self.seeds(1000..<1030) {
      nameSeedOnTrap(seed)
      let verdict = FuzzRun.verdict(seed: seed, operations: Self.operations, isThorough: true)
      #expect(verdict.violation == nil, Self.replayCommand(seed))
    }
  }
}
