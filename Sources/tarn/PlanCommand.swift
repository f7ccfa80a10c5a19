import ArgumentParser
import Foundation
import TarnSettings
import TarnSim

/// `tarn plan`: the smallest cache that meets objectives.
struct PlanCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plan", abstract: "Find the smallest cache that meets objectives.",
    discussion: """
      The reverse of `tarn simulate`: which memory and flash of a node, and how many storage accounts, \
      suffice for the objectives, under every one of a few seeds. Sizes are lowered one after the other, \
      in the order of --vary, as far as the others allow, by bisection over simulations; the answer is one \
      from which no size can be lowered alone. Where more turns out to be worse, that is said. Pools keep \
      the ratio of their sizes to each other.

        tarn plan scenarios/laptop.yaml             by the scenario's objectives
        tarn plan scenarios/laptop.yaml --slo 'gpu-stall<2%' --slo 'chat.ttft-p99<2s'
        tarn plan FILE --slo 'p99<50ms' --vary cache.memory=1GiB..64GiB

      Objectives: NAME<LIMIT or NAME>LIMIT, of one workload WORKLOAD.NAME<LIMIT, of:
        \(Scenario.Metric.allCases.map(\.short).joined(separator: " "))

      Exit status: 0, 1 if Tarn failed, 2 for bad input, 3 if no size meets the objectives, 130 after \
      Ctrl-C.
      """)

  @Argument(help: "The scenario, a YAML file; scenarios/SCHEMA.md lists its keys.")
  var scenario: String

  @Option(
    name: .customLong("slo"), parsing: .unconditionalSingleValue,
    help: ArgumentHelp(
      "An objective, for example 'gpu-stall<1%'. Default: those of the scenario.",
      valueName: "objective"))
  var objectives: [String] = []

  @Option(
    parsing: .unconditionalSingleValue,
    help: ArgumentHelp(
      "What to make small, the dearest first: cache.memory, cache.flash, origin.accounts, each with a "
        + "range if need be. Default: all three.", valueName: "name[=from..to],..."))
  var vary: [String] = []

  @Option(help: "Simulate a fleet of about so many nodes. Default: the scenario's, 256 at most.")
  var nodes: Int?

  @Option(help: "Seeds under each of which every objective has to hold.") var seeds = 3

  @Option(
    name: .customLong("set"), parsing: .unconditionalSingleValue,
    help: ArgumentHelp("Replace a value of the scenario first.", valueName: "path=value"))
  var overrides: [String] = []

  @Option(help: "Simulations at a time, each on a thread of its own. Default: one a processor.")
  var jobs: Int?

  @Option(help: "Write the plan as JSON, text and CSV into this folder.") var export: String?

  @Flag(help: "Print one JSON object.") var json = false

  @Flag(help: "Do not tell each size that is tried on standard error.") var quiet = false

  func run() throws {
    Interruption.listen()
    do {
      let threads = jobs ?? min(64, ProcessInfo.processInfo.activeProcessorCount)
      guard (1...256).contains(threads) else {
        throw SettingsError(option: "--jobs \(threads)", cure: "use 1 to 256")
      }
      let (read, text) = try Scenario.load(scenario, overrides: overrides)
      let question = try PlanQuestion(
        read, objectives: objectives, vary: vary, nodes: nodes, seeds: seeds)
      if let export { try prepareExport(export) }
      let isTold = !quiet
      let report = try Plan(question).run(
        threads: threads,
        progress: { if isTold { Terminal.printError(PlanText.line($0)) } },
        isWanted: { Interruption.signal == nil })
      if let export { try exportPlan(report, scenarioText: text, to: export) }
      print(json ? try report.json() : "\(PlanText(report))")
      if let export { Terminal.printError("plan: \(export)/plan.txt") }
      if !report.met { Foundation.exit(ExitStatus.objectiveBroken) }
    } catch let error as Plan.Interrupted {
      endCommand(
        with: "stopped after \(error.probes) sizes; nothing was decided",
        ExitStatus.signal(Interruption.signal ?? SIGINT))
    } catch {
      endCommand(with: error)
    }
  }
}
