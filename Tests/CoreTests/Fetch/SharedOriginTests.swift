import Testing

@testable import TarnCore

/// What cells make of an origin that they share, each with a budget that knows only its own 503s.
@Suite struct SharedOriginTests {
  /// Reads that were served in a second, in shares.
  private func served(_ cell: SharedOrigin.Cell, seconds: Int) -> Double {
    Double(cell.served) / Double(SharedOrigin.share * seconds)
  }

  private func refusedShare(_ origin: SharedOrigin) -> Double {
    let refused = origin.cells.reduce(0) { $0 + $1.refused }
    return Double(refused) / Double(origin.cells.reduce(0) { $0 + $1.served })
  }

  @Test func `without borrowing a lone cell leaves the others' shares unused`() {
    var origin = SharedOrigin(4, borrows: false)
    origin.run(seconds: 20) { cell, _ in cell == 0 ? 8 : 0 }
    #expect((0.95...1.01).contains(served(origin.cells[0], seconds: 20)))
  }

  @Test func `a cell alone gets all of the origin, and not one 503`() {
    var origin = SharedOrigin(4)
    origin.run(seconds: 20) { cell, _ in cell == 0 ? 8 : 0 }
    #expect((3.6...4).contains(served(origin.cells[0], seconds: 20)))
    #expect(origin.cells[0].refused == 0)
  }

  @Test(arguments: [0.3, 0.6, 0.9])
  func `who keeps to its share gets what it asks for while another borrows`(demand: Double) {
    var origin = SharedOrigin(2)
    origin.run(seconds: 40) { cell, _ in cell == 0 ? 4 : demand }
    let modest = origin.cells[1]
    #expect(Double(modest.served) > 0.93 * Double(modest.wanted))
    // And the borrower gets most of what is left.
    #expect(served(origin.cells[0], seconds: 40) > 0.9 * (2 - demand))
    #expect(refusedShare(origin) < 0.04)
  }

  @Test(arguments: [2, 5, 21])
  func `where all want more than their share, each gets about its share`(count: Int) {
    var origin = SharedOrigin(count)
    origin.run(seconds: 40) { _, _ in 3 }
    let shares = origin.cells.map { served($0, seconds: 40) }
    #expect(shares.min() ?? 0 > 0.85)
    #expect(shares.reduce(0, +) > 0.96 * Double(count))
    #expect(refusedShare(origin) < 0.12)
  }

  @Test func `several borrowers share what is left`() {
    var origin = SharedOrigin(12)
    origin.run(seconds: 60) { cell, _ in cell < 3 ? 12 : 0.5 }
    let borrowers = origin.cells[..<3].map { served($0, seconds: 60) }
    // 12 shares, of which nine cells use a half each: 2.5 for each borrower.
    #expect(borrowers.reduce(0, +) > 0.85 * 7.5)
    #expect((borrowers.min() ?? 0) > 0.6 * (borrowers.max() ?? 0))
    for cell in origin.cells[3...] { #expect(Double(cell.served) > 0.93 * Double(cell.wanted)) }
  }

  @Test func `a borrower gives back when the others want their shares`() {
    var origin = SharedOrigin(8)
    origin.run(seconds: 40) { cell, second in cell == 0 || second >= 15 ? 8 : 0 }
    // In the last 25 seconds a share each is 25 / 40 of a share over the whole time.
    for cell in origin.cells[1...] { #expect(served(cell, seconds: 40) > 0.75 * 25 / 40) }
  }
}
