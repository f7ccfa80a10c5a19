/// The members of a cell at one version: immutable, shared by every core that knows it.
public final class ClusterView: Sendable {
  public init() {}
  /// Counts the cell's changes.
  public let version: UInt64 = 0
  /// Stands for version and members.
  public var digest: UInt64 { 0 }
}

/// A view inside an `Input`: a plain value that does not count references.
///
/// Whoever makes one keeps the view alive until the step has returned; the core retains it there.
public struct ClusterViewReference: BitwiseCopyable, @unchecked Sendable {
  let view: Unmanaged<ClusterView>
  /// A reference that does not keep `view` alive.
  public init(_ view: ClusterView) { self.view = .passUnretained(view) }
}
