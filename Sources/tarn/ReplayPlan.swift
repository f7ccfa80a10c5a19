import Foundation
import Synchronization
import TarnSim

/// What `tarn replay` was asked for, checked before any trace is opened.
struct ReplayPlan {
  private let policies: [ReplayPolicy]
  private let capacities: [ReplayCapacity]
  private let ignoresSizes: Bool
  private let prefix: PrefixTouch?
  private let interns: Bool
  private let jobs: Int
  private let reading: TraceInputOptions

  init(_ command: ReplayCommand) throws(ReplayError) {
    policies = try ReplayPolicy.list(parsing: command.policy)
    capacities = try ReplayCapacity.list(parsing: command.capacity)
    guard (1...256).contains(command.jobs) else {
      throw ReplayError("--jobs \(command.jobs): use 1 to 256")
    }
    jobs = command.jobs
    prefix = try Self.prefix(mode: command.mode, touch: command.touch)
    reading = command.reading
    ignoresSizes = reading.ignoreSize || prefix != nil
    interns = command.intern
  }

  private static func prefix(mode: String, touch: String) throws(ReplayError) -> PrefixTouch? {
    guard let order = PrefixTouch(rawValue: touch) else {
      throw ReplayError("--touch \(touch): use front or deepest")
    }
    switch mode {
    case "block": return nil
    case "prefix": return order
    default: throw ReplayError("--mode \(mode): use block or prefix")
    }
  }

  private var needsColumns: Bool {
    prefix != nil || interns || policies.contains { $0.isOffline }
  }

  /// Replays one trace and prints its lines.
  func run(_ path: String, json: Bool) throws {
    var meter = CountLine(isShown: Terminal.isWatched, verb: "reading \(path)")
    var options = try reading.reading(path)
    options.ignoreSizes = ignoresSizes
    let input = try ReplayInput.open(
      path: path, options: options, wantsColumns: needsColumns,
      memoryLimit: ProcessInfo.processInfo.physicalMemory / 2,
      progress: { meter.show($0) })
    meter.clear()
    let isSized = !ignoresSizes && input.hasSizes
    let cells = try cells(for: input, isSized: isSized)
    try answer(cells, input, path: path, json: json)
  }

  private func answer(
    _ cells: [ReplayCell], _ input: ReplayInput, path: String, json: Bool
  ) throws {
    var options = Replay.Options()
    options.prefix = prefix
    if interns, case .loaded(let trace) = input {
      let (renumbered, keys) = trace.interned()
      options.internedBelow = keys
      return try answer(cells, .loaded(renumbered), options, json: json)
    }
    if prefix != nil, case .loaded(let trace) = input, trace.promptStarts.isEmpty {
      throw ReplayError(
        "\(path): has single requests, not prompts with chains of KV blocks; use --mode block")
    }
    try answer(cells, input, options, json: json)
  }

  private func cells(
    for input: ReplayInput, isSized: Bool
  ) throws(ReplayError) -> [ReplayCell] {
    var footprint: UInt64 = 0
    if capacities.contains(where: { $0.needsFootprint }) {
      let all = input.footprint()
      footprint = isSized ? all.bytes : all.objects
    }
    var cells: [ReplayCell] = []
    for policy in policies {
      for capacity in capacities {
        let number = try capacity.resolve(footprint: footprint, isSized: isSized)
        cells.append(ReplayCell(policy: policy, capacity: number, isSized: isSized))
      }
    }
    return cells
  }

  /// Runs the cells on `jobs` threads and prints each as soon as all before it are done.
  private func answer(
    _ cells: [ReplayCell], _ input: ReplayInput, _ options: Replay.Options, json: Bool
  ) throws {
    let name = input.name
    let printer = Mutex(ReplayPrinter(trace: name, count: cells.count, json: json))
    try Workers.run(cells.count, jobs: jobs) { index in
      let result = try Replay.run(cells[index], over: input, options: options)
      printer.withLock { $0.take(result, at: index) }
    }
  }
}

/// Prints results in the order of their questions, whatever order they come in.
private struct ReplayPrinter {
  private let trace: String
  private let json: Bool
  private var waiting: [ReplayResult?]
  private var next = 0

  init(trace: String, count: Int, json: Bool) {
    self.trace = trace
    self.json = json
    waiting = Array(repeating: nil, count: count)
  }

  mutating func take(_ result: ReplayResult, at index: Int) {
    waiting[index] = result
    while next < waiting.count, let ready = waiting[next] {
      Terminal.printLine(
        json ? ready.jsonLine(trace: trace) : ReplayTable.row(ready, trace: trace))
      next += 1
    }
  }
}
