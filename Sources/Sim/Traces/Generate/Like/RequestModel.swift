/// Requests that resemble a recorded trace.
///
/// The trace is cut into stretches of equal length. Of each the model keeps how many requests are for
/// new objects, how far down the LRU stack the others reach (Mattson et al., "Evaluation techniques
/// for storage hierarchies", 1970; as parameters of a generator: Almeida et al., "Characterizing
/// reference locality in the WWW", 1996, and TRAGEN, Sabnis and Sitaraman, IMC 2021), and how often
/// the objects that are new in it will be asked for in all. The first two give the miss ratio of an
/// LRU cache of any size, as it changes over the trace; the third, popularity, which the LRU stack
/// alone would lose. Sizes are kept as quantiles, by popularity.
public struct RequestModel: Sendable {
  /// A stretch of the trace.
  struct Stretch: Sendable, Equatable {
    /// For each request, in no order: `LogBuckets` of its place in the LRU stack, or `newObject`.
    var reuse: [UInt16] = []
    /// For each new object, in no order: how often it is asked for.
    var popularity: [UInt32] = []
  }
  static let newObject = UInt16.max
  /// A stretch has at least this many requests, and there are at most so many of them: shorter ones
  /// would be a copy of the trace rather than a model of it.
  static let leastRequests = 2000
  static let mostStretches = 64
  /// The fewest requests that say anything.
  static let leastTrace = 1000

  /// Requests of the trace.
  public let requests: Int
  var stretches: [Stretch]
  /// Quantiles of the sizes of objects asked for 1, 2 to 3, 4 to 7, ... times; empty without sizes.
  var sizes: [QuantileTable]
  /// Requests a second; nil without times.
  public let requestsPerSecond: Double?

  /// The model of `trace`.
  ///
  /// Throws `.empty` if it has fewer than 1,000 requests.
  public init(fitting trace: RecordedRequests, path: String) throws(TraceError) {
    let total = trace.objects.count
    guard total >= Self.leastTrace else {
      throw TraceError(
        .empty, path: path,
        "has \(total) requests; a fit needs at least \(Self.leastTrace)")
    }
    requests = total
    requestsPerSecond = trace.spanNanoseconds.flatMap {
      $0 > 0 ? Double(total) * 1e9 / Double($0) : nil
    }
    let counts = trace.counts
    let count = min(Self.mostStretches, max(1, total / Self.leastRequests))
    stretches = Array(repeating: Stretch(), count: count)
    var stack = RecencyStack(of: 0)
    for (index, number) in trace.objects.enumerated() {
      let stretch = index * count / total
      let object = Int(number)
      if object == stack.count {
        stack.push()
        stretches[stretch].reuse.append(Self.newObject)
        stretches[stretch].popularity.append(counts[object])
      } else {
        let bucket = LogBuckets.index(of: stack.place(of: object))
        stretches[stretch].reuse.append(UInt16(bucket))
        stack.touch(object)
      }
    }
    sizes = Self.sizeTables(trace, counts: counts)
  }

  private static func sizeTables(_ trace: RecordedRequests, counts: [UInt32]) -> [QuantileTable] {
    guard !trace.sizes.isEmpty else { return [] }
    var samples = [[Double]](repeating: [], count: 32)
    for (count, size) in zip(counts, trace.sizes) {
      samples[sizeClass(of: count)].append(Double(size))
    }
    let all = QuantileTable(of: trace.sizes.map(Double.init))
    return samples.map { $0.isEmpty ? all : QuantileTable(of: $0) }
  }

  /// Which of the size tables is that of objects asked for `count` times.
  static func sizeClass(of count: UInt32) -> Int { 31 - max(1, count).leadingZeroBitCount }
}
