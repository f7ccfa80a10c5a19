/// Chooses among the paths to the origin by what reads have lately cost on each.
///
/// - A read takes the path with the lowest expected cost; every 64th takes the healthy path that was
///   measured longest ago, and a path that was never tried comes first, or a path that got better
///   would never be found out.
/// - Three failures in a row suspend a path (an error, a 503, a time-out, a read that was given up
///   as slow). A single read probes it when its suspension ends; success reinstates it, failure
///   doubles the suspension.
/// - A path that may lack the object costs its own time, and the cheapest other path's as often as
///   it came away empty.
///
/// O(paths) a choice, at most four. Without a choice to make nothing is allocated; otherwise one
/// record a path, once.
struct OriginPaths: ~Copyable {
  /// A path, and whether this read probes one that was suspended.
  struct Choice: BitwiseCopyable, Equatable {
    var path: OriginPath
    var isProbe = false
  }

  /// How a read on a path ended.
  enum End: BitwiseCopyable {
    /// The bytes came, or the last word that there are none.
    case answered
    /// The path does not have the object; another may.
    case missed
    /// An error, a 503, or its time-out.
    case failed
    /// Given up because it took too long, for another path.
    case slow
    /// Nobody wanted it any more.
    case calledOff
  }

  /// Every so many reads explore.
  static let explorationPeriod: UInt32 = 64

  private let records: UnsafeMutablePointer<PathRecord>?
  private let count: Int
  private var choices: UInt32 = 0

  init(_ paths: [OriginPathConfiguration]) {
    count = paths.count
    guard paths.count > 1 else {
      records = nil
      return
    }
    let records = UnsafeMutablePointer<PathRecord>.allocate(capacity: paths.count)
    for (index, path) in paths.enumerated() {
      var record = PathRecord()
      record.penalty = path.penaltyMicroseconds
      record.isAuthoritative = path.isAuthoritative
      (records + index).initialize(to: record)
    }
    self.records = records
  }

  deinit { records?.deallocate() }

  var residentBytes: Int { records == nil ? 0 : count * MemoryLayout<PathRecord>.stride }

  /// Whether there is a choice at all.
  var isPlural: Bool { records != nil }

  /// What is known of `path`; only where there is a choice.
  subscript(path: OriginPath) -> PathRecord { base[Int(path.rawValue)] }

  private var base: UnsafeMutablePointer<PathRecord> {
    guard let records else { preconditionFailure("one path leaves no choice") }
    return records
  }

  // MARK: Choosing

  /// The path for a read of `length` bytes.
  ///
  /// - Parameters:
  ///   - tried: paths on which this read failed; taken again if no healthy one is left.
  ///   - empty: paths that do not have its object; never taken.
  mutating func choose(
    length: UInt32, tried: UInt8, empty: UInt8, at now: Instant
  ) -> Choice {
    choices &+= 1
    if let index = dueProbe(without: tried | empty, at: now) {
      base[index].postponeProbe(at: now)
      return Choice(path: OriginPath(index: index), isProbe: true)
    }
    if choices % OriginPaths.explorationPeriod == 0, let index = stalest(without: tried | empty) {
      return Choice(path: OriginPath(index: index))
    }
    if let index = cheapest(length, without: tried | empty) ?? cheapest(length, without: empty) {
      return Choice(path: OriginPath(index: index))
    }
    // All are suspended: whoever is read now is probed by it.
    let index = firstToRecover(without: empty)
    return Choice(path: OriginPath(index: index), isProbe: true)
  }

  /// Whether a healthy path is left that is not in `excluded`.
  func hasHealthy(without excluded: UInt8) -> Bool {
    (0..<count).contains { isHealthy($0, excluded) }
  }

  private func isHealthy(_ index: Int, _ excluded: UInt8) -> Bool {
    excluded & (1 << UInt8(index)) == 0 && !base[index].isSuspended
  }

  private func dueProbe(without excluded: UInt8, at now: Instant) -> Int? {
    (0..<count).first {
      excluded & (1 << UInt8($0)) == 0 && base[$0].isSuspended && base[$0].probeAt <= now
    }
  }

  private func stalest(without excluded: UInt8) -> Int? {
    var found: Int?
    for index in 0..<count where isHealthy(index, excluded) {
      if let known = found, base[known].measuredAt <= base[index].measuredAt { continue }
      found = index
    }
    return found
  }

  private func cheapest(_ length: UInt32, without excluded: UInt8) -> Int? {
    var elsewhere = Int64.max
    for index in 0..<count where isHealthy(index, excluded) && base[index].isAuthoritative {
      elsewhere = min(elsewhere, base[index].cost(length))
    }
    if elsewhere == .max { elsewhere = 0 }
    var found: (index: Int, cost: Int64)?
    for index in 0..<count where isHealthy(index, excluded) {
      let cost = base[index].cost(length) + elsewhere * base[index].missShare / 1024
      if let known = found, known.cost <= cost { continue }
      found = (index, cost)
    }
    return found?.index
  }

  private func firstToRecover(without empty: UInt8) -> Int {
    var found: Int?
    for index in 0..<count where empty & (1 << UInt8(index)) == 0 {
      if let known = found, base[known].probeAt <= base[index].probeAt { continue }
      found = index
    }
    guard let found else { preconditionFailure("some path has the last word") }
    return found
  }

  // MARK: Learning

  mutating func started(_ path: OriginPath) { base[Int(path.rawValue)].inFlight += 1 }

  mutating func waited(_ path: OriginPath, microseconds: Int64) {
    base[Int(path.rawValue)].waited(microseconds)
  }

  /// A read of `length` bytes ended after `microseconds`. True if that suspended its path.
  mutating func ended(
    _ choice: Choice, _ end: End, after microseconds: Int64, length: UInt32, at now: Instant
  ) -> Bool {
    let index = Int(choice.path.rawValue)
    precondition(base[index].inFlight > 0, "a read on a path ends once")
    base[index].inFlight -= 1
    switch end {
    case .answered:
      // What was learned while the path was failing says nothing of how it is now.
      if choice.isProbe { base[index].forget() }
      base[index].learn(microseconds, length, at: now)
      base[index].succeeded(isMiss: false, isProbe: choice.isProbe)
    case .missed:
      if choice.isProbe { base[index].forget() }
      base[index].learn(microseconds, 0, at: now)
      base[index].succeeded(isMiss: true, isProbe: choice.isProbe)
    case .failed:
      base[index].learn(microseconds + PathRecord.failureMicroseconds, length, at: now)
      return base[index].failed(isProbe: choice.isProbe, at: now)
    case .slow:
      base[index].learn(microseconds, length, at: now)
      return base[index].failed(isProbe: choice.isProbe, at: now)
    case .calledOff:
      // Those who wait may have less patience than we have: it took at least as long.
      let expected = base[index].expected(length)
      guard microseconds > expected else { return false }
      base[index].learn(microseconds, length, at: now)
      guard microseconds >= 2 * expected else { return false }
      return base[index].failed(isProbe: choice.isProbe, at: now)
    }
    return false
  }
}
