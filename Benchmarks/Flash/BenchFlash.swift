import ArgumentParser
import TarnNode

/// The flash tier on this machine's disk: as fast as fio, quick to restart, nothing lost to a kill.
/// `swift run -c release bench-flash read`
@main
struct BenchFlash: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench-flash",
    abstract: "Measures and kills the flash tier.",
    subcommands: [ReadRace.self, RecoverTimes.self, KillRounds.self, KillWriter.self])
}

/// Where and how a store runs.
struct StoreOptions: ParsableArguments {
  @Option(help: "Folder on the disk to measure; the rest of the path must exist.")
  var directory = "flash-bench"
  @Option(help: "automatic, uring or threads.")
  var engine = "automatic"
  @Flag(help: "Compress by lz4.")
  var compressed = false

  func validate() throws {
    guard NodeConfiguration.Flash.Engine(rawValue: engine) != nil else {
      throw ValidationError("--engine \(engine): use automatic, uring or threads")
    }
  }

  var settings: NodeConfiguration.Flash {
    var settings = NodeConfiguration.Flash()
    settings.directory = directory
    settings.isCompressed = compressed
    settings.engine = NodeConfiguration.Flash.Engine(rawValue: engine) ?? .automatic
    return settings
  }
}
