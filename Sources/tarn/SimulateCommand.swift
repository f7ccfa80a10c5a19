import ArgumentParser
import Foundation
import TarnSim
import TarnSettings

/// `tarn simulate`: run a scenario, judge it, report.
struct SimulateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "simulate", abstract: "Simulate a scenario and judge it by its objectives.",
    discussion: """
      Exit status: 0 if all objectives hold, 3 if one is broken, 2 for bad input, 1 if Tarn failed, \
      130 after Ctrl-C, which ends the run early and reports what was reached.
      """)

  @Argument(help: "The scenario, a YAML file; scenarios/SCHEMA.md lists its keys.")
  var scenario: String

  @Option(help: "Scale the fleet, its jobs and its origin to about this many nodes.")
  var nodes: Int?

  @Option(help: "Simulated time, for example 60s; replaces the scenario's.")
  var duration: String?

  @Option(help: "Seed of all randomness; replaces the scenario's.")
  var seed: String?

  @Option(
    name: .customLong("set"), parsing: .unconditionalSingleValue,
    help: ArgumentHelp(
      "Replace a value, for example origin.accounts=60 or workloads.vision.reader_depth=4.",
      valueName: "path=value"))
  var overrides: [String] = []

  @Option(help: "Write report.html, CSV, JSON and a notebook into this folder.")
  var export: String?

  @Option(
    help: ArgumentHelp(
      "Record what one node's cache is told and decides, for tarn replay --decisions.",
      valueName: "file"))
  var recordDecisions: String?

  @Option(help: "The node to record, numbered from 0 through the fleet.")
  var recordNode = 0

  @Flag(help: "Print one JSON object instead of the summary.")
  var json = false

  @Flag(help: "Check the cache's invariants after every event (slow).")
  var check = false

  @Flag(help: "Print nothing but errors.")
  var quiet = false

  func run() throws {
    Interruption.listen()
    do {
      let (scenario, text) = try readScenario()
      if let export { try prepareExport(export) }
      let outcome = try simulate(scenario)
      if let export {
        try exportSimulation(outcome, scenarioText: text, to: export)
      }
      if let recordDecisions { try exportDecisions(outcome, to: recordDecisions) }
      try report(outcome.result)
      Foundation.exit(status(of: outcome.result))
    } catch {
      endCommand(with: error)
    }
  }

  private func readScenario() throws(SettingsError) -> (Scenario, String) {
    var all = overrides
    if let duration { all.append("duration=\(duration)") }
    if let seed { all.append("seed=\(seed)") }
    var (read, text) = try Scenario.load(scenario, overrides: all)
    if let nodes { read = try read.scaled(toNodes: nodes) }
    return (read, text)
  }

  /// A folder that cannot be written is found out before the simulation, not after it.
  private func simulate(_ scenario: Scenario) throws(SimulationError) -> SimulationOutcome {
    let simulation = Simulation(
      scenario: scenario,
      options: SimulationOptions(
        checkInvariants: check, recordDecisionsOf: recordDecisions == nil ? nil : recordNode))
    var line = ProgressLine(isShown: Terminal.isWatched && !quiet)
    var outcome = try simulation.run { progress in
      line.show(progress)
      return Interruption.signal == nil
    }
    outcome.command = CommandLine.arguments
    line.clear()
    return outcome
  }

  private func report(_ result: SimulationResult) throws {
    if quiet { return }
    if json {
      print(try result.json())
    } else {
      print(TextSummary(result))
      let regions = "\(RegionText(result))"
      if !regions.isEmpty { print("\n\(regions)") }
      if !result.contract.isEmpty { print("\nContract\n\(ContractText(result))") }
    }
    if let export { Terminal.printError("report: \(export)/report.html") }
  }

  private func status(of result: SimulationResult) -> Int32 {
    if let signal = Interruption.signal, !result.complete { return ExitStatus.signal(signal) }
    return result.slo.allSatisfy(\.pass) ? 0 : ExitStatus.objectiveBroken
  }
}
