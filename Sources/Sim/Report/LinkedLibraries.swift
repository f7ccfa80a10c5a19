import CLZ4

/// Versions of the libraries that the simulator is linked with.
public enum LinkedLibraries {
  /// lz4's, for example "1.9.4".
  public static var lz4Version: String { String(cString: LZ4_versionString()) }
}
