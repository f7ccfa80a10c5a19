import Foundation
import Yams

/// A YAML file as it is being read: its outermost section, and what was found wrong with it.
///
/// ```swift
/// let document = try SettingsDocument(yaml: text, file: "node.yaml", schema: "deploy/node.yaml")
/// let name = document.root.required("name", .name)
/// document.root.finish()
/// try document.diagnostics.throwIfAny()
/// ```
package struct SettingsDocument {
  /// The outermost mapping.
  package let root: Section
  /// Collects complaints.
  package let diagnostics: Diagnostics

  /// A document whose keys are yet to be read.
  ///
  /// - Parameters:
  ///   - file: the file's name, for messages.
  ///   - schema: where the keys are listed, for whoever hands in an empty file.
  ///   - overrides: `path=value`, applied in order before anything is read.
  /// - Throws: `SettingsError` if the text is no YAML, or an override has no place in it.
  package init(
    yaml text: String, file: String, schema: String, overrides: [String] = []
  ) throws(SettingsError) {
    var tree = try Self.compose(text, file: file, schema: schema)
    for override in overrides { tree = try Override(override).applied(to: tree) }
    diagnostics = Diagnostics(file: file)
    diagnostics.note("", line: 1)
    root = Section(Field(node: tree, path: "", diagnostics: diagnostics))
  }

  /// The text of the file.
  ///
  /// - Throws: `SettingsError` if it cannot be read or is not UTF-8.
  package static func text(of file: String) throws(SettingsError) -> String {
    guard let data = FileManager.default.contents(atPath: file) else {
      throw SettingsError([
        SettingsError.Issue(file: file, message: "cannot be read; check the name and permissions")
      ])
    }
    guard let text = String(data: data, encoding: .utf8) else {
      throw SettingsError([SettingsError.Issue(file: file, message: "is not UTF-8 text")])
    }
    return text
  }

  private static func compose(
    _ text: String, file: String, schema: String
  ) throws(SettingsError) -> Node {
    let issue: SettingsError.Issue
    do {
      if let tree = try Yams.compose(yaml: text) { return tree }
      issue = SettingsError.Issue(file: file, message: "is empty; see \(schema)")
    } catch let error as YamlError {
      issue = Self.issue(of: error, file: file)
    } catch {
      issue = SettingsError.Issue(file: file, message: "is no YAML: \(error)")
    }
    throw SettingsError([issue])
  }

  private static func issue(of error: YamlError, file: String) -> SettingsError.Issue {
    switch error {
    case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
      .composer(_, let problem, let mark, _):
      return SettingsError.Issue(file: file, line: mark.line, message: "is no YAML: \(problem)")
    case .duplicatedKeysInMapping(let keys, let context):
      let message =
        "\(keys.joined(separator: ", ")): written twice in one mapping; keep one of them"
      return SettingsError.Issue(file: file, line: context.mark.line, message: message)
    default:
      return SettingsError.Issue(file: file, message: "is no YAML: \(error)")
    }
  }
}
