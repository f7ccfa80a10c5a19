import ArgumentParser
import CJemalloc
import TarnNode

@main
struct TarnNodeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tarn-node",
    abstract: "The cache node: serves S3 clients from memory, flash, its cell and the origin.",
    discussion: """
      Without any option it serves the folder ./traces to this machine:

        tarn-node
        tarn-node --origin file:/data --memory 8GiB
        tarn-node --origin s3:http://127.0.0.1:8333 --set cache.memory.eviction=sieve
        tarn-node --config node.yaml

      deploy/node.yaml shows every key of the configuration. SIGTERM drains, SIGHUP reads the
      configuration again.
      """,
    version: versionText,
    subcommands: [ServeCommand.self, CheckConfigCommand.self, CalibrateCommand.self],
    defaultSubcommand: ServeCommand.self)

  /// The version, and proof of the allocator: its own name and count.
  private static var versionText: String {
    let allocator = String(cString: tarn_jemalloc_version()).prefix { $0 != "-" }
    return """
      tarn-node \(TarnNodeVersion.string)
      jemalloc \(allocator) (\(tarn_jemalloc_allocated_bytes()) bytes allocated)
      lz4 \(TarnNodeVersion.lz4)
      """
  }
}
