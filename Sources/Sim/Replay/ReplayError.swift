/// What was wrong with a request to replay or tune, and what would be right.
public struct ReplayError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The option or argument, the value, the trouble and the cure.
  public var description: String

  /// An error that reads `description`.
  public init(_ description: String) { self.description = description }
}
