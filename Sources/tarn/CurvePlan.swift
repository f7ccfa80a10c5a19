import Foundation
import Synchronization
import TarnSim

/// What `tarn curve` was asked for, checked before the trace is opened.
struct CurvePlan {
  private let policies: [ReplayPolicy]
  /// Nil for `points` in equal ratios.
  private let capacities: [ReplayCapacity]?
  private let points: Int
  private let jobs: Int
  private let command: CurveCommand

  init(_ command: CurveCommand) throws(ReplayError) {
    self.command = command
    policies = try ReplayPolicy.list(parsing: command.policy)
    if let text = command.capacity {
      guard command.points == nil else {
        throw ReplayError("--points and --capacity exclude each other; leave one out")
      }
      capacities = try ReplayCapacity.list(parsing: text)
    } else {
      capacities = nil
    }
    points = command.points ?? 50
    jobs = command.jobs
    try Self.check(points, "--points", 1...10_000)
    try Self.check(jobs, "--jobs", 1...256)
    try Self.check(command.repeats, "--repeats", 2...100)
    guard command.rate >= 1e-6, command.rate < 1 else {
      throw ReplayError(
        "--rate \(command.rate): use a share from 0.000001 up to, but not, 1; --exact takes all keys"
      )
    }
  }

  private static func check(
    _ value: Int, _ option: String, _ bounds: ClosedRange<Int>
  ) throws(ReplayError) {
    guard bounds.contains(value) else {
      throw ReplayError("\(option) \(value): use \(bounds.lowerBound) to \(bounds.upperBound)")
    }
  }

  /// Answers for one trace and prints the curves.
  func run(_ path: String) throws {
    var meter = CountLine(isShown: Terminal.isWatched, verb: "reading \(path)")
    let input = try ReplayInput.open(
      path: path, options: try command.reading.reading(path),
      wantsColumns: policies.contains { $0.isOffline },
      memoryLimit: ProcessInfo.processInfo.physicalMemory / 2, progress: { meter.show($0) })
    meter.clear()
    let isSized = !command.reading.ignoreSize && input.hasSizes
    let footprint = input.footprint()
    let total = isSized ? footprint.bytes : footprint.objects
    var settings = CurveSettings(
      policies: policies, capacities: try capacities(footprint: total, isSized: isSized))
    settings.isSized = isSized
    settings.isExact = command.exact
    settings.rate = command.rate
    settings.repeats = command.repeats
    settings.seed = command.seed
    let study = try CurveStudy(input, footprint: footprint, settings: settings)
    let curves = study.curves(try answers(study))
    if !command.json { Terminal.printLine(CurveTable.header) }
    for (policy, curve) in zip(policies, curves) {
      let table = CurveTable(
        curve, trace: input.name, policy: policy, footprint: total, isSized: isSized,
        seed: command.seed)
      for line in command.json ? table.jsonLines : table.rows { Terminal.printLine(line) }
    }
  }

  private func capacities(footprint: UInt64, isSized: Bool) throws(ReplayError) -> [UInt64] {
    guard let capacities else { return CurveSettings.spread(points, over: footprint) }
    var numbers: [UInt64] = []
    for capacity in capacities {
      numbers.append(try capacity.resolve(footprint: footprint, isSized: isSized))
    }
    return numbers
  }

  private func answers(_ study: CurveStudy) throws -> [CurveStudy.Answer] {
    let found = Mutex([CurveStudy.Answer?](repeating: nil, count: study.taskCount))
    try Workers.run(study.taskCount, jobs: jobs) { index in
      let answer = try study.run(index)
      found.withLock { $0[index] = answer }
    }
    return found.withLock { $0.compactMap(\.self) }
  }
}
