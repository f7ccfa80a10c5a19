import ArgumentParser
import CJemalloc
import TarnNode

@main
struct TarnNodeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tarn-node", abstract: "The cache node.", version: versionText)

  /// The version, and proof of the allocator: its own name and count.
  private static var versionText: String {
    let allocator = String(cString: tarn_jemalloc_version()).prefix { $0 != "-" }
    return """
      tarn-node \(TarnNodeVersion.string)
      jemalloc \(allocator) (\(tarn_jemalloc_allocated_bytes()) bytes allocated)
      """
  }
}
