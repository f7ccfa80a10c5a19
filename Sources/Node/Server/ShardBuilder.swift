internal import Foundation
internal import Logging
internal import NIOCore
internal import TarnCore

/// Builds the shards of a node: memory, flash, core, one of each for every event loop.
struct ShardBuilder {
  let configuration: NodeConfiguration
  let loops: [any EventLoop]
  let incarnation: UInt16
  let origin: any BlockOrigin
  let cell: NodeCell?
  let recorder: NodeRecorder?
  let logger: Logger

  /// The shards, with what the last run left on flash taken over.
  func build() async throws -> (shards: [Shard], recovered: Int) {
    let part = configuration.cache(ofShards: loops.count)
    try check(part)
    let shared = SharedConfiguration(part)
    let node = cell?.node ?? NodeID(0)
    var shards: [Shard] = []
    var recovered = 0
    for (number, loop) in loops.enumerated() {
      let memory = try PayloadMemory(
        capacityBytes: part.memoryBytes, largestBlock: Int(configuration.blockBytes),
        preparesPages: true)
      let flash = try flash(number, part, loop)
      let shard = Shard(
        ShardSettings(
          number: number, node: node, incarnation: incarnation, cache: shared, loop: loop,
          logger: logger), memory: memory, flash: flash, origin: origin, peers: cell?.pool,
        recording: try recorder?.recording(
          ofShard: number, node: node, incarnation: incarnation, part))
      recovered += try await loop.submit { shard.recover() }.get()
      shards.append(shard)
    }
    return (shards, recovered)
  }

  private func check(_ part: CacheConfiguration) throws {
    if let problem = part.problem() {
      throw NodeError(
        "cache: a shard's part of it, one of \(loops.count): \(problem); "
          + "give the node more, or fewer threads")
    }
    let least = UInt64(configuration.blockBytes) * 2
    if part.memoryBytes < least {
      throw NodeError(
        "cache.memory.capacity: a shard has \(part.memoryBytes) bytes of it, less than two blocks; "
          + "give at least \(least * UInt64(loops.count)) bytes, smaller blocks or fewer threads")
    }
  }

  private func flash(
    _ number: Int, _ part: CacheConfiguration, _ loop: any EventLoop
  ) throws -> (any FlashStore)? {
    guard part.flashBytes > 0 else { return nil }
    // What can't be made is named by the store, which needs it.
    try? FileManager.default.createDirectory(
      atPath: configuration.flash.directory, withIntermediateDirectories: true)
    return try SegmentStore(
      directory: configuration.flash.directory, flashBytes: part.flashBytes,
      segmentBytes: part.flashSegmentBytes, shard: number, shards: loops.count,
      settings: configuration.flash, loop: loop, logger: logger)
  }
}

/// The node cannot start or go on: a sentence that says why and what to do.
public struct NodeError: Error, Equatable, CustomStringConvertible {
  public var description: String
  public init(_ description: String) { self.description = description }
}
