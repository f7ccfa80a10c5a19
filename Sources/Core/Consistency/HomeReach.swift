/// Whether the home of objects is worth asking: who is cut off from it learns so from a few
/// questions, not from every one.
///
/// Three questions in a row without an answer, and it counts as out of reach; from then on one
/// question a second finds out whether it is back. All others are decided at once by what is
/// remembered, see `VersionRule.mayUseUnanswered`.
public struct HomeReach: Sendable, Equatable, BitwiseCopyable {
  /// Questions in a row without an answer that put a home out of reach.
  public static let failureLimit: UInt8 = 3
  /// From one question to a home that is out of reach to the next.
  public static let pauseNanoseconds: Nanoseconds = 1_000_000_000

  private var failures: UInt8 = 0
  private var asksAgainAt = Instant.zero

  /// A home that answers.
  public init() {}

  /// Whether it failed to answer so often that most do not ask.
  public var isLost: Bool { failures >= HomeReach.failureLimit }

  /// Whether a question is worth sending at `now`. True once a pause for a lost home: send it then.
  public mutating func mayAsk(at now: Instant) -> Bool {
    guard isLost else { return true }
    guard now >= asksAgainAt else { return false }
    asksAgainAt = now + HomeReach.pauseNanoseconds
    return true
  }

  /// It answered, whatever it said.
  public mutating func answered() { failures = 0 }

  /// It did not answer, or could not be reached.
  public mutating func failed(at now: Instant) {
    if failures < .max { failures += 1 }
    if failures == HomeReach.failureLimit { asksAgainAt = now + HomeReach.pauseNanoseconds }
  }
}
