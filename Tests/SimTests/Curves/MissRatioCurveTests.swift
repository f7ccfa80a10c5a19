import TarnSim
import Testing

@Suite struct MissRatioCurveTests {
  private func curve(_ points: [(UInt64, Double)]) -> MissRatioCurve {
    MissRatioCurve(points.map { MissRatioCurve.Point(capacity: $0.0, missRatio: $0.1) })
  }

  @Test func `between points a miss ratio lies on the line`() {
    let curve = curve([(300, 0.1), (100, 0.5), (200, 0.2)])
    #expect(curve.missRatio(at: 100) == 0.5)
    #expect(curve.missRatio(at: 125) == 0.425)
    #expect(abs(curve.missRatio(at: 250) - 0.15) < 1e-12)
  }

  @Test func `beyond its ends a curve is level`() {
    let curve = curve([(100, 0.5), (200, 0.2)])
    #expect(curve.missRatio(at: 1) == 0.5)
    #expect(curve.missRatio(at: 1_000) == 0.2)
    #expect(MissRatioCurve([]).missRatio(at: 7) == 1)
  }

  @Test func `the knee is where the fall slows down`() {
    // The chord falls by 0.01 an object; before 20 the curve falls faster, behind it slower.
    let bent = curve([(1, 1.0), (10, 0.6), (20, 0.3), (40, 0.25), (60, 0.2), (101, 0.0)])
    #expect(bent.knee()?.capacity == 20)
  }

  @Test func `a cliff's knee is its foot`() {
    let cliff = curve([(1, 1.0), (50, 0.99), (60, 0.1), (80, 0.1), (100, 0.1)])
    #expect(cliff.knee()?.capacity == 60)
  }

  @Test func `straight, level and rising curves have no knee`() {
    #expect(curve([(1, 1.0), (2, 0.75), (3, 0.5)]).knee() == nil)
    #expect(curve([(1, 0.5), (2, 0.5), (3, 0.5)]).knee() == nil)
    #expect(curve([(1, 0.5), (2, 0.1), (3, 0.6)]).knee() == nil)
    #expect(curve([(1, 0.5), (3, 0.1)]).knee() == nil)
  }

  @Test func `what lies within the band is no knee`() {
    var middle = MissRatioCurve.Point(capacity: 2, missRatio: 0.7, low: 0.6, high: 0.8)
    let ends = [
      MissRatioCurve.Point(capacity: 1, missRatio: 1), .init(capacity: 3, missRatio: 0.5),
    ]
    #expect(MissRatioCurve(ends + [middle]).knee() == nil)
    (middle.low, middle.high) = (0.69, 0.71)
    #expect(MissRatioCurve(ends + [middle]).knee() == middle)
  }

  @Test func `capacities are spread in equal ratios from a thousandth to all`() {
    #expect(CurveSettings.spread(4, over: 1_000_000) == [1_000, 10_000, 100_000, 1_000_000])
    #expect(CurveSettings.spread(1, over: 77) == [77])
    #expect(CurveSettings.spread(50, over: 3) == [1, 2, 3])
  }
}
