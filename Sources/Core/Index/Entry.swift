/// Where an entry lies in its table's slab; also the number of its memory slot.
public typealias Slot = UInt32

extension Slot {
  /// Stands for "no entry": the end of a list, or an absent block.
  public static let none: Slot = .max
}

/// One block that a tier holds or is filling. 32 bytes, no references.
///
/// `previous`, `next` and `policy` belong to the tier's eviction policy while the entry is in it;
/// an entry that is filling, pinned or an inner KV block is not, and its links are free for others.
public struct Entry: BitwiseCopyable {
  /// What block this is.
  public var key: BlockKey
  /// Bytes of payload.
  public var length: UInt32
  /// The policy's links, or free for others.
  public var links: Links
  /// Whose bytes these are.
  public var tenant: TenantID
  /// What state the entry is in.
  public var flags: EntryFlags
  /// The policy's own: queue, frequency, visited bit.
  public var policy: UInt8

  /// An entry that is in no list yet.
  public init(key: BlockKey, length: UInt32, tenant: TenantID) {
    self.key = key
    self.length = length
    self.links = Links()
    self.tenant = tenant
    self.flags = []
    self.policy = 0
  }
}

extension Entry {
  /// See `Links.previous`.
  public var previous: Slot {
    @inline(__always) get { links.previous }
    @inline(__always) set { links.previous = newValue }
  }
  /// See `Links.next`.
  public var next: Slot {
    @inline(__always) get { links.next }
    @inline(__always) set { links.next = newValue }
  }
}

/// What state a tier's entry is in.
public struct EntryFlags: OptionSet, Sendable, BitwiseCopyable {
  public let rawValue: UInt8
  public init(rawValue: UInt8) { self.rawValue = rawValue }

  /// The bytes are on their way in: not readable, not evictable; `next` names the flight.
  public static let filling = EntryFlags(rawValue: 1 << 0)
  /// A client asked to keep it: not evictable.
  public static let pinned = EntryFlags(rawValue: 1 << 1)
  /// The bytes are being written to flash: readable, not evictable.
  public static let draining = EntryFlags(rawValue: 1 << 2)
  /// The eviction policy holds it in a list.
  public static let inPolicy = EntryFlags(rawValue: 1 << 3)
  /// It is a KV block with a resident child: not evictable, its suffix goes first.
  public static let hasChildren = EntryFlags(rawValue: 1 << 4)
  /// It was brought in by prefetch and not asked for yet.
  public static let prefetched = EntryFlags(rawValue: 1 << 5)
  /// A KV block: it has no origin, only recomputation.
  public static let kv = EntryFlags(rawValue: 1 << 6)
}
