internal import CLZ4
import TarnCore

/// What `tarn-node --version` prints of itself.
public enum TarnNodeVersion {
  /// The node's version: the core's, because the core decides what the node does.
  public static let string = tarnVersion
  /// The version of the lz4 that compresses blocks and recordings.
  public static var lz4: String { String(cString: LZ4_versionString()) }
}
