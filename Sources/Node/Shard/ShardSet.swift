internal import NIOCore
internal import TarnCore

/// The shards of a node: which one a block belongs to.
public final class ShardSet: Sendable {
  public let shards: [Shard]

  public init(_ shards: [Shard]) {
    precondition(!shards.isEmpty, "a node has a shard")
    self.shards = shards
  }

  /// The shard of a block. Mixed, because `low` as it is hashes a shard's own index.
  static func index(of key: BlockKey, among count: Int) -> Int {
    let mixed = (key.low ^ key.low >> 32) &* 0x9E37_79B9_7F4A_7C15
    return Int(mixed.multipliedFullWidth(by: UInt64(count)).high)
  }

  /// The executor of the shard on whose event loop this is called; nil on other threads.
  var executorHere: LoopExecutor? { shards.first { $0.loop.inEventLoop }?.executor }

  func shard(of key: BlockKey) -> Shard { shards[Self.index(of: key, among: shards.count)] }
}
