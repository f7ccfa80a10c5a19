internal import Synchronization

/// Decides which objects are opened by reading: the origin's answer to a GET of the block that is
/// wanted first tells all that HEAD tells, so that a cold object costs one request and not two.
///
/// That block lies outside of the core's memory until the core asks for it, so its bytes are bounded
/// here. And it is wasted where the cache turns out to have it, say on flash after a restart, when
/// nothing is known of objects any more: what was wasted lately weighs more than what was of use,
/// and where the balance is negative only one open in sixteen tries.
final class EarlyReads: Sendable {
  private struct State {
    var bytes: UInt64 = 0
    var balance = 0
    var turnedDown = 0
  }
  private static let mostBalance = 16
  private static let cost = 4
  private static let trialInterval = 16

  private let limit: UInt64
  private let state = Mutex(State())

  /// - Parameter limit: bytes that may be on their way and not taken over by a core, together.
  init(limit: UInt64) { self.limit = limit }

  /// Bytes that are spoken for.
  var bytes: UInt64 { state.withLock { $0.bytes } }

  /// Room for one block of up to `bytes` bytes; nil if there is none, or if it would rather be wasted.
  func reserve(_ bytes: UInt64) -> EarlyReservation? {
    let isGranted = state.withLock { state in
      if state.balance < 0 {
        state.turnedDown += 1
        guard state.turnedDown.isMultiple(of: Self.trialInterval) else { return false }
      }
      guard state.bytes + bytes <= limit else { return false }
      state.bytes += bytes
      return true
    }
    return isGranted ? EarlyReservation(self, bytes) : nil
  }

  fileprivate func release(_ bytes: UInt64) { state.withLock { $0.bytes -= bytes } }

  fileprivate func note(wasOfUse: Bool) {
    state.withLock {
      $0.balance =
        wasOfUse
        ? min(Self.mostBalance, $0.balance + 1) : max(-Self.mostBalance, $0.balance - Self.cost)
    }
  }
}

/// Room for a block that comes early; given back with the last reference.
final class EarlyReservation: Sendable {
  private let reads: EarlyReads
  private let bytes: Mutex<UInt64>

  fileprivate init(_ reads: EarlyReads, _ bytes: UInt64) {
    self.reads = reads
    self.bytes = Mutex(bytes)
  }

  deinit { reads.release(bytes.withLock { $0 }) }

  /// The block has only so many bytes.
  func shrink(to length: UInt64) {
    let rest = bytes.withLock { bytes in
      let rest = bytes - min(bytes, length)
      bytes -= rest
      return rest
    }
    reads.release(rest)
  }

  /// Whether a core took the block, or it came for nothing.
  func note(wasOfUse: Bool) { reads.note(wasOfUse: wasOfUse) }
}
