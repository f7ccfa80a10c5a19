/// What an eviction policy sees of the entries that it orders, whatever table keeps them.
///
/// Two tables conform: `BlockTable`, a tier's, whose entries are blocks with state, and `KeyTable`,
/// a shadow cache's, whose entries are keys alone. A policy is written once, against this, and
/// compiled for each.
public protocol EntryTable: ~Copyable {
  /// What names an entry.
  associatedtype Key: CacheKey

  /// Every slot ever handed out is smaller.
  var slotLimit: UInt32 { get }
  /// The entry's name.
  func key(of slot: Slot) -> Key
  /// Bytes of payload; 1 where all are counted alike.
  func length(of slot: Slot) -> UInt32
  /// The policy's links, free for its use while it holds the entry.
  subscript(links slot: Slot) -> Links { get set }
  /// The policy's byte: queue, frequency, visited bit.
  subscript(mark slot: Slot) -> UInt8 { get set }
  /// Notes that a policy took the entry, which none must hold.
  mutating func enterPolicy(_ slot: Slot)
  /// Notes that the entry's policy let go of it.
  mutating func leavePolicy(_ slot: Slot)
  /// Stops the program unless a policy holds the entry, in tables whose entries may be held by none.
  func checkInPolicy(_ slot: Slot)
  /// Brings what `remove` of this slot will read closer.
  func prefetchRemoval(of slot: Slot)
}

/// What names an entry, as eviction policies see it: something to hash.
public protocol CacheKey: BitwiseCopyable, Equatable {
  /// Where an index files it; home and tag come from different bits.
  var indexHash: UInt64 { get }
  /// What stands for it among ghosts; never 0.
  var ghostFingerprint: UInt32 { get }
  /// What stands for it in sketches and samples; independent of `indexHash`.
  var sketchHash: UInt64 { get }
}

/// An entry's neighbours in its policy's list.
public struct Links: BitwiseCopyable, Sendable {
  /// Towards the more recent end.
  public var previous: Slot = .none
  /// Towards the next victim.
  public var next: Slot = .none

  /// No neighbours.
  public init() {}
}

extension BlockKey: CacheKey {
  /// `low` alone; `high` decides placement, so one node's keys share its bits.
  @inline(__always)
  public var indexHash: UInt64 { mix64(low) }

  public var ghostFingerprint: UInt32 {
    let mixed = mix64(low ^ (high &* 0x9e37_79b9_7f4a_7c15))
    return max(1, UInt32(truncatingIfNeeded: mixed &>> 32))
  }

  public var sketchHash: UInt64 {
    TarnCore.sketchHash(low &+ high &* 0xd6e8_feb8_6659_fd93 &+ 0xa076_1d64_78bd_642f)
  }
}

/// Two rounds of xor-shift and multiply, with other constants than `mix64`.
@inline(__always)
func sketchHash(_ seed: UInt64) -> UInt64 {
  var bits = seed
  bits = (bits ^ (bits &>> 32)) &* 0xd6e8_feb8_6659_fd93
  bits = (bits ^ (bits &>> 32)) &* 0xd6e8_feb8_6659_fd93
  return bits ^ (bits &>> 32)
}
