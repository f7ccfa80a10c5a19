public import TarnCore
internal import Synchronization

/// What the flash tier of one shard has done since it started.
public struct FlashCounters: Sendable, Equatable {
  /// Blocks read whole and right.
  public var reads: UInt64 = 0
  /// Blocks written, index entry included.
  public var writes: UInt64 = 0
  /// Blocks copied for cleaning.
  public var moves: UInt64 = 0
  /// Bytes that came from the device for blocks, whole pages.
  public var bytesRead: UInt64 = 0
  /// Bytes that went to the device, index pages included.
  public var bytesWritten: UInt64 = 0
  /// Writes of index pages: one may hold the entries of many blocks.
  public var indexWrites: UInt64 = 0
  /// Reads and moves whose bytes, key or place were not what was stored.
  public var corrupt: UInt64 = 0
  /// Reads and moves that the device failed.
  public var readsFailed: UInt64 = 0
  /// Writes and moves that the device failed.
  public var writesFailed: UInt64 = 0
  /// Writes and moves turned away because the device had failed too often just before.
  public var writesRefused: UInt64 = 0
  /// Writes that waited because a late write of the segment's last life was still under way.
  public var heldBack: UInt64 = 0
  /// Bytes that compression spared the device, whole pages.
  public var compressedBytesSaved: UInt64 = 0
  /// Operations under way, and the most so far.
  public var queueDepth: UInt64 = 0
  public var queueDepthMax: UInt64 = 0
  /// Blocks that the last run left, and how long finding them took.
  public var recoveredBlocks: UInt64 = 0
  public var recoveryNanoseconds: Nanoseconds = 0
  public init() {}
}

/// How the device does.
public enum FlashHealth: Sendable, Equatable {
  case ok
  /// The tier works in part; the reason is for people.
  case degraded(reason: String)
}

/// Counters and health, written by the event loop and read by any thread.
final class FlashStatistics: Sendable {
  private struct State {
    var counters = FlashCounters()
    var health = FlashHealth.ok
  }
  private let state = Mutex(State())

  var counters: FlashCounters { state.withLock { $0.counters } }
  var health: FlashHealth { state.withLock { $0.health } }

  func count(_ change: (inout FlashCounters) -> Void) { state.withLock { change(&$0.counters) } }
  func set(_ health: FlashHealth) { state.withLock { $0.health = health } }
}
