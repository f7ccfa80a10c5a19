/// Everything that is wrong with a scenario or a node's configuration, each with its place and its
/// cure.
public struct SettingsError: Error, Equatable, CustomStringConvertible {
  /// One thing that is wrong.
  public struct Issue: Equatable, Sendable, CustomStringConvertible {
    /// The file as it was named; nil for a value from the command line.
    public var file: String?
    /// Line in the file, from 1; nil if no line is to blame.
    public var line: Int?
    /// The key, for example `topology.pools[0].nodes_per_cell`; empty if no key is to blame.
    public var path: String
    /// What is wrong and what would be right.
    public var message: String

    public init(file: String?, line: Int? = nil, path: String = "", message: String) {
      self.file = file
      self.line = line
      self.path = path
      self.message = message
    }

    /// `file:line: path: message`.
    public var description: String {
      var place = file ?? "command line"
      if let line { place += ":\(line)" }
      if !path.isEmpty { place += ": \(path)" }
      return "\(place): \(message)"
    }
  }

  /// At least one, in the order of the file; those of the command line first.
  public var issues: [Issue]

  public init(_ issues: [Issue]) {
    precondition(!issues.isEmpty, "an error says what is wrong")
    self.issues = issues
  }

  /// One line an issue.
  public var description: String { issues.map(\.description).joined(separator: "\n") }
}
