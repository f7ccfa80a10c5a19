public import Logging
public import NIOCore
public import TarnCore

/// Reads blocks from the origin of their container.
public protocol BlockOrigin: Sendable {
  /// Reads the block's bytes, all of them, of exactly its version, by the path that the core chose.
  func read(
    _ locator: BlockLocator, by path: OriginPath, into payload: Payload
  ) async throws(OriginError)
}

/// What a shard is told once.
public struct ShardSettings {
  /// Which of the node's shards it is.
  public var number: Int
  /// The node in its cell.
  public var node: NodeID
  /// How often the node has started before.
  public var incarnation: UInt16
  /// The shard's part of the node's cache.
  public var cache: SharedConfiguration
  public var loop: any EventLoop
  public var logger: Logger

  public init(
    number: Int, node: NodeID, incarnation: UInt16, cache: SharedConfiguration,
    loop: any EventLoop, logger: Logger
  ) {
    self.number = number
    self.node = node
    self.incarnation = incarnation
    self.cache = cache
    self.loop = loop
    self.logger = logger
  }
}

/// A block that a client wants.
struct BlockRead: Sendable {
  var locator: BlockLocator
  /// The locator's key, which costs a hash to compute.
  var key: BlockKey
  var deadline: Instant
  /// It was asked for before, and refused for want of memory.
  var isAgain = false
}
