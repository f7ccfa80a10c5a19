/// Who of the cell does not answer: a small table of the troubled peers alone.
///
/// A peer that lets a request time out is pinged (*probing*); if the ping goes unanswered it is
/// *suspected* for a span, and look-ups pass it over; then it is on *trial*: asked again like
/// everyone, but the next unanswered ping makes it suspected for twice as long, up to 32 times.
/// Any answer clears it. While all is well there is no table: 8 bytes, and an answer costs a compare.
public struct PeerHealth: ~Copyable {
  /// The most peers in trouble at once; a cell with more has other worries.
  public static let capacity = 16
  private static let mostDoublings: UInt8 = 5

  private enum State: UInt8 { case probing, suspected, onTrial }

  private struct Row {
    var peer: NodeID
    var state: State
    /// Times that it was suspected since its last answer.
    var strikes: UInt8
    /// When the state ends; on trial: when the strikes are forgotten.
    var until: Instant
  }

  /// Room for `capacity` rows, or nil if nobody is in trouble.
  private var rows: UnsafeMutablePointer<Row>?
  private var count = 0

  /// Everyone is well.
  public init() {}

  deinit { rows?.deallocate() }

  /// Peers in the table.
  public var troubledPeers: Int { count }

  /// A request to `peer` went unanswered. True: send it a ping now; `noteAnswer` is expected within
  /// `pingTimeout`, else `expire` makes it a suspect.
  public mutating func noteTimeout(
    _ peer: NodeID, at now: Instant, pingTimeout: Nanoseconds
  ) -> Bool {
    let found = index(of: peer)
    if found >= 0, let rows {
      guard rows[found].state == .onTrial else { return false }
      rows[found].state = .probing
      rows[found].until = now + pingTimeout
      return true
    }
    let row = Row(peer: peer, state: .probing, strikes: 0, until: now + pingTimeout)
    insert(row)
    return true
  }

  /// `peer` sent something: it is well.
  @inline(__always)
  public mutating func noteAnswer(_ peer: NodeID) {
    guard rows != nil else { return }
    forget(peer)
  }

  /// True while look-ups should pass `peer` over.
  @inline(__always)
  public func isSuspect(_ peer: NodeID, at now: Instant) -> Bool {
    guard rows != nil else { return false }
    return isRowSuspect(peer, at: now)
  }

  /// Turns pings that were not answered by now into suspicion of `suspicion` (doubled for each
  /// earlier one), and suspicion that is over into a trial. Returns how many became suspects.
  @discardableResult
  public mutating func expire(at now: Instant, suspicion: Nanoseconds) -> Int {
    guard let rows else { return 0 }
    var suspects = 0
    var index = 0
    while index < count {
      guard rows[index].until <= now else {
        index += 1
        continue
      }
      switch rows[index].state {
      case .probing:
        rows[index].state = .suspected
        rows[index].until = now + suspicion << UInt64(rows[index].strikes)
        rows[index].strikes = min(rows[index].strikes + 1, Self.mostDoublings)
        suspects += 1
        index += 1
      case .suspected:
        rows[index].state = .onTrial
        rows[index].until = now + suspicion << UInt64(Self.mostDoublings)
        index += 1
      case .onTrial: remove(at: index)
      }
    }
    return suspects
  }

  /// When `expire` has something to do that matters: the end of a ping or of a suspicion.
  public var nextDeadline: Instant {
    guard let rows else { return .never }
    var next = Instant.never
    for index in 0..<count where rows[index].state != .onTrial {
      next = min(next, rows[index].until)
    }
    return next
  }

  /// Forgets the peers that are no members of `view`.
  public mutating func forgetStrangers(to view: ClusterView.Handle) {
    guard let rows else { return }
    for index in stride(from: count - 1, through: 0, by: -1)
    where !view.contains(rows[index].peer) {
      remove(at: index)
    }
  }

  @inline(never)
  private mutating func forget(_ peer: NodeID) {
    let found = index(of: peer)
    if found >= 0 { remove(at: found) }
  }

  @inline(never)
  private func isRowSuspect(_ peer: NodeID, at now: Instant) -> Bool {
    let found = index(of: peer)
    guard found >= 0, let rows else { return false }
    return rows[found].state == .suspected && now < rows[found].until
  }

  /// The peer's row, or -1.
  private func index(of peer: NodeID) -> Int {
    guard let rows else { return -1 }
    for index in 0..<count where rows[index].peer == peer { return index }
    return -1
  }

  /// Adds a row, in place of the one that ends soonest if the table is full.
  private mutating func insert(_ row: Row) {
    if rows == nil { rows = .allocate(capacity: Self.capacity) }
    guard let rows else { return }
    guard count == Self.capacity else {
      rows[count] = row
      count += 1
      return
    }
    var soonest = 0
    for index in 1..<count where rows[index].until < rows[soonest].until { soonest = index }
    rows[soonest] = row
  }

  private mutating func remove(at index: Int) {
    guard let rows else { return }
    count -= 1
    rows[index] = rows[count]
    guard count == 0 else { return }
    rows.deallocate()
    self.rows = nil
  }
}
