import Testing

@testable import TarnSim

@Suite struct FiguresTests {
  /// With plain spaces, to be readable here.
  private func plain(_ text: String) -> String {
    String(text.map { $0 == "\u{A0}" ? " " : $0 })
  }

  @Test(arguments: [
    (0.0, "0"), (7, "7"), (999, "999"), (1_234, "1,234"), (9_999, "9,999"), (10_000, "10 k"),
    (1_234_567, "1.23 M"), (999_600, "1 M"), (-25_000, "-25 k"), (0.125, "0.125"),
    (5e33, "5.00e+33"), (.nan, "n/a"), (.infinity, "n/a"),
  ])
  func `a count has separators, then prefixes`(value: Double, text: String) {
    #expect(plain(Quantity.count.text(value)) == text)
  }

  @Test(arguments: [
    (0.0, "0 %"), (1, "100 %"), (0.5, "50 %"), (0.4816, "48.2 %"), (0.0131, "1.31 %"),
    (0.99123, "99.12 %"), (0.000_01, "<0.01 %"),
    (0.99999, ">99.99 %"),
  ])
  func `a share keeps decimals where they matter`(value: Double, text: String) {
    #expect(plain(Quantity.share.text(value)) == text)
  }

  @Test(arguments: [
    (0.0, "0 s"), (0.25, "250 ns"), (9, "9 µs"), (4_870, "4.87 ms"), (38_400_000, "38.4 s"),
    (90_000_000, "90 s"), (180_000_000, "3 min"), (.nan, "n/a"),
  ])
  func `a latency has the unit that suits it`(value: Double, text: String) {
    #expect(plain(Quantity.microseconds.text(value)) == text)
  }

  @Test(arguments: [
    (0, "0"), (-1_234, "-1,234"), (105_000, "105,000"), (Int.min, "-9,223,372,036,854,775,808"),
  ])
  func `thousands are separated`(value: Int, text: String) {
    #expect(Figures.grouped(value) == text)
  }

  @Test func `a linear axis ends at a round number above its values`() {
    let axis = Axis.linear("", .count, covering: [3, 17.2])
    #expect(axis.upper == 20)
    #expect(axis.ticks.map(\.label) == ["0", "5", "10", "15", "20"])
    #expect(axis.fraction(of: 5) == 0.25)
  }

  @Test func `a logarithmic axis covers whole decades`() {
    let axis = Axis.logarithmic("", .microseconds, covering: [7, 41_000])
    #expect(
      axis.ticks.map { plain($0.label) } == ["1 µs", "10 µs", "100 µs", "1 ms", "10 ms", "100 ms"])
    #expect(axis.fraction(of: 0) == 0)
    #expect(abs(axis.fraction(of: 1_000) - 0.6) < 1e-12)
  }

  @Test func `a short logarithmic axis has ticks at one, two and five`() {
    let axis = Axis.logarithmic("", .count, covering: [3, 80])
    #expect(axis.ticks.map(\.value) == [1, 2, 5, 10, 20, 50, 100])
  }

  @Test func `an axis over nothing still has two ends`() {
    let none: [Double] = []
    for axis in [
      Axis.linear("", .count, covering: none), .logarithmic("", .count, covering: none),
      .linear("", .count, upTo: .nan), .linear("", .count, covering: [.infinity, .nan]),
      .linear("", .count, covering: [1e308]),
      .logarithmic("", .count, covering: [1e308, .leastNonzeroMagnitude]),
    ] {
      #expect(axis.lower < axis.upper)
      #expect(axis.ticks.count >= 2)
      #expect(axis.ticks.count <= 12)
    }
  }

  @Test func `nines are equally far apart`() {
    let axis = Axis.nines("")
    #expect(abs(axis.fraction(of: 0.99) - 0.5) < 1e-9)
    #expect(axis.fraction(of: 1) == 1)
  }
}
