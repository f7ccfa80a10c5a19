import Foundation
import TarnSim
import Testing

@Suite struct CurveTableTests {
  private let curve = MissRatioCurve([
    .init(capacity: 10, missRatio: 0.9),
    .init(
      capacity: 20, missRatio: 0.25, low: 0.24, high: 0.26, byteMissRatio: 0.3,
      method: .sampled(rate: 0.02, repeats: 5)),
    .init(capacity: 100, missRatio: 0.1, method: .stackDistance),
  ])
  private func table() throws -> CurveTable {
    CurveTable(
      curve, trace: "a \"b\".csv", policy: try ReplayPolicy(parsing: "s3fifo:small=0.2"),
      footprint: 100, isSized: true, seed: 7)
  }

  @Test func `a row has capacity, share, ratios, band and method`() throws {
    let rows = try table().rows
    #expect(rows.count == 4)
    #expect(
      rows[1].split(separator: " ").map(String.init) == [
        "s3fifo:small=0.2", "20", "20.000", "%", "0.250000", "0.300000", "0.240000", "-",
        "0.260000",
        "2", "%", "of", "keys", "x", "5",
      ])
    #expect(rows[0].hasSuffix("-  exact"))
    #expect(rows[2].hasSuffix("stack distances"))
    #expect(
      rows[3]
        == "s3fifo:small=0.2: knee at 20 bytes, 20.000 % of the footprint, miss ratio 0.250000")
  }

  @Test func `a line of JSON tells the same, and how to draw the sample again`() throws {
    let lines = try table().jsonLines
    #expect(
      lines[1]
        == #"{"byte_miss_ratio":0.3,"capacity":20,"footprint_share":0.2,"is_knee":true,"method":"sampled","#
        + #""miss_ratio":0.25,"miss_ratio_high":0.26,"miss_ratio_low":0.24,"#
        + #""parameters":"s3fifo:small=0.2","policy":"s3fifo","rate":0.02,"repeats":5,"seed":7,"#
        + #""trace":"a \"b\".csv","unit":"bytes"}"#)
    #expect(lines[2].contains(#""method":"stack-distance""#))
    #expect(!lines[0].contains("rate\""))
  }
}
