/// What was found wrong so far, and where every key stands.
package final class Diagnostics {
  private let file: String
  private var lines: [String: Int?] = [:]
  package private(set) var issues: [SettingsError.Issue] = []

  package init(file: String) { self.file = file }

  /// Notes the line of a key; nil for one from the command line.
  package func note(_ path: String, line: Int?) { lines[path] = .some(line) }

  /// Adds a complaint about `path`, at its line or that of the nearest key around it.
  package func report(_ message: String, at path: String) {
    var place = path
    while lines[place] == nil, !place.isEmpty {
      place = String(place[..<(place.lastIndex { $0 == "." || $0 == "[" } ?? place.startIndex)])
    }
    add(message, at: path, line: lines[place] ?? 1)
  }

  private func add(_ message: String, at path: String, line: Int?) {
    issues.append(
      SettingsError.Issue(
        file: line == nil ? nil : file, line: line, path: path, message: message))
  }

  /// Throws everything that was reported, in the order of lines.
  package func throwIfAny() throws(SettingsError) {
    guard !issues.isEmpty else { return }
    let inOrder = issues.enumerated().sorted {
      ($0.element.line ?? 0, $0.offset) < ($1.element.line ?? 0, $1.offset)
    }
    throw SettingsError(inOrder.map(\.element))
  }
}
