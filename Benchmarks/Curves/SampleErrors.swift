import TarnCore
import TarnSim

/// How far one policy's sampled curves are from its whole replays.
struct SampleErrors {
  private let policy: ReplayPolicy
  private let capacities: [UInt64]
  private let isSized: Bool
  private var truth: [Double] = []
  private var wholeSeconds = 0.0
  private var sampleSeconds: [Double] = []
  /// Errors of sampled points by capacity, one a seed.
  private var errors: [[Double]]
  private var covered = 0
  private var sampled = 0
  private var sampledCapacities: Set<UInt64> = []

  init(_ policy: ReplayPolicy, _ capacities: [UInt64], isSized: Bool) {
    self.policy = policy
    self.capacities = capacities
    self.isSized = isSized
    errors = Array(repeating: [], count: capacities.count)
  }

  mutating func replayWhole(_ input: ReplayInput) throws {
    let start = processorSeconds()
    for capacity in capacities {
      let cell = ReplayCell(policy: policy, capacity: capacity, isSized: isSized)
      truth.append(try Replay.run(cell, over: input).counters.missRatio)
    }
    wholeSeconds = processorSeconds() - start
  }

  mutating func sample(
    _ input: ReplayInput, _ footprint: (objects: UInt64, bytes: UInt64), _ settings: CurveSettings
  ) throws {
    let start = processorSeconds()
    let study = try CurveStudy(input, footprint: footprint, settings: settings)
    let answers = try (0..<study.taskCount).map { try study.run($0) }
    let curve = study.curves(answers)[0]
    sampleSeconds.append(processorSeconds() - start)
    for (index, point) in curve.points.enumerated() {
      errors[index].append(point.missRatio - truth[index])
      guard case .sampled = point.method else { continue }
      sampledCapacities.insert(point.capacity)
      sampled += 1
      if point.low <= truth[index], truth[index] <= point.high { covered += 1 }
    }
  }

  static let header =
    "policy      mean abs error    bias  largest  sampled points  band covers  CPU / whole replays"

  var row: String {
    let all = errors.flatMap { $0 }
    let mean = all.reduce(0) { $0 + abs($1) } / Double(max(1, all.count))
    let bias = all.reduce(0, +) / Double(max(1, all.count))
    let largest = all.reduce(0) { max($0, abs($1)) }
    let coverage = sampled == 0 ? "-" : fixed(Double(covered) / Double(sampled) * 100, 0) + " %"
    let cost = sampleSeconds.reduce(0, +) / Double(max(1, sampleSeconds.count)) / wholeSeconds
    return policy.label.padded(to: 12) + right(fixed(mean, 5), 14) + right(fixed(bias, 5), 8)
      + right(fixed(largest, 5), 9) + right("\(sampledCapacities.count) of \(capacities.count)", 16)
      + right(coverage, 13) + right(fixed(cost, 2), 21)
  }

  /// Mean error by capacity, in thousandths.
  var worst: String? {
    let means = errors.map { $0.reduce(0, +) / Double(max(1, $0.count)) * 1_000 }
    return "            by capacity, thousandths: "
      + means.map { fixed($0, 1) }.joined(separator: " ")
  }
}

extension String {
  func padded(to width: Int) -> String {
    self + String(repeating: " ", count: max(0, width - count))
  }
}
