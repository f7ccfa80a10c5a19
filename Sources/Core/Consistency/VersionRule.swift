/// Whether what is remembered of an object may be used: the one rule of every cache that opens
/// objects, in the node and in the simulator.
///
/// A version is known to have been current at some moment after the question about it was sent. So
/// the age of what is known counts from the sending, not from the answer: whoever uses it within the
/// bound of that moment opens a version that was replaced within the bound of his asking, however
/// long the answer was under way.
///
/// Where a cell's home of a name remembers too, an answer may have lain there before it lies here.
/// Answers carry no age, so each of the two keepers uses what it was told for half of the bound.
public struct VersionRule: Sendable, Equatable, BitwiseCopyable {
  /// The promise.
  public var consistency: Consistency
  /// Memories that an answer may lie in, one after the other, before it is used.
  public var keepers: UInt8

  /// A rule for answers that pass through so many memories, 1 or 2 today.
  public init(_ consistency: Consistency, keepers: UInt8 = 1) {
    precondition(keepers > 0, "who asks may remember the answer")
    self.consistency = consistency
    self.keepers = keepers
  }

  /// How long a keeper uses what it was told before it asks again.
  public var term: Nanoseconds {
    switch consistency {
    case .immutable: .max
    case .validate: 0
    case .ttl(let bound): bound / Nanoseconds(keepers)
    }
  }

  /// The earliest moment at which a question may have been sent whose answer will do for someone who
  /// asks at `now`: so he may join a question that is under way, or has to wait for the next.
  public func earliestQuestion(at now: Instant) -> Instant {
    Instant(nanoseconds: now.nanoseconds - min(term, now.nanoseconds))
  }

  /// Whether what is remembered may be used at `now` without asking.
  public func mayUse(_ version: RememberedVersion, at now: Instant) -> Bool {
    version.askedAt >= earliestQuestion(at: now)
  }

  /// Whether what is remembered may be used at `now` although those who know did not answer. Up to
  /// the bound, if the home itself said so: no other memory has used up a part of it.
  public func mayUseUnanswered(_ version: RememberedVersion, at now: Instant) -> Bool {
    guard case .ttl(let bound) = consistency, version.isFirstHand else {
      return mayUse(version, at: now)
    }
    return now - version.askedAt <= bound
  }

  /// Whether only the origin's word will do, not that of another memory in the cell.
  ///
  /// - Parameter isDoubtful: what was known proved to be old, and others may still believe it.
  public func needsOrigin(isDoubtful: Bool) -> Bool { consistency == .validate || isDoubtful }
}

/// When what is remembered of an object was learnt, and from whom.
public struct RememberedVersion: Sendable, Equatable, BitwiseCopyable {
  /// When the question was sent whose answer this is.
  public var askedAt: Instant
  /// Whether the object's origin answered, and not another memory of the cell.
  public var isFirstHand: Bool

  /// An answer to a question of `askedAt`.
  public init(askedAt: Instant, isFirstHand: Bool) {
    self.askedAt = askedAt
    self.isFirstHand = isFirstHand
  }
}
