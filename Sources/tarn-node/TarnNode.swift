import ArgumentParser
import TarnNode

@main
struct TarnNodeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tarn-node", abstract: "The cache node.", version: TarnNodeVersion.string)
}
