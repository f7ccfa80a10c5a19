import Dispatch
import Foundation
import Synchronization
import TarnSim

/// What `tarn tune` was asked for, checked before anything is run.
struct TunePlan {
  private let command: TuneCommand
  private let path: String
  private var question = TuneQuestion()
  private let capacity: ReplayCapacity
  private let threads: Int
  private let seconds: Double?
  private let isScenario: Bool

  init(_ command: TuneCommand) throws(ReplayError) {
    self.command = command
    guard let path = command.input else {
      throw ReplayError("name a trace or a scenario, as in tarn tune day.tarn")
    }
    self.path = path
    isScenario = path.hasSuffix(".yaml") || path.hasSuffix(".yml")
    question.policies = try TuneQuestion.policies(parsing: command.policies)
    if let name = command.objective { question.objective = try TuneObjective(parsing: name) }
    let capacities = try ReplayCapacity.list(parsing: command.capacity)
    guard capacities.count == 1 else {
      throw ReplayError(
        "--capacity \(command.capacity): name one; the curve shows the others around it")
    }
    capacity = capacities[0]
    threads = command.jobs ?? min(64, ProcessInfo.processInfo.activeProcessorCount)
    guard (1...256).contains(threads) else {
      throw ReplayError("--jobs \(threads): use 1 to 256")
    }
    seconds =
      if let budget = command.budget { try TuneQuestion.budget(parsing: budget) } else { nil }
    question.configurations = command.configurations ?? (isScenario ? 32 : 1_000)
    if let rate = command.rate {
      question.firstDenominator = try TuneQuestion.denominator(parsing: rate)
    }
    question.train = command.train
    question.seed = command.seed
    question.nodes = command.nodes
    question.seeds = command.seeds
    guard ["auto", "block", "prefix"].contains(command.mode) else {
      throw ReplayError("--mode \(command.mode): use auto, block or prefix")
    }
  }

  func run() throws {
    let source = try isScenario ? openScenario() : openTrace()
    var question = question
    try complete(&question, for: source)
    if let export = command.export { try Self.prepare(export) }
    let given = try collected(about: source)
    let cache =
      command.noCache || command.listJobs
      ? nil
      : try TuneCache(folder: command.cache ?? TuneCache.standardFolder, content: source.content)
    let evaluator = TuneEvaluator(
      source, cache: cache, given: given, threads: threads, listsOnly: command.listJobs)
    let meter = TuneMeter(isShown: Terminal.isWatched && !command.json)
    let start = DispatchTime.now().uptimeNanoseconds
    let seconds = seconds
    let search = try TuneSearch(
      source, question, evaluator: evaluator,
      isOutOfTime: {
        guard let seconds else { return false }
        return Double(DispatchTime.now().uptimeNanoseconds - start) / 1e9 >= seconds
      },
      progress: { meter.show($0, $1, $2) })
    do {
      let report = try search.run()
      meter.clear()
      if command.listJobs { return }
      if let export = command.export {
        try exportTuning(report, detail: try search.detail(report), to: export)
      }
      print(command.json ? try report.json() : "\(TuneText(report))")
      if let export = command.export { Terminal.printError("report: \(export)/report.html") }
    } catch let missing as TuneEvaluator.Missing {
      meter.clear()
      for job in missing.jobs { Terminal.printLine(job.line) }
    }
  }

  private func openTrace() throws -> TuneSource {
    let wantsPrefix = command.mode == "prefix"
    var meter = CountLine(isShown: Terminal.isWatched && !command.json, verb: "reading \(path)")
    let trace = try TuneTrace(
      path: path,
      options: try command.readOptions(
        path, isSized: !command.reading.ignoreSize && !wantsPrefix),
      progress: { meter.show($0) })
    meter.clear()
    if wantsPrefix, trace.trace.promptStarts.isEmpty {
      throw ReplayError(
        "\(path): has single requests, not prompts with chains of KV blocks; use --mode block")
    }
    return .trace(trace)
  }

  private func openScenario() throws -> TuneSource { .fleet(try TuneFleet(path: path)) }

  private func complete(_ question: inout TuneQuestion, for source: TuneSource) throws {
    switch source {
    case .trace(let trace):
      question.usesPrefixes = command.mode != "block" && !trace.trace.promptStarts.isEmpty
      question.isSized = !trace.trace.sizes.isEmpty
      let footprint = trace.trace.footprint()
      question.capacity = try capacity.resolve(
        footprint: question.isSized ? footprint.bytes : footprint.objects,
        isSized: question.isSized)
    case .fleet(let fleet):
      guard command.objective == nil else { return }
      question.objective = TuneObjective.suiting(fleet.scenario)
    }
  }

  private func collected(about source: TuneSource) throws(ReplayError) -> [TuneRecord] {
    var records: [TuneRecord] = []
    for file in command.collect {
      guard let data = FileManager.default.contents(atPath: file) else {
        throw ReplayError("--collect \(file): cannot be read; check the name and permissions")
      }
      let lines = String(decoding: data, as: UTF8.self).split(
        separator: "\n", omittingEmptySubsequences: false)
      for (index, line) in lines.enumerated() where !line.allSatisfy(\.isWhitespace) {
        guard let record = TuneRecord(line: line) else {
          throw ReplayError(
            "--collect \(file):\(index + 1): is no answer of tarn tune --run-job; run its job again"
          )
        }
        guard record.identity.contains(source.content) else {
          throw ReplayError(
            "--collect \(file):\(index + 1): is an answer about another input than \(path)")
        }
        records.append(record)
      }
    }
    return records
  }

  /// A folder that cannot be written is found out before the search, not after it.
  private static func prepare(_ folder: String) throws(ExportError) {
    do {
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    } catch {
      throw ExportError(path: folder, reason: "cannot be made")
    }
    guard FileManager.default.isWritableFile(atPath: folder) else {
      throw ExportError(path: folder, reason: "is not writable")
    }
  }
}

/// One line on a terminal that says how far the tuning is.
private final class TuneMeter: Sendable {
  private let isShown: Bool
  private let last = Mutex((time: UInt64(0), isDirty: false))

  init(isShown: Bool) { self.isShown = isShown }

  func show(_ round: String, _ done: Int, _ count: Int) {
    guard isShown else { return }
    last.withLock { last in
      let now = DispatchTime.now().uptimeNanoseconds
      guard now - last.time > 100_000_000 || done == 0 else { return }
      last = (now, true)
      Terminal.writeError("\r\(round): \(done) of \(count)\u{1B}[K")
    }
  }

  func clear() {
    last.withLock { last in
      if last.isDirty { Terminal.writeError("\r\u{1B}[K") }
      last.isDirty = false
    }
  }
}
