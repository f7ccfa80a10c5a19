import TarnCore
import TarnSim

/// What the queues are asked to do.
enum Workload: String {
  /// The hold model (Vaucher, Duval, 1975): pop one, push it again an exponential time later.
  case exponential = "hold, exponential, mean 1 s"
  /// The same; 90 % come back after 10 to 200 us, as I/O does, and 10 % after a mean of 10 s, as
  /// timeouts do. Nearly all that is pending is far away, nearly all that is pushed is near.
  case mixed = "hold, 90 % 10-200 us, 10 % mean 10 s"
  /// PHOLD (Fujimoto, 1990): each event touches its process's memory and sends to a random process.
  case phold = "PHOLD, 1 event a process"

  /// Delays to draw from, each as likely: 2^16 of them, so that they stay in the cache.
  func delays() -> [Nanoseconds] {
    var stream = RandomStream(seed: 1, purpose: "delays of " + rawValue)
    return (0..<1 << 16).map { _ in
      switch self {
      case .exponential, .phold: stream.exponential(mean: 1_000_000_000)
      case .mixed:
        stream.chance(0.9)
          ? 10_000 + stream.below(190_000) : stream.exponential(mean: 10_000_000_000)
      }
    }
  }

  /// When the events of a queue that has run for a long time are due. The wait that is left of a delay
  /// met at random is exponential again where the delay is; of mixed delays, all but 1 in 10,000 met
  /// are long ones.
  func firstTimes(count: Int) -> [Instant] {
    var stream = RandomStream(seed: 2, purpose: "first times of " + rawValue)
    let mean: Nanoseconds = self == .mixed ? 10_000_000_000 : 1_000_000_000
    return (0..<count).map { _ in .zero + stream.exponential(mean: mean) }
  }
}
