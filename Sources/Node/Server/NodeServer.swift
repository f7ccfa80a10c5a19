public import Logging
internal import NIOCore
internal import NIOPosix
internal import Synchronization
internal import TarnCore

/// A whole node: shards, objects, peers, S3 and admin ports. What `tarn-node` runs.
///
/// ```swift
/// let node = try await NodeServer.start(configuration, logger: logger)
/// // until a signal says that it is enough
/// await node.stop(within: .seconds(30))
/// ```
public final class NodeServer: Sendable {
  /// What the process knows and the node cannot find out.
  public struct Surroundings: Sendable {
    /// Bytes that the allocator has given out.
    public var allocatedBytes: (@Sendable () -> UInt64)?
    /// Where log lines go, so that their level can change.
    public var log: LogStream?
    public init() {}
  }

  let parts: NodeParts
  let readiness: Readiness
  let surroundings: Surroundings
  private let pulse: LoopPulse
  let clients: HTTPServer
  private let admin: HTTPServer
  let requests: S3Counters
  /// What can change while the node runs.
  let current: Mutex<NodeConfiguration>

  private init(
    _ parts: NodeParts, clients: HTTPServer, requests: S3Counters, admin: HTTPServer,
    pulse: LoopPulse, readiness: Readiness, surroundings: Surroundings
  ) {
    self.parts = parts
    self.clients = clients
    self.requests = requests
    self.admin = admin
    self.pulse = pulse
    self.readiness = readiness
    self.surroundings = surroundings
    current = Mutex(parts.configuration)
  }

  // MARK: Start

  /// Opens origins, memory and flash, takes over what the last run left, joins the cell, listens.
  ///
  /// Throws a sentence that names what cannot be opened and the cure.
  public static func start(
    _ configuration: NodeConfiguration, logger: Logger,
    surroundings: Surroundings = Surroundings()
  ) async throws -> NodeServer {
    let parts = try await NodeParts.open(configuration, logger: logger)
    let (readiness, registry) = (Readiness(), MetricsRegistry())
    let pulse = LoopPulse(Array(parts.group.makeIterator()))
    let requests = S3Counters()
    let service = S3Service(
      objects: parts.objects, containers: parts.containers,
      access: S3Access(tenants: configuration.tenants), domain: configuration.domain,
      counters: requests)
    do {
      let clients = try await HTTPServer.bind(to: configuration.listen, group: parts.group) {
        S3Handler(service, on: $0)
      }
      let text = Mutex<@Sendable () -> String>({ "" })
      let pages = AdminPages(metrics: registry, readiness: readiness, pulse: pulse) {
        text.withLock { $0 }()
      }
      let admin = try await HTTPServer.bind(to: configuration.admin, group: parts.group) { _ in
        AdminHandler(pages)
      }
      let node = NodeServer(
        parts, clients: clients, requests: requests, admin: admin, pulse: pulse,
        readiness: readiness, surroundings: surroundings)
      text.withLock { $0 = { [weak node] in node?.current.withLock { $0.text() } ?? "" } }
      registry.collect("node") { [weak node] in await node?.snapshot().families ?? [] }
      readiness.enter(.ready)
      return node
    } catch {
      pulse.stop()
      await parts.close()
      throw error
    }
  }

  /// Where S3 clients connect.
  public var clientPort: Int { clients.port }
  /// Where metrics and health are.
  public var adminPort: Int { admin.port }
  /// Blocks that the last run left on flash, and how long it took to find them.
  public var recovered: (blocks: Int, seconds: Double) {
    (parts.recoveredBlocks, parts.recoverySeconds)
  }
  /// Event loops, and shards.
  public var threads: Int { parts.shards.shards.count }
  /// How the flash tier reaches its device; nil without one.
  public var flashDescription: String? { parts.segmentStores.first?.description }

  /// A container that can be asked for; nil if the origin tells none.
  public func exampleContainer() async -> String? {
    (try? await parts.containers.all(tenant: TenantID(0)))?.first?.name
  }

  // MARK: End

  /// Takes no new requests, ends those under way for as long as `limit`, closes everything in order.
  public func stop(within limit: Duration) async {
    readiness.enter(.draining)
    parts.logger.notice("draining", metadata: ["limit": "\(limit)"])
    let amount = TimeAmount.nanoseconds(
      Int64(clamping: limit.components.seconds) * 1_000_000_000)
    await clients.shutdown(within: amount)
    await admin.shutdown(within: .zero)
    pulse.stop()
    await parts.close()
  }

  // MARK: Change

  /// Takes over what can change while the node runs: eviction policies (nothing is flushed) and the
  /// level of the log. Answers the keys that need a restart.
  public func reload(_ new: NodeConfiguration) -> [String] {
    let old = current.withLock { $0 }
    var applied = old
    changeEviction(.memory, from: old.cache.memoryEviction, to: new.cache.memoryEviction)
    changeEviction(.flash, from: old.cache.flashEviction, to: new.cache.flashEviction)
    applied.cache.memoryEviction = new.cache.memoryEviction
    applied.cache.flashEviction = new.cache.flashEviction
    if let log = surroundings.log, let level = try? LogStream.level(named: new.log.level) {
      log.level = level
      applied.log.level = new.log.level
    }
    let effective = applied
    current.withLock { $0 = effective }
    return effective.differences(from: new)
  }

  private func changeEviction(
    _ tier: TierKind, from old: EvictionConfiguration, to new: EvictionConfiguration
  ) {
    guard old != new else { return }
    for shard in parts.shards.shards {
      shard.loop.execute { shard.step(.changeEviction(tier, new)) }
    }
    parts.logger.notice(
      "eviction changed", metadata: ["tier": "\(tier)", "policy": "\(new.kind.name)"])
  }
}

extension NodeConfiguration {
  /// The keys in which two configurations differ.
  func differences(from other: NodeConfiguration) -> [String] {
    let checks: [(String, Bool)] = [
      ("threads", threads == other.threads), ("listen", listen == other.listen),
      ("admin", admin == other.admin), ("cache", cache == other.cache),
      ("flash", flash == other.flash), ("block", blockBytes == other.blockBytes),
      ("origins", origins == other.origins), ("containers", containers == other.containers),
      ("tenants", tenants == other.tenants), ("cell", cell == other.cell),
      ("read_deadline", readDeadlineNanoseconds == other.readDeadlineNanoseconds),
      ("read_ahead", readAhead == other.readAhead), ("domain", domain == other.domain),
      ("recording", recording == other.recording), ("log", log == other.log),
    ]
    return checks.compactMap { $0.1 ? nil : $0.0 }
  }
}
