import TarnCore

@testable import TarnNode

extension NodeSnapshot {
  /// A snapshot in which every part of a node has counted something.
  static var full: NodeSnapshot {
    var snapshot = NodeSnapshot()
    snapshot.flashEngine = "uring"
    snapshot.isReady = true
    snapshot.tiers = [
      Tier(name: "memory", bytes: 1_000, capacityBytes: 2_000, blocks: 3),
      Tier(name: "flash", bytes: 10_000, capacityBytes: 20_000, blocks: 30),
    ]
    snapshot.core.memoryEvictions = 5
    snapshot.reads.answered(BlockAnswer(payload: nil, source: .memory, failure: .none), after: 0)
    snapshot.reads.answered(
      BlockAnswer(payload: nil, source: .origin, failure: .none), after: 30_000_000)
    for _ in 1..<70 {
      snapshot.reads.answered(BlockAnswer(payload: nil, source: .memory, failure: .none), after: 0)
    }
    snapshot.reads.answered(
      BlockAnswer(payload: nil, source: .none, failure: .deadline), after: 60_000_000_000)
    for _ in 0..<6 {
      snapshot.reads.answered(
        BlockAnswer(payload: nil, source: .none, failure: .overloaded), after: 0)
    }
    snapshot.tenants = [
      TenantReads(tenant: "a \"b\"\\\n", reads: [1, 2, 3, 4, 5], bytes: [10, 20, 30, 40, 0])
    ]
    var origin = OriginCounts(name: "s3")
    origin.requests = 12
    origin.bytes = 4_096
    origin.throttled = 2
    origin.questions = 5
    origin.questionsDeferred = 3
    origin.questionsRefused = 1
    origin.isReachable = true
    snapshot.origins = [origin, OriginCounts(name: "unasked")]
    var flash = Flash()
    flash.reads = 9
    flash.recoverySeconds = 0.25
    flash.isHealthy = false
    snapshot.flash = flash
    var peers = Peers(cell: "east")
    peers.members = 4
    peers.linksUp = 3
    peers.viewAgeSeconds = 12.5
    peers.drops = [("queue-full", 8)]
    snapshot.peers = peers
    snapshot.http.connectionsOpen = 2
    snapshot.http.requests = [("get-object", 2, 90), ("get-object", 5, 1)]
    snapshot.http.refused = [("too-many-connections", 4)]
    snapshot.payloadResidentBytes = 65_536
    snapshot.process = ProcessFigures.read()
    snapshot.allocatedBytes = 123_456
    snapshot.recording = Recording(records: 40, drops: 2)
    return snapshot
  }
}
