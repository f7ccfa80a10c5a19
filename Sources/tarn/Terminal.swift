import Foundation

/// The two output streams.
enum Terminal {
  /// Whether a person watches standard error.
  static var isWatched: Bool { isatty(STDERR_FILENO) == 1 }

  /// Writes a line to standard output at once, for results that come one by one.
  static func printLine(_ text: String) {
    FileHandle.standardOutput.write(Data((text + "\n").utf8))
  }

  /// Writes a line to standard error.
  static func printError(_ text: String) {
    FileHandle.standardError.write(Data((text + "\n").utf8))
  }

  /// Writes to standard error as it is.
  static func writeError(_ text: String) { FileHandle.standardError.write(Data(text.utf8)) }
}
