/// How fast a cell's keeper grants, in thousandths of the cell's share of the origin.
///
/// The share is what the origin can give to all cells at once. A 503 within it means that the origin
/// gives less than it promised: the cell stops for the Retry-After and goes on with 30 % less; the rate
/// grows by 2 % of the share for each quiet 100 ms (additive increase, multiplicative decrease; Chiu
/// and Jain 1989).
///
/// Beyond it the cell borrows what other cells leave, up to its ceiling. Nobody but the origin knows how
/// much that is, so it feels its way as TCP does (Jacobson 1988):
/// - While reads wait longer than a burst the rate grows each 100 ms, by 2 % of the share, then by twice
///   as much each time, up to an eighth of itself; from where it was last refused, by 2 %. While none
///   waits, a sixteenth of it is given back each 100 ms.
/// - A 503 takes a quarter of it; if that was not enough, all that was borrowed, and for a while a
///   tenth of the share, to pay back.
/// - Where next to nothing is to be had, each attempt waits twice as long as the one before.
/// - Who keeps to its share does not stop for 503s that a borrower brought about: while fewer than half
///   of its reads are refused, and for no longer than a borrower takes to give back, it goes on;
///   after that a tenth slower.
///
/// With a ceiling of the share nothing is ever borrowed, and every 503 counts.
struct BudgetRate: BitwiseCopyable {
  /// The whole share.
  static let share: UInt32 = 1000
  private static let least: UInt32 = 20
  /// What an interval adds where it is not known that more is free.
  private static let increment: UInt32 = 20
  private static let interval: Nanoseconds = 100_000_000
  /// Until it shows at the origin that the rate was cut: grants lie ahead, and reads take their time.
  private static let reaction: Nanoseconds = 500_000_000
  /// 503s no further apart are of one overload.
  private static let overloadGap: Nanoseconds = 1_000_000_000
  /// What was refused this long ago says nothing of now.
  private static let memory: Nanoseconds = 30_000_000_000
  /// Borrowing that never came to more than this was not worth its 503s.
  private static let worthwhile: UInt32 = 1250
  private static let mostFutileAttempts: UInt8 = 6
  /// 503s that say nothing of the share of reads that are refused.
  private static let fewRefusals: UInt32 = 4

  /// The rate in force.
  private(set) var permille = BudgetRate.share
  /// Where borrowing was refused lately: growth is slow from there on.
  private var knownPermille = UInt32.max
  /// What the last interval of growth added.
  private var stride = BudgetRate.increment
  /// Reads granted and refused of late: both halve with every interval.
  private var granted: UInt32 = 0
  private var refusals: UInt32 = 0
  private var lastInterval = Instant.zero
  private var mayBorrowFrom = Instant.zero
  private var lastCut = Instant.zero
  private var overloadedSince = Instant.zero
  private var lastRefusal = Instant.zero
  private var hasWaited = false
  private var futileAttempts: UInt8 = 0

  /// A read got its grant.
  mutating func grants() { granted = granted < .max ? granted + 1 : .max }

  /// A read has to wait longer than a burst.
  mutating func waited() { hasWaited = true }

  /// Nothing is granted before `time`, and nothing grows.
  mutating func stopped(until time: Instant) { lastInterval = max(lastInterval, time) }

  // MARK: Growth

  /// Lets the rate follow the intervals that have passed.
  mutating func advance(to now: Instant, ceiling: UInt32) {
    let intervals = (now - lastInterval) / Self.interval
    guard intervals > 0 else { return }
    lastInterval = lastInterval + intervals * Self.interval
    granted >>= UInt32(min(31, intervals))
    refusals >>= UInt32(min(31, intervals))
    // After a second's silence nobody waits any more.
    let isWanted = hasWaited && intervals < 10
    hasWaited = false
    if permille < Self.share {
      recover(intervals)
    } else if isWanted {
      borrow(at: now, ceiling: ceiling)
    } else {
      giveBack(intervals)
    }
  }

  private mutating func recover(_ intervals: UInt64) {
    let grown = permille + Self.increment * UInt32(min(50, intervals))
    permille = min(Self.share, grown)
  }

  private mutating func borrow(at now: Instant, ceiling: UInt32) {
    guard permille < ceiling, mayBorrowFrom <= now else { return }
    if now - lastCut > Self.memory { knownPermille = .max }
    if permille < knownPermille {
      permille = min(knownPermille, permille + stride)
      stride = min(2 * stride, permille / 8)
    } else {
      permille += Self.increment
    }
    permille = min(ceiling, permille)
    if permille >= Self.worthwhile { futileAttempts = 0 }
  }

  private mutating func giveBack(_ intervals: UInt64) {
    stride = Self.increment
    guard permille > Self.share else { return }
    if intervals >= 10 { permille = Self.share }
    for _ in 0..<min(intervals, 10) { permille = max(Self.share, permille - permille / 16) }
  }

  // MARK: Refusals

  /// The origin answered 503. True if the cell has to stop for a while.
  ///
  /// - Parameter isStopped: it has stopped already: one overload brings many 503s at once, which
  ///   cut the rate once.
  mutating func refused(at now: Instant, ceiling: UInt32, isStopped: Bool) -> Bool {
    advance(to: now, ceiling: ceiling)
    if overloadedSince == .zero || now - lastRefusal > Self.overloadGap { overloadedSince = now }
    lastRefusal = now
    refusals = refusals < .max ? refusals + 1 : .max
    if permille > Self.share {
      returnBorrowed(at: now)
      return false
    }
    if ceiling > Self.share, refusals <= max(granted / 2, Self.fewRefusals) {
      yieldToBorrowers(at: now)
      return false
    }
    if !isStopped { permille = max(Self.least, permille * 7 / 10) }
    return true
  }

  private mutating func returnBorrowed(at now: Instant) {
    let isFirst = lastCut == .zero || now - lastCut >= 2 * Self.reaction
    guard isFirst || now - lastCut >= Self.reaction else { return }
    let isFutile = !isFirst || permille < Self.worthwhile
    if isFutile, futileAttempts < Self.mostFutileAttempts { futileAttempts += 1 }
    knownPermille = max(Self.share, isFirst ? permille / 4 * 3 : permille / 2)
    permille = isFirst ? knownPermille : Self.share / 10 * 9
    stride = Self.increment
    lastCut = now
    mayBorrowFrom = now + Self.reaction << UInt64(futileAttempts)
  }

  /// Others may be those who borrow; when they have had their time, the origin is a little short.
  private mutating func yieldToBorrowers(at now: Instant) {
    guard now - overloadedSince >= 2 * Self.reaction, now - lastCut >= Self.reaction else { return }
    permille = max(Self.least, permille / 10 * 9)
    lastCut = now
  }
}
