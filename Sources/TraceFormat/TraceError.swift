/// What went wrong with a trace: which file, where in it, and what to do.
public struct TraceError: Error, Equatable, CustomStringConvertible {
  /// The kinds of trouble, for callers that treat them differently.
  public enum Kind: Sendable, Equatable {
    /// The file cannot be opened or read.
    case unreadable
    /// The file cannot be created or written.
    case unwritable
    /// There is a file of this name, and it was not to be replaced.
    case exists
    /// The gzip stream is truncated or corrupt.
    case gzip
    /// The zstd stream is truncated or corrupt.
    case zstd
    /// The file holds no request.
    case empty
    /// A line is not what its format says.
    case malformed
    /// A request is earlier than the one before it.
    case unsorted
    /// The content is of no format that is known here, or not of the kind that was asked for.
    case unknownFormat
    /// The file is no request stream, or one without keys where keys are needed.
    case notRequests
    /// A value is beyond what the caller can hold.
    case tooLarge
    /// The user ended it.
    case interrupted
    /// Written by a later version of the format.
    case version
    /// A trace in Tarn's own format is truncated or corrupt.
    case damaged
  }

  /// Where in the file.
  public enum Position: Sendable, Equatable {
    case nowhere
    /// Line number, counted from 1.
    case line(Int)
    /// Byte offset, counted from 0.
    case byte(UInt64)
    /// Record number, counted from 0.
    case record(UInt64)
  }

  /// Which kind of trouble.
  public var kind: Kind
  /// The file, as the caller named it.
  public var path: String
  /// Where in it.
  public var position: Position
  /// What is wrong, and what would be right.
  public var problem: String

  /// An error about `path`.
  public init(_ kind: Kind, path: String, at position: Position = .nowhere, _ problem: String) {
    self.kind = kind
    self.path = path
    self.position = position
    self.problem = problem
  }

  public var description: String {
    switch position {
    case .nowhere: "\(path): \(problem)"
    case .line(let line): "\(path):\(line): \(problem)"
    case .byte(let offset): "\(path): at byte \(offset): \(problem)"
    case .record(let record): "\(path): record \(record): \(problem)"
    }
  }
}
