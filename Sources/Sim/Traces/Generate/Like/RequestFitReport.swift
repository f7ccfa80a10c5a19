/// What makes traces of requests alike: the figures by which a fit is judged.
public struct RequestStatistics: Sendable, Equatable {
  /// Sizes of caches, as shares of the trace's objects.
  public static let cacheShares = [0.001, 0.01, 0.1, 0.3]

  public let objects: Double
  /// Share of objects that are asked for once.
  public let oneHitShare: Double
  /// Share of requests for the most popular object, and for the top 1 % and 10 % of objects.
  public let topShare: Double
  public let topPercentShare: Double
  public let topTenthShare: Double
  /// Requests from one for an object to the next for it: the median and the 90th percentile.
  public let reuseMedian: Double
  public let reuseP90: Double
  /// Bytes, over requests and over objects; 0 without sizes.
  public let meanRequestBytes: Double
  public let meanObjectBytes: Double
  /// Misses over requests, by `cacheShares`: of LRU, and of FIFO, which no fit is made for. A cache
  /// holds a number of objects, whatever their sizes.
  public let lruMissRatios: [Double]
  public let fifoMissRatios: [Double]

  /// Measures `trace`, which is not empty.
  public init(of trace: RecordedRequests) {
    let total = Double(max(1, trace.objects.count))
    let counts = trace.counts
    let ranked = counts.sorted(by: >)
    func share(top: Double) -> Double {
      let most = max(1, Int(Double(ranked.count) * top))
      return Double(ranked.prefix(most).reduce(0) { $0 + UInt64($1) }) / total
    }
    objects = Double(trace.objectCount)
    oneHitShare = Double(counts.count { $0 == 1 }) / Double(max(1, counts.count))
    (topShare, topPercentShare, topTenthShare) = (share(top: 0), share(top: 0.01), share(top: 0.1))
    let intervals = Self.intervals(trace)
    reuseMedian = intervals.isEmpty ? 0 : Double(intervals[intervals.count / 2])
    reuseP90 = intervals.isEmpty ? 0 : Double(intervals[intervals.count * 9 / 10])
    let hasSizes = !trace.sizes.isEmpty
    meanRequestBytes =
      hasSizes ? trace.objects.reduce(0.0) { $0 + Double(trace.sizes[Int($1)]) } / total : 0
    meanObjectBytes = hasSizes ? trace.sizes.reduce(0.0) { $0 + Double($1) } / objects : 0
    let capacities = Self.cacheShares.map { max(1, Int($0 * Double(trace.objectCount) + 0.5)) }
    lruMissRatios = Self.lruMisses(trace, capacities).map { Double($0) / total }
    fifoMissRatios = capacities.map { Double(Self.fifoMisses(trace, capacity: $0)) / total }
  }

  private static func intervals(_ trace: RecordedRequests) -> [Int] {
    var last = [Int](repeating: -1, count: trace.objectCount)
    var intervals: [Int] = []
    for (index, object) in trace.objects.enumerated() {
      if last[Int(object)] >= 0 { intervals.append(index - last[Int(object)]) }
      last[Int(object)] = index
    }
    intervals.sort()
    return intervals
  }

  /// All capacities in one pass: a request hits in those that exceed its place in the LRU stack.
  private static func lruMisses(_ trace: RecordedRequests, _ capacities: [Int]) -> [Int] {
    var misses = capacities.map { _ in 0 }
    var stack = RecencyStack(of: 0)
    for number in trace.objects {
      let object = Int(number)
      var place = Int.max
      if object == stack.count {
        stack.push()
      } else {
        place = stack.place(of: object)
        stack.touch(object)
      }
      for index in capacities.indices where place >= capacities[index] { misses[index] += 1 }
    }
    return misses
  }

  /// An object is in the cache until `capacity` misses came after its own.
  private static func fifoMisses(_ trace: RecordedRequests, capacity: Int) -> Int {
    var filled = [Int](repeating: -1, count: trace.objectCount)
    var misses = 0
    for object in trace.objects {
      let before = filled[Int(object)]
      if before < 0 || misses - before > capacity {
        filled[Int(object)] = misses
        misses += 1
      }
    }
    return misses
  }
}

/// How far a generated trace of requests is from the one it was fitted to.
public struct RequestFitReport: Sendable, Equatable {
  public typealias Line = KVFitReport.Line
  public var lines: [Line]
  /// The largest difference of miss ratios, of LRU and of FIFO.
  public var largestLRUDifference: Double
  public var largestFIFODifference: Double

  /// Compares two traces of as many requests.
  public init(original: RequestStatistics, generated: RequestStatistics) {
    func line(_ name: String, _ figure: KeyPath<RequestStatistics, Double>, ratio: Bool) -> Line {
      Line(
        name: name, original: original[keyPath: figure], generated: generated[keyPath: figure],
        isRatio: ratio)
    }
    lines = [
      line("objects", \.objects, ratio: false),
      line("objects asked for once", \.oneHitShare, ratio: true),
      line("requests for the top object", \.topShare, ratio: true),
      line("requests for the top 1 %", \.topPercentShare, ratio: true),
      line("requests for the top 10 %", \.topTenthShare, ratio: true),
      line("reuse interval p50 (requests)", \.reuseMedian, ratio: false),
      line("reuse interval p90 (requests)", \.reuseP90, ratio: false),
    ]
    if original.meanObjectBytes > 0 {
      lines.append(line("mean size of requests (B)", \.meanRequestBytes, ratio: false))
      lines.append(line("mean size of objects (B)", \.meanObjectBytes, ratio: false))
    }
    let lru = Self.missRatios("LRU", original.lruMissRatios, generated.lruMissRatios)
    let fifo = Self.missRatios("FIFO", original.fifoMissRatios, generated.fifoMissRatios)
    lines += lru + fifo
    func largest(_ lines: [Line]) -> Double {
      lines.map { ($0.generated - $0.original).magnitude }.max() ?? 0
    }
    (largestLRUDifference, largestFIFODifference) = (largest(lru), largest(fifo))
  }

  private static func missRatios(
    _ policy: String, _ original: [Double], _ generated: [Double]
  ) -> [Line] {
    let sizes = ["0.1", "1", "10", "30"]
    return sizes.indices.map {
      Line(
        name: "miss ratio, \(policy) at \(sizes[$0]) %", original: original[$0],
        generated: generated[$0], isRatio: true)
    }
  }
}
