/// How far down the list of all objects, most recently asked for first, a request reaches: its reuse
/// distance, 1 for the object asked for last. Distances beyond the last object are drawn again.
public enum DistanceModel: Sendable, Equatable {
  /// Half of the distances are below `median`; their logarithm has the standard deviation `sigma`.
  case lognormal(median: Double, sigma: Double)
  /// A power law: the share of distances above d is (least / d)^alpha.
  case pareto(least: Double, alpha: Double)
}

/// Draws places of the list, from 0, by a `DistanceModel`.
struct DistanceSampler: Sendable, BitwiseCopyable {
  private let isPareto: Bool
  private let scale: Double
  private let shape: Double
  private let objects: Double
  /// The share of a power law that lies within the list.
  private let within: Double

  init(_ model: DistanceModel, objects: UInt64) {
    self.objects = Double(objects)
    switch model {
    case .lognormal(let median, let sigma):
      (isPareto, scale, shape, within) = (false, median, sigma, 1)
    case .pareto(let least, let alpha):
      (isPareto, scale, shape) = (true, least, alpha)
      within = 1 - DeterministicMath.pow(least / (Double(objects) + 1), alpha)
    }
  }

  /// A place below the number of objects.
  func draw(from stream: inout RandomStream) -> Int {
    if isPareto {
      let share = 1 - stream.unit() * within
      return place(scale * DeterministicMath.pow(share, -1 / shape)) ?? Int(objects) - 1
    }
    while true {
      // At least half of the draws are within: a sound median is not beyond the last object.
      if let place = place(stream.logNormal(median: scale, sigma: shape)) { return place }
    }
  }

  private func place(_ distance: Double) -> Int? {
    distance < objects + 1 ? max(1, Int(distance)) - 1 : nil
  }
}
