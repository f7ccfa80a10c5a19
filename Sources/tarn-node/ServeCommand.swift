import ArgumentParser
import CJemalloc
import Foundation
import Logging
import ServiceLifecycle
import TarnNode
import UnixSignals

/// `tarn-node`: serves until SIGTERM or SIGINT.
struct ServeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "serve", abstract: "Serve S3 clients (what tarn-node does by itself).")

  @OptionGroup var options: ConfigurationOptions

  @Option(help: ArgumentHelp("How long requests under way may take at the end.", valueName: "s"))
  var drain: Int = 30

  func validate() throws { try options.validate() }

  func run() async throws {
    signal(SIGPIPE, SIG_IGN)
    DescriptorLimit.raise()
    let configuration = try BadInput.catching { try options.load() }
    let stream = try LogStream(configuration.log)
    LoggingSystem.bootstrap { stream.handler(label: $0) }
    let logger = Logger(label: "tarn-node")
    try checkResources(configuration, logger)
    var surroundings = NodeServer.Surroundings()
    surroundings.allocatedBytes = { tarn_jemalloc_allocated_bytes() }
    surroundings.log = stream
    let node: NodeServer
    do {
      node = try await NodeServer.start(configuration, logger: logger, surroundings: surroundings)
    } catch { BadInput.end("tarn-node: \(error)") }
    await greet(node, configuration, logger)
    let group = ServiceGroup(
      configuration: ServiceGroupConfiguration(
        services: [.init(service: NodeService(node: node, drain: .seconds(drain), reload: reload))],
        gracefulShutdownSignals: [.sigterm, .sigint], logger: logger))
    try await group.run()
    logger.notice("stopped")
  }

  private func checkResources(_ configuration: NodeConfiguration, _ logger: Logger) throws {
    let plan = ResourcePlan(configuration, on: HostResources.read())
    for warning in plan.warnings { logger.warning("\(warning)") }
    if !plan.errors.isEmpty { BadInput.end("tarn-node: " + plan.errors.joined(separator: "\n")) }
    logger.info("\(plan.summary)")
  }

  /// Says what runs, and a command to try.
  private func greet(
    _ node: NodeServer, _ configuration: NodeConfiguration, _ logger: Logger
  ) async {
    let recovered = node.recovered
    logger.info(
      "tarn-node \(TarnNodeVersion.string)",
      metadata: [
        "threads": "\(node.threads)", "flash": "\(node.flashDescription ?? "none")",
        "recovered": "\(recovered.blocks) blocks in \(Int(recovered.seconds * 1_000)) ms",
        "admin": "http://\(configuration.admin.host):\(node.adminPort)",
      ])
    let endpoint = "http://\(configuration.listen.host):\(node.clientPort)"
    let bucket = await node.exampleContainer().map { "s3://\($0)/" } ?? "s3://BUCKET/"
    let sign = configuration.tenants.isEmpty ? " --no-sign-request" : ""
    logger.notice("ready; try: aws\(sign) --endpoint-url \(endpoint) s3 ls \(bucket)")
  }

  /// Reads the configuration again; nil, and a line in the log, if it is not right.
  private func reload() -> NodeConfiguration? {
    do {
      return try options.load()
    } catch {
      Logger(label: "tarn-node").error("not reloaded: \(error)")
      return nil
    }
  }
}

/// The node as a service: ends when it is told to, takes over a changed configuration on SIGHUP.
private struct NodeService: Service {
  let node: NodeServer
  let drain: Duration
  let reload: @Sendable () -> NodeConfiguration?

  func run() async throws {
    let hangups = await UnixSignalsSequence(trapping: .sighup)
    await cancelWhenGracefulShutdown {
      for await _ in hangups { takeOver() }
    }
    await node.stop(within: drain)
  }

  private func takeOver() {
    guard let new = reload() else { return }
    let logger = Logger(label: "tarn-node")
    let rest = node.reload(new)
    if rest.isEmpty {
      logger.notice("reloaded")
    } else {
      logger.warning(
        "reloaded in part: restart the node to change \(rest.joined(separator: ", "))")
    }
  }
}
