/// Why a score could not be taken, and what to do.
public struct ScoreError: Error, Equatable, CustomStringConvertible {
  public var description: String
  /// An error with this message, which names the input and the cure.
  public init(_ message: String) { description = message }
}
