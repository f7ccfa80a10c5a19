public import TarnCore

/// Where a block's bytes come from: what a core, which knows only keys, cannot tell its driver.
public struct BlockLocator: Sendable {
  /// The object.
  public var object: ObjectVersion
  /// Which block of it.
  public var index: UInt32
  /// The block `index` of `object`.
  public init(object: ObjectVersion, index: UInt32) {
    self.object = object
    self.index = index
  }

  /// The block's key.
  public var key: BlockKey {
    object.identity.block(index: index, blockBytes: object.blockBytes)
  }
  /// Which bytes of the object it is.
  public var range: Range<UInt64> {
    let start = UInt64(index) * UInt64(object.blockBytes)
    return start..<min(start + UInt64(object.blockBytes), object.size)
  }
  /// Bytes in the block.
  public var length: UInt32 { UInt32(range.count) }
}

/// One version of one object, shared by all of its blocks that are under way.
public final class ObjectVersion: Sendable {
  public let tenant: TenantID
  /// As clients name it; `Containers` says which origin it is of.
  public let container: String
  public let key: String
  /// The origin's ETag.
  public let version: String
  /// Bytes of the object.
  public let size: UInt64
  /// Bytes of its blocks, the last one perhaps shorter.
  public let blockBytes: UInt32
  /// Its name under the tenant's salt.
  public let identity: ObjectIdentity

  public init(
    tenant: TenantID, salt: TenantSalt, container: String, key: String, version: String,
    size: UInt64, blockBytes: UInt32
  ) {
    self.tenant = tenant
    self.container = container
    self.key = key
    self.version = version
    self.size = size
    self.blockBytes = blockBytes
    identity = ObjectIdentity(salt: salt, container: container, object: key, version: version)
  }
}
