import ArgumentParser
import TarnNode

/// `tarn-node check-config`: says whether a configuration is right.
struct CheckConfigCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check-config", abstract: "Say whether a configuration file is right.")

  @Argument(help: ArgumentHelp("Configuration in YAML.", valueName: "file"))
  var file: String

  @Option(
    name: .customLong("set"), help: ArgumentHelp("Override any key.", valueName: "key=value"))
  var overrides: [String] = []

  func run() throws {
    let node = try BadInput.catching { try NodeConfiguration.load(file, overrides: overrides) }
    print("\(file): right. \(node.summary)")
  }
}
