import TarnSettings
import Testing

@testable import TarnSim

/// Designs that differ in the paths to the origin which they may use.
@Suite struct ComparisonPathTests {
  /// Eight nodes that train on what the front end alone cannot deliver.
  private func scenario(_ changes: [String] = []) throws -> Scenario {
    let text = """
      name: paths
      duration: 8s
      topology:
        regions: [{name: east, zones: 1}]
        pools: [{name: train, cells: 1, nodes_per_cell: 8, nodes_per_rack: 4, class: gb200}]
      cache: {memory: {capacity: 1GiB}, flash: {capacity: 100GB, segment: 256MiB}}
      origin:
        requests: 20/s
        paths:
          - {kind: front-end}
          - {kind: direct, blobs: 50, lookups: 10k/s, endpoint_bytes: 1GB/s}
          - {kind: follow-on, blobs: 50, lookups: 10k/s, endpoints: 8, endpoint_bytes: [1MB/s, 2GB/s]}
      workloads:
        - name: vision
          kind: training
          jobs: [{gpus: 32, count: 1}]
          model: {name: small, sample: 1MiB, batch: 4, step: 200ms}
          dataset: 400GB
          reader_depth: 4
      """
    return try Scenario(yaml: text, file: "paths.yaml", overrides: changes)
  }

  private func report(_ designs: String, variesAssumptions: Bool = false) throws
    -> ComparisonReport
  {
    try Comparison(
      scenario(), designs: Design.list(parsing: designs), seeds: 1,
      variesAssumptions: variesAssumptions
    ).run(threads: 2)
  }

  @Test func `a design's paths stand behind its name`() throws {
    let report = try report("tarn@front-end,tarn@direct,tarn@front-end+direct,none@direct")
    #expect(report.rows.map(\.title).prefix(2) == ["Tarn, front-end", "Tarn, direct"])
    #expect(
      report.rows.map { $0.paths.map(\.name) } == [
        ["front-end"], ["direct"], ["front-end", "direct"], ["direct"],
      ])
    let (front, both) = (report.rows[0], report.rows[2])
    #expect((front.mean(.stall) ?? 0) > 1.5 * (both.mean(.stall) ?? 0))
    #expect(report.ranking.last == "tarn@front-end")
    // What goes past the front end needs no account.
    #expect(report.rows[1].mean(.accounts) == 1)
    let text = "\(ComparisonText(report))"
    #expect(text.contains("tarn@direct, direct"))
  }

  @Test func `a path with an unknown figure is worth it from some value on`() throws {
    let report = try report("tarn@front-end,tarn@front-end+follow-on", variesAssumptions: true)
    let found = try #require(report.breakEvens.first)
    #expect(report.breakEvens.count == 1)
    #expect(found.key == "paths.follow-on.endpoint_bytes")
    #expect(found.design == "tarn@front-end+follow-on")
    #expect(found.low == 1 && found.high == 2000)
    #expect(found.worthAtLow < 0.05 && found.worthAtHigh >= 0.05)
    let value = try #require(found.value)
    #expect(value > 1 && value < 2000)
    // The tornado varies it too.
    let ends = report.sensitivity.filter { $0.key == found.key }
    #expect(ends.map(\.value) == [1, 2000])
    #expect(ends.allSatisfy { $0.dollars.keys.sorted() == ["tarn@front-end+follow-on"] })
    #expect("\(ComparisonText(report))".contains("paths.follow-on.endpoint_bytes: worth it from"))
    #expect(
      ComparisonPage(report, scenarioText: "").html.contains("Paths whose figures are not known"))
  }

  @Test func `a path that the scenario does not name is refused`() throws {
    let error = #expect(throws: SettingsError.self) {
      try Comparison(scenario(), designs: Design.list(parsing: "tarn@dirct"), seeds: 1)
    }
    #expect("\(error!)".contains("design tarn@dirct: does not fit the scenario: origin.use"))
    let none = #expect(throws: SettingsError.self) {
      try Comparison(
        DesignFixtures.training(), designs: Design.list(parsing: "tarn@direct"), seeds: 1)
    }
    #expect("\(none!)".contains("the scenario names no paths; give some in origin.paths"))
  }

  @Test func `an option gives all designs their paths that name none`() throws {
    let designs = Design.using(paths: "front-end", try Design.list(parsing: "tarn,none@all"))
    #expect(designs.map(\.name) == ["tarn@front-end", "none@all"])
  }
}
