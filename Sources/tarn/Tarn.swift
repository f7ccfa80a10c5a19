import ArgumentParser
import CJemalloc
import Foundation
import TarnCore
import TarnSim

@main
struct Tarn: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tarn",
    abstract: "A unified cache for AI data: simulate it before you deploy it.",
    version: versionText,
    subcommands: [
      SimulateCommand.self, CompareCommand.self, ReplayCommand.self, CurveCommand.self,
      TuneCommand.self, PlanCommand.self, ScoreCommand.self,
      TraceCommand.self,
    ])

  /// Exit statuses: 0 all is well, 1 Tarn failed, 2 bad input, 3 an objective is broken, 128 and
  /// the signal's number if a signal ended the run.
  static func main() {
    do {
      var command = try parseAsRoot()
      try command.run()
    } catch {
      let usage = exitCode(for: error) == .validationFailure
      guard usage else { exit(withError: error) }
      Terminal.printError(fullMessage(for: error))
      Foundation.exit(ExitStatus.badInput)
    }
  }

  /// The version, and proof of the allocator: its own name and count.
  private static var versionText: String {
    let allocator = String(cString: tarn_jemalloc_version()).prefix { $0 != "-" }
    return """
      tarn \(tarnVersion)
      jemalloc \(allocator) (\(tarn_jemalloc_allocated_bytes()) bytes allocated)
      lz4 \(LinkedLibraries.lz4Version)
      """
  }
}
