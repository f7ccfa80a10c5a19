/// Why an export could not be written. Names the path and says what to do.
public struct ExportError: Error, CustomStringConvertible, Sendable {
  /// The file or directory that failed.
  public var path: String
  /// What the operating system or the encoder said.
  public var reason: String

  public init(path: String, reason: String) {
    self.path = path
    self.reason = reason
  }

  public var description: String {
    "cannot write the export to '\(path)': \(reason); "
      + "choose a directory that you may write to, on a disk with space, with --export DIR"
  }
}
