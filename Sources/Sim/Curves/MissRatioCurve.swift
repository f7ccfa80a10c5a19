/// Miss ratio by capacity, for one policy on one trace.
public struct MissRatioCurve: Sendable, Equatable {
  /// The miss ratio at one capacity.
  public struct Point: Sendable, Equatable {
    /// Bytes, or objects where sizes are ignored.
    public var capacity: UInt64
    /// Misses over requests.
    public var missRatio: Double
    /// Where the true miss ratio lies with a probability of 95 %; both are `missRatio` where it is
    /// exact.
    public var low: Double
    public var high: Double
    /// Bytes missed over bytes requested; `missRatio` where sizes are ignored.
    public var byteMissRatio: Double
    /// Where it comes from.
    public var method: Method

    /// A point; without a band it is its own.
    public init(
      capacity: UInt64, missRatio: Double, low: Double? = nil, high: Double? = nil,
      byteMissRatio: Double? = nil, method: Method = .exact
    ) {
      self.capacity = capacity
      self.missRatio = missRatio
      self.low = low ?? missRatio
      self.high = high ?? missRatio
      self.byteMissRatio = byteMissRatio ?? missRatio
      self.method = method
    }
  }

  /// How a point came about.
  public enum Method: Sendable, Equatable {
    /// To the miss what a replay counts.
    case exact
    /// Byte-weighted stack distances where they are no more than an approximation of LRU: see
    /// `LRUCurve`.
    case stackDistance
    /// Mean of this many miniature simulations, each of this share of the keys.
    case sampled(rate: Double, repeats: Int)
  }

  /// Capacities ascend and differ.
  public let points: [Point]

  /// A curve through `points`, in any order but with different capacities.
  public init(_ points: [Point]) {
    self.points = points.sorted { $0.capacity < $1.capacity }
    for (left, right) in zip(self.points, self.points.dropFirst()) {
      precondition(left.capacity < right.capacity, "a curve has one point a capacity")
    }
  }

  /// The miss ratio at any capacity: on straight lines between the points, and beyond either end that
  /// end's. A curve without points misses always.
  public func missRatio(at capacity: UInt64) -> Double {
    guard let first = points.first, let last = points.last else { return 1 }
    if capacity <= first.capacity { return first.missRatio }
    if capacity >= last.capacity { return last.missRatio }
    var low = 0
    var high = points.count - 1
    while high - low > 1 {
      let middle = (low + high) / 2
      if points[middle].capacity <= capacity { low = middle } else { high = middle }
    }
    let (left, right) = (points[low], points[high])
    let part = Double(capacity - left.capacity) / Double(right.capacity - left.capacity)
    return left.missRatio + part * (right.missRatio - left.missRatio)
  }
}
