import TarnCore

/// A token bucket in 8 bytes: the generic cell rate algorithm (ITU-T I.371), which keeps the time at
/// which all that it admitted would have been served at the limited rate.
struct RateLimit: BitwiseCopyable {
  private var servedBy: UInt64 = 0

  /// How long until something would be admitted; 0 for now. `burst` is the bucket's depth: what it
  /// admits at once after a silence, as the time that it takes at the limited rate.
  @inline(__always)
  func wait(at now: Instant, burst: Nanoseconds) -> Nanoseconds {
    let ahead = Instant(nanoseconds: servedBy) - now
    return ahead > burst ? ahead - burst : 0
  }

  /// Takes `cost` nanoseconds' worth of the limited rate.
  @inline(__always)
  mutating func take(_ cost: Nanoseconds, at now: Instant) {
    servedBy = max(servedBy, now.nanoseconds) + cost
  }

  /// True if a limit that is forgotten now forgets nothing.
  @inline(__always)
  func isIdle(at now: Instant) -> Bool { servedBy <= now.nanoseconds }
}
