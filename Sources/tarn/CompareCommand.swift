import ArgumentParser
import Dispatch
import Foundation
import Synchronization
import TarnSettings
import TarnSim

/// `tarn compare`: caching designs side by side on one scenario.
struct CompareCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compare", abstract: "Compare caching designs on one scenario.",
    discussion: """
      Runs the scenario under every design with the same nodes, memory, flash, network, Blob accounts and \
      seeds, and says what each costs in GPU time and asks of the origin, how fast it answers, and how it \
      recovers from the loss of a node, a rack and a zone. Every assumption has a source and a range; \
      varied alone over its range it shows whether it would change the order of designs.

        tarn compare scenarios/compare-training.yaml
        tarn compare scenarios/compare-kv.yaml --designs none,acstor,tarn --seeds 5
        tarn compare scenarios/compare-mixed.yaml --export reports/mixed
        tarn compare FILE --set compare.assumptions.blobfuse.timeout_s=86400
        tarn compare FILE --designs tarn,external:other.json
        tarn compare scenarios/compare-paths.yaml --designs tarn@direct,tarn@all

      Designs:
      \(Design.all.map { "  \($0.name)\(String(repeating: " ", count: max(1, 15 - $0.name.count)))\($0.title)" }.joined(separator: "\n"))
        DESIGN@PATHS   a design with some of the scenario's paths to the origin, as tarn@front-end+direct
        external:FILE  a cache whose code one cannot have, by figures in a file (scenarios/SCHEMA.md)

      Exit status: 0, 1 if Tarn failed, 2 for bad input, 130 after Ctrl-C.
      """)

  @Argument(help: "The scenario, a YAML file; scenarios/SCHEMA.md lists its keys.")
  var scenario: String

  @Option(help: "Designs to compare, separated by commas.")
  var designs = Design.all.map(\.name).joined(separator: ",")

  @Option(
    help: ArgumentHelp(
      "Paths to the origin that designs may use, such as front-end, direct, front-end+direct or all.",
      valueName: "paths"))
  var paths: String?

  @Option(help: "Runs of each design, with the scenario's seed and those after it.")
  var seeds = 3

  @Option(help: "Scale the fleet, its jobs and its origin to about this many nodes.")
  var nodes: Int?

  @Option(
    name: .customLong("set"), parsing: .unconditionalSingleValue,
    help: ArgumentHelp(
      "Replace a value, for example origin.accounts=4 or compare.gpu_dollars_per_hour=2.",
      valueName: "path=value"))
  var overrides: [String] = []

  @Flag(help: "Leave out the runs that vary assumptions, which are most of them.")
  var noSensitivity = false

  @Option(help: "Runs at a time, each on a thread of its own. Default: one a processor.")
  var jobs: Int?

  @Option(help: "Write report.html, a notebook, CSV and JSON into this folder.")
  var export: String?

  @Flag(help: "Print one JSON object.")
  var json = false

  func run() throws {
    Interruption.listen()
    do {
      let (comparison, text) = try plan()
      if let export { try prepareExport(export) }
      let meter = CompareMeter(isShown: Terminal.isWatched && !json)
      let report = try comparison.run(threads: threads) { done, count in
        meter.show(done, count)
        return Interruption.signal == nil
      }
      meter.clear()
      if let export { try exportComparison(report, scenarioText: text, to: export) }
      print(json ? try report.json() : "\(ComparisonText(report))")
      if let export { Terminal.printError("report: \(export)/report.html") }
    } catch is Comparison.Interrupted {
      endCommand(
        with: "stopped; nothing was compared", ExitStatus.signal(Interruption.signal ?? SIGINT))
    } catch {
      endCommand(with: error)
    }
  }

  private var threads: Int { jobs ?? min(64, ProcessInfo.processInfo.activeProcessorCount) }

  private func plan() throws(SettingsError) -> (Comparison, String) {
    guard (1...100).contains(seeds) else {
      throw SettingsError(option: "--seeds \(seeds)", cure: "use 1 to 100")
    }
    guard (1...256).contains(threads) else {
      throw SettingsError(option: "--jobs \(threads)", cure: "use 1 to 256")
    }
    var chosen = try Design.list(parsing: designs)
    if let paths { chosen = Design.using(paths: paths, chosen) }
    var (read, text) = try Scenario.load(scenario, overrides: overrides)
    if let nodes { read = try read.scaled(toNodes: nodes) }
    let comparison = try Comparison(
      read, designs: chosen, seeds: seeds, variesAssumptions: !noSensitivity)
    return (comparison, text)
  }
}

/// One line on a terminal that says how many runs are done, and how long the rest may take.
private final class CompareMeter: Sendable {
  private let isShown: Bool
  private let start = DispatchTime.now().uptimeNanoseconds
  private let last = Mutex((time: UInt64(0), isDirty: false))

  init(isShown: Bool) { self.isShown = isShown }

  func show(_ done: Int, _ count: Int) {
    guard isShown else { return }
    last.withLock { last in
      let now = DispatchTime.now().uptimeNanoseconds
      guard now - last.time > 100_000_000 else { return }
      last = (now, true)
      let seconds = Double(now - start) / 1e9
      let rest =
        done > 0 ? ", about \(Int(seconds / Double(done) * Double(count - done))) s left" : ""
      Terminal.writeError("\r\(done) of \(count) runs\(rest)\u{1B}[K")
    }
  }

  func clear() {
    last.withLock { last in
      if last.isDirty { Terminal.writeError("\r\u{1B}[K") }
      last.isDirty = false
    }
  }
}
