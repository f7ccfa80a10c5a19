internal import NIOCore
internal import TarnCore

/// What the parts of the node have counted, for metrics.
extension NodeServer {
  func snapshot() async -> NodeSnapshot {
    var snapshot = NodeSnapshot()
    snapshot.isReady = readiness.report.isReady
    await add(shards: parts.shards.shards, to: &snapshot)
    snapshot.origins = parts.origins.map(\.counts)
    addFlash(to: &snapshot)
    addPeers(to: &snapshot)
    addRequests(to: &snapshot)
    snapshot.process = ProcessFigures.read()
    snapshot.allocatedBytes = surroundings.allocatedBytes?()
    if let recorder = parts.recorder {
      snapshot.recording = NodeSnapshot.Recording(
        records: recorder.traces.recorded, drops: recorder.traces.dropped)
    }
    return snapshot
  }

  private func add(shards: [Shard], to snapshot: inout NodeSnapshot) async {
    var memory = NodeSnapshot.Tier(name: "memory", bytes: 0, capacityBytes: 0, blocks: 0)
    var flash = NodeSnapshot.Tier(name: "flash", bytes: 0, capacityBytes: 0, blocks: 0)
    for shard in shards {
      guard let figures = try? await shard.loop.submit({ shard.glance() }).get() else { continue }
      snapshot.core += figures.counters
      snapshot.reads += figures.reads
      memory += figures.memory
      flash += figures.flash
      snapshot.payloadResidentBytes += UInt64(shard.memory.residentBytes)
    }
    snapshot.tiers = flash.capacityBytes > 0 ? [memory, flash] : [memory]
  }

  private func addFlash(to snapshot: inout NodeSnapshot) {
    guard let first = parts.segmentStores.first else { return }
    var flash = NodeSnapshot.Flash()
    for store in parts.segmentStores {
      let counters = store.counters
      flash.reads += counters.reads
      flash.writes += counters.writes
      flash.moves += counters.moves
      flash.bytesRead += counters.bytesRead
      flash.bytesWritten += counters.bytesWritten
      flash.corrupt += counters.corrupt
      flash.readsFailed += counters.readsFailed
      flash.writesFailed += counters.writesFailed
      flash.writesRefused += counters.writesRefused
      flash.operationsUnderWay += counters.queueDepth
      flash.recoveredBlocks += counters.recoveredBlocks
      if store.health != .ok { flash.isHealthy = false }
    }
    flash.recoverySeconds = parts.recoverySeconds
    snapshot.flash = flash
    snapshot.flashEngine = first.engine.name
  }

  private func addPeers(to snapshot: inout NodeSnapshot) {
    guard let cell = parts.cell else { return }
    let counters = cell.pool.counters
    var peers = NodeSnapshot.Peers(cell: cell.name)
    peers.members = UInt64(cell.memberCount)
    peers.linksUp = counters.linksUp
    let confirmed = cell.confirmedAt
    peers.viewAgeSeconds = confirmed == .never ? 0 : Double(Shard.now - confirmed) / 1e9
    peers.framesSent = counters.framesSent
    peers.framesReceived = counters.framesReceived
    peers.bytesSent = counters.bytesSent
    peers.bytesReceived = counters.bytesReceived
    peers.drops = PeerDrop.allCases.map { ($0.name, counters[$0]) }
    snapshot.peers = peers
  }

  private func addRequests(to snapshot: inout NodeSnapshot) {
    let counters = clients.counters
    snapshot.http.connectionsOpen = counters.openConnections
    snapshot.http.connectionsAccepted = counters.connections
    snapshot.http.bytesReceived = counters.bytesIn
    snapshot.http.bytesSent = counters.bytesOut
    snapshot.http.refused = counters.refused.map { ("\($0.key)", $0.value) }
      .sorted { $0.0 < $1.0 }
    snapshot.http.requests = requests.requests
  }
}

extension Shard {
  /// What a shard's core has counted and holds.
  struct Glance: Sendable {
    var counters: CacheCounters
    var reads: ShardFigures
    var memory: NodeSnapshot.Tier
    var flash: NodeSnapshot.Tier
  }

  /// Looks at the core, on the shard's loop.
  func glance() -> Glance {
    Glance(
      counters: core.counters, reads: figures,
      memory: NodeSnapshot.Tier(
        name: "memory", bytes: core.memory.usedBytes, capacityBytes: core.memory.capacityBytes,
        blocks: UInt64(core.memory.count)),
      flash: NodeSnapshot.Tier(
        name: "flash", bytes: core.flash.usedBytes,
        capacityBytes: settings.cache.value.flashBytes, blocks: UInt64(core.flash.count)))
  }
}

extension NodeSnapshot.Tier {
  static func += (sum: inout Self, other: Self) {
    sum.bytes += other.bytes
    sum.capacityBytes += other.capacityBytes
    sum.blocks += other.blocks
  }
}
