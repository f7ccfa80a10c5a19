/// Input that no workload can be made of. The message names the input and what would be right.
public struct WorkloadError: Error, Equatable, CustomStringConvertible {
  /// What is wrong, and the cure.
  public let description: String

  init(_ description: String) { self.description = description }
}
