/// Something that makes requests, many at a time.
protocol RequestStream: ~Copyable {
  /// Replaces what `batch` holds by the next `count` requests.
  mutating func fill(_ batch: inout RequestBatch, count: Int)
}

/// Requests in a row, as columns.
struct RequestBatch {
  static let usualCount = 1 << 16
  var keys: [UInt64] = []
  /// Bytes; empty where the trace has no sizes.
  var sizes: [UInt32] = []

  mutating func removeAll() {
    keys.removeAll(keepingCapacity: true)
    sizes.removeAll(keepingCapacity: true)
  }
}

extension RequestGenerator: RequestStream {
  mutating func fill(_ batch: inout RequestBatch, count: Int) {
    batch.removeAll()
    for _ in 0..<count { batch.keys.append(next()) }
    guard let sizes else { return }
    for key in batch.keys { batch.sizes.append(sizes.size(of: key)) }
  }
}

/// The times of requests that arrive at random at a constant rate: a Poisson process.
struct ArrivalClock: BitwiseCopyable {
  private let meanNanoseconds: Double
  private var now = 0.0
  private var gaps: RandomStream

  init(rate: Double, seed: UInt64) {
    meanNanoseconds = 1e9 / rate
    gaps = RandomStream(seed: seed, purpose: "requests/arrivals")
  }

  /// The next request's time, whole nanoseconds since the trace's start.
  mutating func next() -> UInt64 {
    now += gaps.exponential(mean: meanNanoseconds)
    return UInt64(now)
  }
}
