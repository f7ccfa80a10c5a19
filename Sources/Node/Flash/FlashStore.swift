public import TarnCore

/// Flash of one shard: carries out the core's flash effects.
///
/// All calls come from the shard's event loop and every completion is called there, later, once,
/// never from inside the call. Payload bytes stay alive until then.
public protocol FlashStore: AnyObject {
  /// Reads the block `key` into `payload`, whose count is the extent's length; `.corrupt` if its
  /// checksum or key is not what was stored.
  func read(
    _ extent: FlashExtent, key: BlockKey, into payload: Payload,
    completion: @escaping (FlashStatus) -> Void)
  /// Writes the block with its key and checksum. `.ok` means that a restart will find it, whatever
  /// becomes of the process.
  func write(
    _ extent: FlashExtent, key: BlockKey, tenant: TenantID, from payload: Payload,
    completion: @escaping (FlashStatus) -> Void)
  /// Copies a block that `from` holds, its key and checksum included, verified on the way.
  func move(
    from: FlashExtent, to: FlashExtent, completion: @escaping (FlashStatus) -> Void)
  /// The segment holds nothing any more.
  func discard(_ segment: UInt32)
  /// Calls `body` with every whole block that the last run left. Call it once, before all else.
  func recover(_ body: (RecoveredBlock) -> Void)
  /// Ends what is under way and closes the files.
  func close() async
}

/// A block that a restart found on flash.
public struct RecoveredBlock: Sendable, Equatable {
  public var key: BlockKey
  public var tenant: TenantID
  public var extent: FlashExtent
  public init(key: BlockKey, tenant: TenantID, extent: FlashExtent) {
    self.key = key
    self.tenant = tenant
    self.extent = extent
  }
}
