/// What a container promises about the versions of its objects.
///
/// Whatever it promises, one open handle reads one version: the version is in every block's key.
public enum Consistency: Sendable, Equatable, BitwiseCopyable {
  /// Objects never change: what is known stays true.
  case immutable
  /// Nobody opens a version that was replaced before he asked: every open asks the home.
  case validate
  /// Nobody opens a version that was replaced longer than this before he asked.
  case ttl(Nanoseconds)

  /// How long before an open its version may have been replaced; nil where versions never are.
  public var stalenessBound: Nanoseconds? {
    switch self {
    case .immutable: nil
    case .validate: 0
    case .ttl(let bound): bound
    }
  }
}
