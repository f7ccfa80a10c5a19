internal import AsyncHTTPClient
internal import Logging
internal import NIOCore
internal import NIOPosix
internal import TarnCore

/// What a node is made of, opened in order; what was opened is closed again if a later one fails.
struct NodeParts {
  let configuration: NodeConfiguration
  let logger: Logger
  let group: MultiThreadedEventLoopGroup
  let fileThreads: NIOThreadPool
  let client: HTTPClient
  let origins: [MeteredOrigin]
  let containers: ContainerTable
  let shards: ShardSet
  let objects: ObjectService
  let cell: NodeCell?
  let recorder: NodeRecorder?
  let recoveredBlocks: Int
  let recoverySeconds: Double

  static func open(_ configuration: NodeConfiguration, logger: Logger) async throws -> NodeParts {
    let threads = configuration.threads ?? HostLimits.current().processors
    let group = MultiThreadedEventLoopGroup(numberOfThreads: threads)
    let fileThreads = NIOThreadPool(numberOfThreads: max(4, threads))
    fileThreads.start()
    let client = HTTPClient(eventLoopGroupProvider: .shared(group), configuration: clientSettings)
    do {
      return try await open(configuration, logger, group, fileThreads, client)
    } catch {
      try? await client.shutdown()
      try? await fileThreads.shutdownGracefully()
      try? await group.shutdownGracefully()
      throw error
    }
  }

  private static func open(
    _ configuration: NodeConfiguration, _ logger: Logger, _ group: MultiThreadedEventLoopGroup,
    _ fileThreads: NIOThreadPool, _ client: HTTPClient
  ) async throws -> NodeParts {
    let loops = Array(group.makeIterator())
    let opened = try OriginBuilder(client: client, threads: fileThreads, logger: logger)
      .build(configuration.origins)
    let origins = opened.map { MeteredOrigin($0.origin, name: $0.name) }
    let containers = ContainerTable(
      origins: origins.map { ($0.name, $0) }, containers: configuration.containers,
      tenants: configuration.tenants.map(\.name))
    let recorder = try NodeRecorder(configuration, lanes: loops.count, logger: logger)
    let cell = try await NodeCell.open(
      configuration, shards: loops.count, group: group, client: client, logger: logger)
    let start = Shard.now
    let built = try await ShardBuilder(
      configuration: configuration, loops: loops, origin: containers, cell: cell,
      recorder: recorder, logger: logger
    ).build()
    let seconds = Double(Shard.now - start) / 1e9
    let shards = ShardSet(built.shards)
    let objects = ObjectService(
      ObjectService.Settings(
        blockBytes: configuration.blockBytes,
        readDeadlineNanoseconds: configuration.readDeadlineNanoseconds,
        readAhead: configuration.readAhead, salts: configuration.salts),
      shards: shards, containers: containers, cell: cell?.directory)
    return NodeParts(
      configuration: configuration, logger: logger, group: group, fileThreads: fileThreads,
      client: client, origins: origins, containers: containers, shards: shards, objects: objects,
      cell: cell, recorder: recorder, recoveredBlocks: built.recovered, recoverySeconds: seconds)
  }

  /// One pool of connections for all origins. Nothing is retried here: that is the core's business.
  private static var clientSettings: HTTPClient.Configuration {
    var settings = HTTPClient.Configuration()
    settings.redirectConfiguration = .disallow
    settings.timeout.connect = .seconds(2)
    settings.timeout.read = .seconds(10)
    settings.connectionPool.idleTimeout = .seconds(60)
    settings.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 256
    settings.httpVersion = .http1Only
    return settings
  }
}

extension NodeConfiguration {
  /// The tenants' salts by number; one that everybody may know for a node without tenants.
  var salts: [TenantSalt] {
    tenants.isEmpty ? [Tenant.salt(of: "everyone on this machine")] : tenants.map(\.salt)
  }
}
