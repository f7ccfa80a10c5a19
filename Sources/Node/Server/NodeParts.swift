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
    let threads = configuration.threads ?? HostResources.read().processors
    let group = MultiThreadedEventLoopGroup(numberOfThreads: threads)
    let fileThreads = NIOThreadPool(numberOfThreads: max(4, threads))
    fileThreads.start()
    let client = HTTPClient.forOrigins(group: group)
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
    let origins = opened.flatMap(\.all)
    let containers = ContainerTable(
      origins: opened.map { ($0.name, $0.origin) },
      paths: Dictionary(opened.map { ($0.name, $0.others as [any Origin]) }) { first, _ in first },
      containers: configuration.containers,
      tenants: configuration.tenants.map(\.name))
    let incarnation = UInt16.random(in: 1...UInt16.max)
    let joined = try await configuration.cell.map {
      CellBuilder(
        cell: $0, blockBytes: configuration.blockBytes, salts: configuration.salts,
        shards: loops.count, incarnation: incarnation, group: group, logger: logger)
    }?.build()
    let cell = joined?.cell
    let start = Shard.now
    let recorder: NodeRecorder?
    let built: (shards: [Shard], recovered: Int)
    do {
      recorder = try NodeRecorder(
        configuration, node: cell?.node, lanes: loops.count, logger: logger)
      built = try await ShardBuilder(
        configuration: configuration, loops: loops, incarnation: incarnation, origin: containers,
        cell: cell, recorder: recorder, logger: logger
      ).build()
    } catch {
      await cell?.stop()
      throw error
    }
    let seconds = Double(Shard.now - start) / 1e9
    let shards = ShardSet(built.shards)
    for origin in origins { origin.needsLeave(of: shards) }
    var settings = ObjectService.Settings(
      blockBytes: configuration.blockBytes,
      readDeadlineNanoseconds: configuration.readDeadlineNanoseconds,
      readAhead: configuration.readAhead, salts: configuration.salts)
    settings.earlyBytes = configuration.cache.memoryBytes / 16
    let objects = ObjectService(
      settings, shards: shards, containers: containers, cell: cell?.directory)
    if let joined {
      await joined.cell.open(
        shards: shards, objects: objects, membership: joined.membership)
    }
    return NodeParts(
      configuration: configuration, logger: logger, group: group, fileThreads: fileThreads,
      client: client, origins: origins, containers: containers, shards: shards, objects: objects,
      cell: cell, recorder: recorder, recoveredBlocks: built.recovered, recoverySeconds: seconds)
  }
}

extension NodeConfiguration {
  /// The tenants' salts by number; one that everybody may know for a node without tenants.
  var salts: [TenantSalt] {
    tenants.isEmpty ? [Tenant.salt(of: "everyone on this machine")] : tenants.map(\.salt)
  }
}

extension NodeParts {
  /// The flash tiers of all shards.
  var segmentStores: [SegmentStore] { shards.shards.compactMap { $0.flash as? SegmentStore } }

  /// Closes everything, in the order in which nothing misses what it still needs.
  func close() async {
    await cell?.stop()
    for shard in shards.shards {
      try? await shard.loop.submit {
        shard.refuseLeaves()
        shard.finishRecording()
      }.get()
      await shard.flash?.close()
    }
    recorder?.traces.finish()
    for origin in origins { await origin.shutdown() }
    try? await client.shutdown()
    try? await fileThreads.shutdownGracefully()
    try? await group.shutdownGracefully()
  }
}
