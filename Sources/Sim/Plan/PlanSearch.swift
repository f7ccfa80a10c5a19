/// What a simulated size was found to do.
public struct PlanVerdict: Sendable, Equatable, Encodable {
  /// One objective, at its worst over the seeds that were run.
  public struct Figure: Sendable, Equatable, Encodable {
    public var name: String
    public var limit: Double
    /// Nil where it was never reached.
    public var value: Double?
    public var met: Bool
  }

  public var met: Bool
  public var figures: [Figure]
  /// Seeds that were run; the first broken objective ends it.
  public var seeds: Int
  /// Why the scenario cannot run at this size at all; nil if it can.
  public var refusal: String?
}

/// Finds the smallest sizes at which objectives hold, by asking for single points.
///
/// One size after the other is lowered as far as the others allow, by bisection, until no size can be
/// lowered alone. That takes for granted that more never hurts, which a cache does not promise; so what
/// bisection believed is looked at again: the next size below the answer and the one half-way down to the
/// least are asked for, and all points are compared with each other.
struct PlanSearch {
  /// Positions in the dimensions' values.
  typealias Point = [Int]

  /// What was found.
  struct Finding {
    /// Nil if not even the largest sizes do, nor the scenario's own.
    var answer: Point?
    /// Every point that was asked for, in that order.
    var asked: [(point: Point, verdict: PlanVerdict)]
    /// Pairs of which the smaller holds and the larger does not.
    var contradictions: [(smaller: Point, larger: Point)]
  }

  private let sizes: [Int]
  private let ask: (Point) throws -> PlanVerdict
  private var asked: [(point: Point, verdict: PlanVerdict)] = []
  private var known: [Point: Int] = [:]

  /// A search over so many values of each dimension; `ask` is never asked twice for a point.
  init(sizes: [Int], ask: @escaping (Point) throws -> PlanVerdict) {
    precondition(!sizes.isEmpty && sizes.allSatisfy { $0 > 0 }, "every dimension has a value")
    (self.sizes, self.ask) = (sizes, ask)
  }

  /// Searches. `present` is where the scenario stands, in case the largest does not do.
  mutating func run(present: Point) throws -> Finding {
    var start: Point?
    for point in [sizes.map { $0 - 1 }, present] where start == nil {
      if try holds(point) { start = point }
    }
    guard var answer = start else { return finding(nil) }
    // Each restart is from a smaller point, so this ends; the bound keeps a noisy scenario short.
    for _ in 0..<8 {
      try lower(&answer)
      guard let smaller = try doubt(answer) else { break }
      answer = smaller
    }
    return finding(answer)
  }

  /// Lowers one dimension after the other until none can be lowered alone.
  private mutating func lower(_ answer: inout Point) throws {
    var isLower = true
    while isLower {
      isLower = false
      for dimension in sizes.indices where answer[dimension] > 0 {
        var below = answer
        below[dimension] -= 1
        // After the first pass a single question mostly tells that nothing has changed.
        guard try holds(below) else { continue }
        isLower = true
        answer[dimension] = try least(dimension, from: below)
      }
    }
  }

  /// The least position of a dimension that holds, by bisection below `point`, which holds.
  private mutating func least(_ dimension: Int, from point: Point) throws -> Int {
    var (broken, whole) = (-1, point[dimension])
    while whole - broken > 1 {
      var middle = point
      middle[dimension] = (broken + whole) / 2
      if try holds(middle) { whole = middle[dimension] } else { broken = middle[dimension] }
    }
    return whole
  }

  /// A point below the answer that holds after all, half-way down one of the dimensions.
  private mutating func doubt(_ answer: Point) throws -> Point? {
    for dimension in sizes.indices where answer[dimension] > 1 {
      var point = answer
      point[dimension] /= 2
      if try holds(point) { return point }
    }
    return nil
  }

  private mutating func holds(_ point: Point) throws -> Bool {
    if let index = known[point] { return asked[index].verdict.met }
    let verdict = try ask(point)
    known[point] = asked.count
    asked.append((point, verdict))
    return verdict.met
  }

  private func finding(_ answer: Point?) -> Finding {
    var contradictions: [(smaller: Point, larger: Point)] = []
    for smaller in asked where smaller.verdict.met {
      for larger in asked where !larger.verdict.met {
        let isLarger = zip(smaller.point, larger.point).allSatisfy { $0 <= $1 }
        if isLarger { contradictions.append((smaller.point, larger.point)) }
      }
    }
    return Finding(answer: answer, asked: asked, contradictions: contradictions)
  }
}
