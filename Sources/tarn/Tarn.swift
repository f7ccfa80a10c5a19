import ArgumentParser
import TarnSim

@main
struct Tarn: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tarn", abstract: "A unified cache for AI data: simulate it before you deploy it.",
    subcommands: [TraceCommand.self])
}
