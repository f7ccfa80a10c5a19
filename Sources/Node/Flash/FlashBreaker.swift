internal import TarnCore

/// Stops writing to a device that fails again and again, and tries it once in a while.
///
/// The breaker of Nygard, "Release It!", 2007: after `limit` failures in a row writes are turned
/// away for a pause; then one is let through, and its end decides between a longer pause and none.
struct FlashBreaker {
  static let limit = 8
  static let firstPause: Nanoseconds = 1_000_000_000
  static let longestPause: Nanoseconds = 60_000_000_000

  private(set) var failuresInARow = 0
  private var pause = FlashBreaker.firstPause
  private var closedUntil: UInt64 = 0
  private var isProbing = false
  /// What the last failure said.
  private(set) var reason = ""

  var isTripped: Bool { failuresInARow >= Self.limit }

  /// Whether a write may go to the device now; the one that may after a pause is the probe.
  mutating func allows(at now: UInt64) -> Bool {
    guard isTripped else { return true }
    guard now >= closedUntil, !isProbing else { return false }
    isProbing = true
    return true
  }

  mutating func succeeded() {
    failuresInARow = 0
    pause = Self.firstPause
    isProbing = false
  }

  /// True if writes are turned away from now on.
  mutating func failed(_ reason: String, at now: UInt64) -> Bool {
    self.reason = reason
    failuresInARow += 1
    guard isTripped else { return false }
    // Failures of writes that were under way when it tripped don't lengthen the pause.
    guard isProbing || failuresInARow == Self.limit else { return false }
    if isProbing { pause = min(pause * 2, Self.longestPause) }
    isProbing = false
    closedUntil = now + pause
    return true
  }

  /// The probe ended without having reached the device.
  mutating func probeWasLost() { isProbing = false }
}
