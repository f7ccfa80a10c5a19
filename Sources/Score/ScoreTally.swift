internal import Histogram

/// What came of the requests so far.
struct ScoreTally: Sendable {
  /// Requests of one outcome, their bytes and how long they took, nanoseconds.
  struct Part: Sendable {
    private(set) var count = 0
    private(set) var bytes: UInt64 = 0
    private var latencies: Histogram<UInt64>

    init() {
      latencies = Histogram(
        lowestDiscernibleValue: 1_000, highestTrackableValue: 120_000_000_000,
        numberOfSignificantValueDigits: .three)
      latencies.autoResize = true
    }

    mutating func add(bytes: UInt64, nanoseconds: UInt64) {
      count += 1
      self.bytes += bytes
      latencies.record(max(1, nanoseconds))
    }

    mutating func add(_ other: Part) {
      count += other.count
      bytes += other.bytes
      latencies.add(other.latencies)
    }

    /// Microseconds that a share of the answers, in percent, does not exceed; 0 without answers.
    func microseconds(_ percent: Double) -> Double {
      count == 0 ? 0 : Double(latencies.valueAtPercentile(percent)) / 1_000
    }
  }

  /// Requests that have ended, the uncounted ones of the warm-up too, and those that were answered.
  var finished = 0
  var answered = 0
  var hits = Part()
  var misses = Part()
  /// Failures by what was said of them.
  private(set) var failures: [String: Int] = [:]
  private(set) var unreachable = 0
  private(set) var wrong = 0
  private(set) var firstWrong: String?
  /// Requests that were sent later than their time because all clients were busy.
  var late = 0

  var failed: Int { failures.values.reduce(0, +) }

  mutating func fail(_ words: String, isUnreachable: Bool) {
    failures[words, default: 0] += 1
    unreachable += isUnreachable ? 1 : 0
  }

  mutating func noteWrong(_ words: String) {
    wrong += 1
    firstWrong = firstWrong ?? words
  }
}
