import ArgumentParser
import Foundation
import TarnNode
import TarnSettings

/// The options that say how a node is configured: a file, and flags that override it.
struct ConfigurationOptions: ParsableArguments {
  @Option(help: ArgumentHelp("Configuration in YAML.", valueName: "file"))
  var config: String?

  @Option(
    help: ArgumentHelp(
      "file:DIR, s3:URL or azure:URL; credentials of the latter belong into a file.",
      valueName: "origin"))
  var origin: String?

  @Option(help: ArgumentHelp("Where S3 clients connect (127.0.0.1:7070).", valueName: "address"))
  var listen: String?

  @Option(help: ArgumentHelp("Where metrics are served (127.0.0.1:7071).", valueName: "address"))
  var admin: String?

  @Option(help: ArgumentHelp("Bytes of the memory tier (1GiB).", valueName: "size"))
  var memory: String?

  @Option(help: ArgumentHelp("Folder of the flash tier (~/.cache/tarn-node).", valueName: "folder"))
  var flash: String?

  @Option(
    help: ArgumentHelp("Bytes of the flash tier (4GiB); 0 for none.", valueName: "size"))
  var flashCapacity: String?

  @Option(help: ArgumentHelp("Event loops and shards; by default one a processor.", valueName: "n"))
  var threads: Int?

  @Option(
    help: ArgumentHelp("Record what clients read as traces into this folder.", valueName: "folder"))
  var record: String?

  @Flag(help: "Record the cores' inputs and effects too, for `tarn replay --decisions`.")
  var recordDecisions = false

  @Option(
    name: .customLong("set"),
    help: ArgumentHelp(
      "Override any key, for example cache.memory.eviction=lru.", valueName: "key=value"))
  var overrides: [String] = []

  /// The configuration that all of this amounts to.
  func load() throws -> NodeConfiguration {
    let all = flagOverrides + overrides
    var configuration: NodeConfiguration
    if let config {
      configuration = try NodeConfiguration.load(config, overrides: all)
    } else {
      // A mapping without keys: the defaults, under the overrides.
      configuration = try NodeConfiguration(
        yaml: "{}", file: "defaults", overrides: all)
    }
    if let origin { configuration.origins = [try NodeConfiguration.OriginPlace(argument: origin)] }
    if configuration.origins.isEmpty {
      configuration.origins = [
        NodeConfiguration.OriginPlace(name: "traces", kind: .directory(path: "traces"))
      ]
    }
    return configuration
  }

  private var flagOverrides: [String] {
    let flags: [(String, String?)] = [
      ("listen", listen), ("admin", admin), ("cache.memory.capacity", memory),
      ("flash.directory", flash), ("cache.flash.capacity", flashCapacity),
      ("threads", threads.map(String.init)), ("recording.directory", record),
      ("recording.decisions", recordDecisions ? "true" : nil),
    ]
    return flags.compactMap { key, value in value.map { "\(key)=\($0)" } }
  }

  func validate() throws {
    if recordDecisions && record == nil && config == nil {
      throw ValidationError("--record-decisions needs --record FOLDER, where to put them")
    }
  }
}

extension NodeConfiguration.OriginPlace {
  /// `file:DIR`, `s3:URL`, `azure:URL`; for S3, keys from the usual environment variables.
  init(argument: String) throws {
    let parts = argument.split(separator: ":", maxSplits: 1).map(String.init)
    guard parts.count == 2, !parts[1].isEmpty else { throw Self.problem(argument) }
    let environment = ProcessInfo.processInfo.environment
    switch parts[0] {
    case "file": self.init(name: "file", kind: .directory(path: parts[1]))
    case "s3":
      self.init(
        name: "s3",
        kind: .s3(
          endpoint: try Self.url(parts[1], argument),
          region: environment["AWS_REGION"] ?? environment["AWS_DEFAULT_REGION"] ?? "us-east-1",
          accessKey: environment["AWS_ACCESS_KEY_ID"],
          secretKey: environment["AWS_SECRET_ACCESS_KEY"]))
    case "azure":
      let url = try Self.url(parts[1], argument)
      let account = URL(string: url)?.host?.split(separator: ".").first.map(String.init) ?? ""
      self.init(
        name: "azure",
        kind: .azure(
          endpoint: url, account: environment["AZURE_STORAGE_ACCOUNT"] ?? account,
          sharedKey: environment["AZURE_STORAGE_KEY"],
          sas: environment["AZURE_STORAGE_SAS_TOKEN"]))
    default: throw Self.problem(argument)
    }
  }

  private static func url(_ text: String, _ argument: String) throws -> String {
    guard let url = URL(string: text), ["http", "https"].contains(url.scheme), url.host != nil
    else { throw problem(argument) }
    return text
  }

  private static func problem(_ argument: String) -> ValidationError {
    ValidationError(
      "--origin '\(argument)' names no origin; give file:DIR, s3:http://HOST:PORT or "
        + "azure:https://ACCOUNT.blob.core.windows.net")
  }
}
