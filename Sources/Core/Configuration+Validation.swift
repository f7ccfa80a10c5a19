/// What a configuration may not be: checked once, where it is read, so that the core need not.
extension CacheConfiguration {
  /// A field, what is wrong with its value, and what would be right.
  public struct Problem: Error, Equatable, Sendable, CustomStringConvertible {
    /// The field's name in this type.
    public var field: String
    /// What is wrong, with the value and the bound.
    public var explanation: String
    public var description: String { "\(field) \(explanation)" }

    init(_ field: String, _ explanation: String) {
      self.field = field
      self.explanation = explanation
    }
  }

  /// Tenants that can have a quota.
  public static let quotaLimit = 63

  /// The first thing that cannot be; nil if all is well.
  public func problem() -> Problem? {
    if memoryBytes == 0 { return Problem("memoryBytes", "is 0; give the memory tier some bytes") }
    return headroomProblem ?? flashProblem ?? budgetProblem ?? pathProblem ?? fetchProblem
      ?? quotaProblem
  }

  private var headroomProblem: Problem? {
    guard memoryHeadroomPermille > 500 else { return nil }
    return Problem("memoryHeadroomPermille", "is \(memoryHeadroomPermille); use 500 or less")
  }

  private var flashProblem: Problem? {
    let alignment = FlashLog.alignmentBytes
    if flashSegmentBytes == 0 || !flashSegmentBytes.isMultiple(of: alignment) {
      return Problem(
        "flashSegmentBytes", "is \(flashSegmentBytes); use a multiple of \(alignment)")
    }
    let least = UInt64(FlashLog.segmentMinimum) * UInt64(flashSegmentBytes)
    if flashBytes > 0 && flashBytes < least {
      return Problem(
        "flashBytes", "is \(flashBytes); use 0 for no flash, or at least \(least), four segments")
    }
    if flashBytes > 128 << 40 {
      return Problem("flashBytes", "is \(flashBytes); use at most 128 TiB for one shard")
    }
    return nil
  }

  private var budgetProblem: Problem? {
    if originRequestsPerSecond == 0 {
      return Problem("originRequestsPerSecond", "is 0; allow at least 1")
    }
    if originBytesPerSecond == 0 {
      return Problem("originBytesPerSecond", "is 0; allow at least 1")
    }
    if originCeilingPermille < BudgetRate.share {
      return Problem(
        "originCeilingPermille",
        "is \(originCeilingPermille); use 1000, which is the budget itself, or more")
    }
    return rateProblem("originRequestsPerSecond", originRequestsPerSecond)
      ?? rateProblem("originBytesPerSecond", originBytesPerSecond)
  }

  /// Rates are multiplied with the ceiling, in 64 bits.
  private func rateProblem(_ field: String, _ rate: UInt64) -> Problem? {
    let most = UInt64.max / UInt64(originCeilingPermille)
    guard rate > most else { return nil }
    return Problem(
      field,
      "is \(rate); with a ceiling of \(originCeilingPermille) thousandths use at most \(most)")
  }

  private var pathProblem: Problem? {
    let limit = Int(OriginPath.limit)
    if originPaths.isEmpty || originPaths.count > limit {
      return Problem("originPaths", "names \(originPaths.count) paths; name 1 to \(limit)")
    }
    if !originPaths.contains(where: \.isAuthoritative) {
      return Problem(
        "originPaths", "has no path whose \"not found\" is the last word; make one authoritative")
    }
    let index = originPaths.firstIndex { $0.timeoutNanoseconds.map { $0 < 1_000_000 } ?? false }
    return index.map {
      Problem(
        "originPaths[\($0)].timeoutNanoseconds",
        "is \(originPaths[$0].timeoutNanoseconds ?? 0); allow at least 1000000, a millisecond")
    }
  }

  private var fetchProblem: Problem? {
    if fetch.owners == 0 || Int(fetch.owners) > Owners.mostNodes {
      return Problem("fetch.owners", "is \(fetch.owners); use 1 to \(Owners.mostNodes)")
    }
    if fetch.originAttempts == 0 {
      return Problem("fetch.originAttempts", "is 0; allow at least 1")
    }
    if fetch.flightLimit == 0 || fetch.flightLimit > 1 << 23 {
      return Problem("fetch.flightLimit", "is \(fetch.flightLimit); use 1 to \(1 << 23)")
    }
    return nil
  }

  private var quotaProblem: Problem? {
    if tenantQuotaPermille.count > Self.quotaLimit {
      return Problem(
        "tenantQuotaPermille",
        "names \(tenantQuotaPermille.count) tenants; at most \(Self.quotaLimit) can have a quota")
    }
    guard let index = tenantQuotaPermille.firstIndex(where: { $0 > 1000 }) else { return nil }
    return Problem(
      "tenantQuotaPermille[\(index)]",
      "is \(tenantQuotaPermille[index]); a share is at most 1000 thousandths")
  }
}
