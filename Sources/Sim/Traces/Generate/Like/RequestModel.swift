public import TarnTraceFormat

/// Requests that resemble a recorded trace.
///
/// The trace is cut into stretches of equal length. Of each the model keeps how many requests are for
/// new objects, how often these will be asked for in all, and of every other request how far down
/// the LRU stack it reaches (Mattson et al., "Evaluation techniques for storage hierarchies", 1970;
/// as parameters of a generator: Almeida et al., "Characterizing reference locality in the WWW",
/// 1996, and TRAGEN, Sabnis and Sitaraman, IMC 2021) and how popular its object is. The distances
/// give the miss ratio of LRU caches of any size, as it changes over the trace; popularity, which
/// they alone would lose, is what other policies go by. Sizes are kept as quantiles, by popularity.
public struct RequestModel: Sendable {
  /// A stretch of the trace.
  struct Stretch: Sendable, Equatable {
    /// The requests, in no order.
    var reuse: [ReuseCard] = []
    /// Of the objects that are new in it, in no order: how often each is asked for.
    var popularity: [UInt32] = []
  }
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
        stretches[stretch].reuse.append(.newObject)
        stretches[stretch].popularity.append(counts[object])
      } else {
        stretches[stretch].reuse.append(
          ReuseCard(place: stack.place(of: object), kind: Self.kind(of: counts[object])))
        stack.touch(object)
      }
    }
    sizes = Self.sizeTables(trace, counts: counts)
  }

  private static func sizeTables(_ trace: RecordedRequests, counts: [UInt32]) -> [QuantileTable] {
    guard !trace.sizes.isEmpty else { return [] }
    var samples = [[Double]](repeating: [], count: kinds)
    for (count, size) in zip(counts, trace.sizes) {
      samples[kind(of: count)].append(Double(size))
    }
    let all = QuantileTable(of: trace.sizes.map(Double.init))
    return samples.map { $0.isEmpty ? all : QuantileTable(of: $0) }
  }

  /// How popular an object is that is asked for `count` times: 0 for 1, 1 for 2 to 3, 2 for 4 to 7...
  static func kind(of count: UInt32) -> Int { 31 - max(1, count).leadingZeroBitCount }
  static let kinds = 32
}

/// What one request is for: a new object, or one of a kind in a narrow range of the LRU stack.
struct ReuseCard: Equatable, Sendable {
  private let bits: UInt16
  static let newObject = ReuseCard(bits: .max)

  private init(bits: UInt16) { self.bits = bits }

  /// For an object at `place`, below 2^32, of `kind`, below 32.
  init(place: Int, kind: Int) {
    // The bucket of 2^32 - 1 is 463.
    bits = UInt16(kind << 9 | LogBuckets.index(of: place))
  }

  /// Which of `RequestModel.kind`.
  var kind: Int { Int(bits >> 9) }
  /// The range of the stack.
  var places: Range<Int> { LogBuckets.values(of: Int(bits & 511)) }
}
