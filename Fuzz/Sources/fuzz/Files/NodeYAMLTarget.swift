@testable internal import TarnNode
internal import TarnSettings

extension FuzzTarget {
  /// Nodes' configurations: errors name the file, and what is accepted says the same when it is
  /// written and read again.
  static let nodeYAML = FuzzTarget("node-yaml", longestInput: 768) { input in
    let text = input.text()
    do throws(SettingsError) {
      let configuration = try NodeConfiguration(yaml: text, file: "node.yaml")
      let written = configuration.text()
      do throws(SettingsError) {
        let again = try NodeConfiguration(yaml: written, file: "again.yaml")
        demand(again.text() == written, "a configuration changes when it is written anew")
      } catch { checkSecrets(error, written) }
    } catch {
      demand(error.issues.allSatisfy { !$0.message.isEmpty }, "an error says nothing")
      demand(error.issues.allSatisfy { $0.file == "node.yaml" }, "an error names no file")
    }
  }

  /// Secrets are not written, so a configuration with secrets may lack them when it is read again.
  private static func checkSecrets(_ error: SettingsError, _ written: String) {
    demand(
      error.issues.allSatisfy { $0.path.contains("secret") || $0.path.contains("key") },
      "what was written is refused: \(error)\n\(written)")
  }
}
