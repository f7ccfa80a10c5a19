import Logging
import NIOCore
import NIOPosix
import TarnCore
import TarnDecisions
import TarnTraceFormat
import Testing

@testable import TarnNode

/// Zeros, whatever block is wanted.
private struct ZeroOrigin: BlockOrigin {
  func read(_ locator: BlockLocator, by path: OriginPath, into payload: Payload)
    async throws(OriginError)
  {
    payload.bytes.initializeMemory(as: UInt8.self, repeating: 0)
  }
}

private final class NoWaiter: BlockWaiter, Sendable {
  func blockArrived(_ answer: BlockAnswer, tag: Int) {}
}

@Suite struct QuietShardTests {
  /// Steps in a recording, and whether it has its end.
  private func steps(_ path: String) throws -> (count: Int, isEnded: Bool) {
    var reader = try DecisionLogReader(path: path)
    var count = 0
    while let entry = try reader.next() { if case .step = entry { count += 1 } }
    return (count, reader.end == .finished)
  }

  @Test(.timeLimit(.minutes(1)))
  func `the last steps of a shard that falls quiet reach the disk`() async throws {
    let folder = RecordingFolder()
    let logger = RecordedLog().logger
    var configuration = CacheConfiguration()
    configuration.memoryBytes = 4 << 20
    let header = DecisionLogHeader(
      node: NodeID(0), incarnation: 1, shard: 0, startedNanoseconds: 0,
      configuration: configuration)
    let decisions = try DecisionRecorder(
      directory: folder.path, node: "node", header: header, logger: logger)
    let path = decisions.path
    let traces = try TraceRecorder(
      directory: folder.path, about: .init(node: "node", blockBytes: 65_536), lanes: 1,
      start: Shard.now, logger: logger)
    let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    let shard = Shard(
      ShardSettings(
        number: 0, node: NodeID(0), incarnation: 1, cache: SharedConfiguration(configuration),
        loop: group.next(), logger: logger),
      memory: try PayloadMemory(capacityBytes: 4 << 20, largestBlock: 65_536), flash: nil,
      origin: ZeroOrigin(), peers: nil,
      recording: ShardRecording(traces: traces, lane: 0, decisions: decisions))
    let object = ObjectVersion(
      tenant: TenantID(0), salt: TenantSalt(key0: 1, key1: 2), container: "c", key: "k",
      version: "\"1\"", size: 65_536, blockBytes: 65_536)
    try await shard.loop.submit {
      let locator = BlockLocator(object: object, index: 0)
      _ = shard.read(
        BlockRead(locator: locator, key: locator.key, deadline: Shard.now + 10_000_000_000),
        waiter: NoWaiter(), tag: 0)
    }.get()
    // The read and the origin's answer; nothing follows them.
    while try steps(path).count < 2 { try await Task.sleep(for: .milliseconds(20)) }
    #expect(try !steps(path).isEnded)
    try await shard.loop.submit { shard.finishRecording() }.get()
    #expect(try steps(path).isEnded)
    traces.finish()
    try await group.shutdownGracefully()
  }
}
