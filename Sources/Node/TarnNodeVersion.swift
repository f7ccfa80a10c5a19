import TarnCore

/// What `tarn-node --version` prints of itself.
public enum TarnNodeVersion {
  /// The node's version: the core's, because the core decides what the node does.
  public static let string = tarnVersion
}
