@testable import TarnCore

/// Cells that know nothing of each other but the 503s of the origin that they share.
///
/// Each cell's keeper is the production budget. The origin is a token bucket of a second's depth, as
/// the simulator's accounts are: it takes 20 to 80 ms for a read, and refuses one with a 503 and a
/// Retry-After of a second. Time goes by milliseconds.
struct SharedOrigin {
  /// What a cell has got.
  struct Cell {
    var wanted = 0
    var served = 0
    var refused = 0
    fileprivate var owed = 0.0
    fileprivate var open = 0
  }

  private enum Event {
    case announcement(cell: Int, attempts: Int)
    case read(cell: Int, attempts: Int)
    case end(cell: Int)
    case refusal(cell: Int)
  }

  /// Reads a second that are a cell's share.
  static let share = 200
  /// The keepers' clock when it all begins.
  private static let epoch = 10_000
  private static let mostOpen = 500

  private(set) var cells: [Cell]
  private var budgets: [OriginBudget]
  private let ceiling: UInt32
  /// When the origin will have served all that it took, in microseconds.
  private var servedBy = 0
  /// What happens in each millisecond.
  private var agenda: [[Event]] = []
  private var random = ClusterRandom(7)

  /// `count` cells with equal shares, each of which may have all of the origin, or only its share.
  init(_ count: Int, borrows: Bool = true) {
    cells = [Cell](repeating: Cell(), count: count)
    budgets = [OriginBudget](repeating: OriginBudget(), count: count)
    ceiling = borrows ? UInt32(1000 * count) : BudgetRate.share
  }

  /// Runs for so many seconds; `demand` says how many shares a cell wants in a second.
  mutating func run(seconds: Int, demand: (_ cell: Int, _ second: Int) -> Double) {
    agenda = [[Event]](repeating: [], count: seconds * 1000)
    for time in agenda.indices {
      for cell in cells.indices { want(demand(cell, time / 1000), cell, at: time) }
      var index = 0
      while index < agenda[time].count {
        happen(agenda[time][index], at: time)
        index += 1
      }
    }
  }

  private mutating func want(_ shares: Double, _ cell: Int, at time: Int) {
    cells[cell].owed += shares * Double(Self.share) / 1000
    while cells[cell].owed >= 1 {
      cells[cell].owed -= 1
      cells[cell].wanted += 1
      guard cells[cell].open < Self.mostOpen else { continue }
      cells[cell].open += 1
      plan(.announcement(cell: cell, attempts: 0), at: time)
    }
  }

  private mutating func happen(_ event: Event, at time: Int) {
    switch event {
    case .announcement(let cell, let attempts): announce(cell, attempts, at: time)
    case .read(let cell, let attempts): read(cell, attempts, at: time)
    case .end(let cell):
      cells[cell].served += 1
      cells[cell].open -= 1
    case .refusal(let cell):
      cells[cell].refused += 1
      budgets[cell].throttled(
        at: instant(time), quiet: 1000 * millisecond, ceilingPermille: ceiling)
    }
  }

  private mutating func announce(_ cell: Int, _ attempts: Int, at time: Int) {
    let answer = budgets[cell].announce(
      length: 1, at: instant(time), requestsPerSecond: UInt64(Self.share),
      bytesPerSecond: 1_000_000_000, ceilingPermille: ceiling, horizon: 250 * millisecond)
    switch answer {
    case .granted(let delay):
      plan(.read(cell: cell, attempts: attempts), at: time + Int(delay / millisecond))
    case .denied(let delay):
      let pause = 1 + Int(delay / millisecond)
      plan(.announcement(cell: cell, attempts: attempts), at: time + pause + jitter(pause))
    }
  }

  private mutating func read(_ cell: Int, _ attempts: Int, at time: Int) {
    guard servedBy <= (time + 1000) * 1000 else {
      plan(.refusal(cell: cell), at: time + 2)
      let pause = 1000 << min(6, attempts)
      return plan(
        .announcement(cell: cell, attempts: attempts + 1), at: time + pause + jitter(pause))
    }
    servedBy = max(servedBy, time * 1000) + 1_000_000 / (Self.share * cells.count)
    plan(.end(cell: cell), at: time + 20 + random.below(60))
  }

  private mutating func jitter(_ pause: Int) -> Int { random.below(pause / 2 + 1) }

  private func instant(_ time: Int) -> Instant {
    Instant(nanoseconds: UInt64(Self.epoch + time) * millisecond)
  }

  private mutating func plan(_ event: Event, at time: Int) {
    if time < agenda.count { agenda[time].append(event) }
  }
}
