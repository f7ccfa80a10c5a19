/// How one origin path has done lately: what the choice between paths needs of it. Integers only.
///
/// The expected time of a read is a fixed part and a part that grows with the length, both learned
/// from every read that ends: a normalised least-mean-squares filter of two weights (Widrow and Hoff
/// 1960; gain 1/4), which for reads of one length is an exponentially weighted mean. The time that a
/// rationed path makes a read wait for its grant is learned beside it.
struct PathRecord: BitwiseCopyable, Equatable {
  /// Expected before anything is measured, microseconds.
  static let unmeasuredMicroseconds: Int64 = 50_000
  /// What a failed read counts for besides its time, microseconds.
  static let failureMicroseconds: Int64 = 250_000
  /// Failures in a row that suspend a path.
  static let failureLimit: UInt8 = 3
  /// The first suspension; each failed probe doubles it, up to the longest.
  static let suspensionNanoseconds: Nanoseconds = 1_000_000_000
  static let longestSuspensionNanoseconds: Nanoseconds = 60_000_000_000
  /// A read is given this long at least, and a healthy path no more than about `impatience`, before
  /// another path takes over.
  static let leastPatienceMicroseconds: Int64 = 250_000
  static let impatienceMicroseconds: Int64 = 750_000
  /// The length that `transfer` is stated for, KiB.
  private static let referenceKiB: Int64 = 4096
  private static let longestKiB: Int64 = 65_536

  /// Microseconds of any read, and of each `referenceKiB` of it.
  private(set) var fixed: Int64 = 0
  private(set) var transfer: Int64 = 0
  /// Microseconds that a grant takes.
  private(set) var wait: Int64 = 0
  /// Reads under way.
  var inFlight: UInt32 = 0
  var penalty: UInt32 = 0
  /// Reads that found nothing here, of 1024; stays 0 where that is the last word.
  private(set) var missShare: Int64 = 0
  private(set) var failures: UInt8 = 0
  private(set) var suspensions: UInt8 = 0
  private(set) var isMeasured = false
  var isAuthoritative = true
  private(set) var measuredAt = Instant.zero
  /// When a suspended path may be probed; `Instant.zero` if it is not suspended.
  private(set) var probeAt = Instant.zero

  var isSuspended: Bool { probeAt != .zero }

  /// Microseconds that a read of `length` bytes is expected to take once it has started.
  func expected(_ length: UInt32) -> Int64 {
    guard isMeasured else { return PathRecord.unmeasuredMicroseconds }
    return max(1, fixed + transfer * PathRecord.kibibytes(length) / PathRecord.referenceKiB)
  }

  /// What the choice compares, in microseconds; a path that nobody has tried costs nothing. Reads
  /// under way make it dearer, a sixteenth each, so that equal paths share the load.
  func cost(_ length: UInt32) -> Int64 {
    if !isMeasured, inFlight == 0 { return 0 }
    return (expected(length) + wait + Int64(penalty)) * (16 + Int64(inFlight)) / 16
  }

  /// Microseconds after which another path, if there is one, takes over.
  func patience(_ length: UInt32) -> Int64 {
    let expected = expected(length)
    let patience = max(4 * expected, PathRecord.leastPatienceMicroseconds)
    return min(patience, max(2 * expected, PathRecord.impatienceMicroseconds))
  }

  // MARK: Learning

  /// A read of `length` bytes took `sample` microseconds.
  mutating func learn(_ sample: Int64, _ length: UInt32, at now: Instant) {
    measuredAt = now
    let sample = min(max(1, sample), Int64(UInt32.max))
    let size = PathRecord.kibibytes(length)
    let reference = PathRecord.referenceKiB
    let norm = reference * reference + size * size
    // The first sample is believed; a later one moves the expectation by a quarter of its error.
    let error = isMeasured ? sample - expected(length) : sample * 4
    fixed = max(0, fixed + error * (reference * reference) / (4 * norm))
    transfer = max(0, transfer + error * (reference * size) / (4 * norm))
    isMeasured = true
  }

  /// The next measurement is the first.
  mutating func forget() {
    (fixed, transfer, isMeasured) = (0, 0, false)
  }

  /// A grant took `sample` microseconds.
  mutating func waited(_ sample: Int64) {
    let difference = min(sample, Int64(UInt32.max)) - wait
    // Rounded away from zero downwards: a wait that is over is forgotten entirely.
    wait += difference < 0 ? (difference - 3) / 4 : difference / 4
  }

  /// The path answered. `isMiss`: it had nothing, and another may.
  mutating func succeeded(isMiss: Bool, isProbe: Bool) {
    failures = 0
    if !isAuthoritative { missShare += ((isMiss ? 1024 : 0) - missShare) / 16 }
    guard isProbe else { return }
    probeAt = .zero
    suspensions = 0
  }

  /// The path failed, or was too slow. True if that suspends it.
  mutating func failed(isProbe: Bool, at now: Instant) -> Bool {
    if failures < .max { failures += 1 }
    guard failures >= PathRecord.failureLimit, !isSuspended || isProbe else { return false }
    postponeProbe(at: now)
    if suspensions < .max { suspensions += 1 }
    return true
  }

  /// One probe at a time: the next is due when this one has had its time.
  mutating func postponeProbe(at now: Instant) {
    let span = PathRecord.suspensionNanoseconds << UInt64(min(suspensions, 6))
    probeAt = now + min(span, PathRecord.longestSuspensionNanoseconds)
  }

  private static func kibibytes(_ length: UInt32) -> Int64 {
    min(Int64(length) / 1024, longestKiB)
  }
}
