import Foundation
import TarnSettings
import Testing

@testable import TarnSim

#if canImport(FoundationXML)
  import FoundationXML
#endif

private func comparison(
  _ designs: String, seeds: Int = 2, sensitivity: Bool = false, _ changes: [String] = []
) throws -> Comparison {
  try Comparison(
    DesignFixtures.training(["workloads.vision.warm=100%", "duration=5s"] + changes),
    designs: Design.list(parsing: designs), seeds: seeds, variesAssumptions: sensitivity)
}

@Suite struct ComparisonTests {
  @Test func `a report does not depend on the number of threads`() throws {
    let one = try comparison("none,tarn").run(threads: 1)
    let two = try comparison("none,tarn").run(threads: 2)
    #expect(try one.json() == two.json())
  }

  @Test func `the cache that answers is ranked before none, and every loss has a recovery`() throws
  {
    let report = try comparison("none,tarn").run(threads: 2)
    #expect(report.ranking == ["tarn", "none"])
    #expect(report.row("none")?.mean(.hitOrigin) == 1)
    #expect(report.row("tarn")?.mean(.originBytes) == 0)
    #expect(report.row("tarn")?.mean(.accounts) == 1)
    for metric in [ComparisonMetric.recoverNode, .recoverRack, .recoverZone] {
      #expect(report.row("tarn")?.figures[metric] != nil)
    }
    #expect(report.verdict.count == 3)
    #expect(report.verdict[0].hasPrefix("Tarn loses $"))
    #expect(report.dollarsAtStake == 32 * 24 * 3)
    #expect(report.row("tarn")?.figures[.stall]?.values.count == 2)
  }

  @Test func `assumptions are varied alone, at both ends of their ranges`() throws {
    let report = try comparison("blobfuse,tarn", seeds: 1, sensitivity: true).run(threads: 2)
    let timeout = report.sensitivity.filter { $0.key == "blobfuse.timeout_s" }
    #expect(timeout.map(\.value) == [86_400])
    #expect(timeout[0].dollars.keys.sorted() == ["blobfuse"])
    let latency = report.sensitivity.filter { $0.key == "origin.first_byte_factor" }
    #expect(latency.map(\.value) == [0.5, 2])
    #expect(latency[0].dollars.keys.sorted() == ["blobfuse", "tarn"])
    #expect(report.assumptions.contains { $0.key == "tarn.client_us" })
  }

  @Test func `a scenario's own values of assumptions are used and shown`() throws {
    let report = try comparison(
      "blobfuse", seeds: 1, ["compare.assumptions.blobfuse.timeout_s=86400"]
    ).run(threads: 1)
    #expect(report.assumptions.first { $0.key == "blobfuse.timeout_s" }?.value == 86_400)
    #expect(report.row("blobfuse")?.mean(.originBytes) == 0)
  }

  @Test func `a design whose blocks do not fit the memory is refused by name`() throws {
    let error = #expect(throws: SettingsError.self) {
      try comparison("blobfuse-dist", ["cache.memory.capacity=100MiB"])
    }
    #expect("\(error!)".contains("design blobfuse-dist: does not fit the scenario"))
    #expect("\(error!)".contains("memory.capacity"))
  }

  @Test func `whoever stops waiting ends it`() throws {
    #expect(throws: Comparison.Interrupted.self) {
      try comparison("tarn", ["duration=60s"]).run(threads: 1) { _, _ in false }
    }
  }

  @Test func `the page is well-formed, and everything is escaped`() throws {
    var report = try comparison("none,tarn", seeds: 1, sensitivity: true).run(threads: 2)
    report.scenario = "<script>alert(1)</script>"
    let html = ComparisonPage(report, scenarioText: "a: <b>&").html
    let parser = XMLParser(data: Data(html.utf8))
    #expect(parser.parse(), "line \(parser.lineNumber): \(String(describing: parser.parserError))")
    #expect(!html.contains("<script>alert"))
    for title in ["What assumptions do", "GPU stall over time", "Bytes asked of the origin"] {
      #expect(html.contains("<h3>\(title)</h3>"), "\(title) is missing")
    }
  }

  @Test func `the terminal's tables and its extra hardware have a line for each design`() throws {
    let text = "\(ComparisonText(try comparison("none,tarn", seeds: 1).run(threads: 2)))"
    #expect(text.split(separator: "\n").count { $0.hasPrefix("  tarn ") } == 5)
    #expect(text.split(separator: "\n").count { $0.hasPrefix("  none ") } == 5)
  }
}

@Suite struct ComparisonReadingTests {
  private func serving(_ designs: String) throws -> ComparisonReport {
    let scenario = try Scenario(
      yaml: """
        name: serving
        duration: 4s
        topology:
          regions: [{name: east, zones: 1}]
          pools: [{name: serve, cells: 1, nodes_per_cell: 2, nodes_per_rack: 2, class: h100}]
        cache: {memory: {capacity: 8GiB}, flash: {capacity: 0B}}
        origin: {accounts: 1}
        workloads: [{name: chat, kind: inference, trace: auto, gpus_per_trace: 16}]
        """, file: "serving.yaml")
    return try Comparison(
      scenario, designs: Design.list(parsing: designs), seeds: 1, variesAssumptions: false
    ).run(threads: 2)
  }

  @Test func `a design that keeps no KV blocks cannot find them, which is not 0`() throws {
    let report = try serving("blobfuse,tarn")
    #expect(
      report.row("blobfuse")?.cannot == [
        .prefixHits: "keep KV blocks: every prompt is computed anew"
      ])
    #expect(report.row("tarn")?.cannot == [:])
    let table = ComparisonTable(report, [.prefixHits])
    #expect(table.rows.first { $0.name == "blobfuse" }?.cells == ["cannot"])
    #expect(table.rows.first { $0.name == "tarn" }?.cells != ["cannot"])
    let text = "\(ComparisonText(report))"
    #expect(text.contains("blobfuse cannot keep KV blocks: every prompt is computed anew"))
  }

  @Test func `the text names each design's extra hardware, and the one zone that cannot be lost`()
    throws
  {
    let text = "\(ComparisonText(try serving("alluxio,tarn")))"
    #expect(text.contains("  alluxio  three etcd members and a coordinator a cluster"))
    #expect(text.contains("  tarn     none"))
    #expect(text.contains("The fleet is in one zone"))
  }

  @Test func `a tornado has the widest range first, and leaves out what changes nothing`() {
    var report = ComparisonReport()
    func vary(_ key: String, _ value: Double, _ dollars: Double, _ changes: Bool = false) {
      report.sensitivity.append(
        ComparisonReport.Sensitivity(
          key: key, title: key, value: value, dollars: ["tarn": dollars], before: ["tarn": 100],
          ranking: ["tarn"], changesRanking: changes, changesFirst: false))
    }
    vary("a", 1, 90)
    vary("a", 3, 120)
    vary("b", 5, 300, true)
    vary("c", 7, 100)
    let ranges = ComparisonTornado(report).ranges
    #expect(ranges.map(\.name) == ["b, tarn", "a, tarn"])
    #expect(ranges[0].changesRanking && !ranges[1].changesRanking)
    #expect(ranges[1].least == 90 && ranges[1].most == 120)
    #expect(ranges[1].ends == "1: $90; 3: $120")
  }

  @Test func `long series are drawn as means of at most 240 parts`() {
    #expect(ComparisonCharts.thinned([1, 2, 3]).map(\.value) == [1, 2, 3])
    let long = ComparisonCharts.thinned([Double](repeating: 4, count: 1000) + [9])
    #expect(long.count == 201)
    #expect(long[1].second == 5 && long[1].value == 4)
    #expect(long.last?.value == 9)
  }
}

@Suite struct ComparisonFiguresTests {
  private func figures(stall: [Double], hits: [Double]) -> ComparisonFigures {
    var figures = ComparisonFigures(
      SimulationOutcome(result: SimulationResult(), series: SimulationSeries()),
      Scenario.Comparison())
    figures.stall = stall
    figures.lost = stall.map { _ in 0 }
    figures.hits = hits
    return figures
  }

  @Test func `recovery is when three intervals on end are calm again`() {
    let calm = figures(stall: [0, 0, 0, 0, 0, 0, 0, 0], hits: [1, 1, 1, 1, 1, 1, 1, 1])
    let hurt = figures(
      stall: [0, 0, 0.5, 0.2, 0.01, 0.01, 0, 0], hits: [1, 1, 0.5, 0.9, 0.97, 1, 0.99, 1])
    // From second 2 on; stall is back in second 4, hits in second 5.
    #expect(hurt.recovery(from: 2, intervalSeconds: 1, undisturbed: calm) == 3)
    #expect(calm.recovery(from: 2, intervalSeconds: 1, undisturbed: calm) == 0)
  }

  @Test func `in an event the last second counts in which more was idle`() {
    let calm = figures(stall: [1, 1, 1, 1, 0, 0, 0, 0], hits: [0, 0, 0, 0, 0, 0, 0, 0])
    let hurt = figures(stall: [1, 1, 1, 1, 1, 1, 0, 0], hits: [0, 0, 0, 0, 0, 0, 0, 0])
    #expect(hurt.recovery(from: 2, intervalSeconds: 1, undisturbed: calm, isEvent: true) == 4)
    #expect(calm.recovery(from: 2, intervalSeconds: 1, undisturbed: calm, isEvent: true) == 0)
    let never = figures(stall: [1, 1, 1, 1, 1, 1, 1, 1], hits: [0, 0, 0, 0, 0, 0, 0, 0])
    #expect(
      never.recovery(from: 2, intervalSeconds: 1, undisturbed: calm, isEvent: true) == .infinity)
  }

  @Test func `GPUs that are gone are not calm`() {
    let calm = figures(stall: [0, 0, 0, 0, 0], hits: [1, 1, 1, 1, 1])
    var hurt = calm
    hurt.lost = [0, 0.1, 0, 0, 0]
    #expect(hurt.recovery(from: 1, intervalSeconds: 1, undisturbed: calm) == 1)
  }

  @Test func `what a peer reads from the origin is no hit`() {
    var outcome = SimulationOutcome(result: SimulationResult(), series: SimulationSeries())
    outcome.result.hitRatio.peer = 0.9
    outcome.result.hitRatio.memory = 0.1
    outcome.result.sampling.rate = 0.5
    outcome.result.origin.requests = 70
    outcome.result.origin.throttled = 10
    var interval = SimulationSeries.Interval()
    interval.memoryHits = 10
    interval.peerHits = 90
    outcome.series.intervals = [interval]
    let figures = ComparisonFigures(outcome, Scenario.Comparison())
    // 60 reads of the whole origin are 30 of the sample.
    #expect(abs((figures.values[.hitOrigin] ?? 0) - 0.3) < 1e-9)
    #expect(abs((figures.values[.hitPeer] ?? 0) - 0.6) < 1e-9)
    #expect(figures.values[.hitMemory] == 0.1)
  }

  @Test func `what is not calm by the end has not recovered`() {
    let calm = figures(stall: [0, 0, 0, 0], hits: [1, 1, 1, 1])
    let hurt = figures(stall: [0, 0.5, 0.5, 0], hits: [1, 1, 1, 1])
    #expect(hurt.recovery(from: 1, intervalSeconds: 1, undisturbed: calm) == .infinity)
  }

  @Test func `a peak is the highest mean of so many intervals on end`() {
    #expect(ComparisonFigures.peak([1, 9, 9, 1], over: 2) == 9)
    #expect(ComparisonFigures.peak([1, 9, 9, 1], over: 10) == 5)
    #expect(ComparisonFigures.peak([], over: 5) == 0)
  }
}

@Suite struct ComparisonPriceTests {
  @Test func `an event costs its jobs' lost GPU time as often as it happens`() {
    var result = SimulationResult()
    result.gpus = 100
    result.simulatedSeconds = 3600
    result.goodputFraction = 0.75
    // Half of the GPUs had a job, for all of the hour.
    result.gpuSeconds = 50 * 3600
    var price = Scenario.Comparison()
    price.gpuDollarsPerHour = 2
    func dollars() -> Double {
      let outcome = SimulationOutcome(result: result, series: SimulationSeries())
      return ComparisonFigures(outcome, price).values[.dollarsPerDay] ?? .nan
    }
    // Span after span a quarter of everything is lost.
    #expect(dollars() == 0.25 * 100 * 24 * 2)
    price.timesPerDay = 3
    #expect(dollars() == 0.25 * 50 * 3 * 2)
    #expect(price.dollarsPerDay(ofGPUs: 100, spanSeconds: 3600) == 600)
  }
}

@Suite struct ComparisonVerdictTests {
  private func row(_ name: String, _ values: [ComparisonMetric: [Double]]) -> ComparisonReport.Row {
    var row = ComparisonReport.Row(
      name: name, title: name.capitalized, models: "", leavesOut: "", errs: "",
      extraHardware: "", documents: [])
    row.figures = values.mapValues { ComparisonReport.Band($0) }
    return row
  }

  private func report(_ rows: [ComparisonReport.Row]) -> ComparisonReport {
    var report = ComparisonReport()
    report.rows = rows
    report.seeds = 3
    report.ranking = rows.map(\.name)
    return report
  }

  @Test func `a clear lead is called one, and what is beaten is named`() {
    let verdict = ComparisonVerdict(
      report([
        row(
          "tarn",
          [.dollarsPerDay: [100, 101, 99], .originBytes: [1e9, 1e9, 1e9], .p50: [30, 30, 30]]),
        row(
          "other",
          [.dollarsPerDay: [900, 901, 899], .originBytes: [9e9, 9e9, 9e9], .p50: [5, 5, 5]]),
      ])
    ).sentences
    #expect(
      verdict[0]
        == "Tarn loses $100 of GPU time a day, less than every other design; the next is Other with $900."
    )
    #expect(verdict[1].contains("Tarn asks the origin for 1\u{A0}GB/s"))
    #expect(
      verdict[2].hasPrefix(
        "Tarn loses at read latency, p50 (30\u{A0}µs against 5\u{A0}µs of Other)"))
  }

  @Test func `a lead within the noise is no lead`() {
    let verdict = ComparisonVerdict(
      report([
        row("tarn", [.dollarsPerDay: [100, 160, 40]]),
        row("other", [.dollarsPerDay: [150, 90, 130]]),
      ])
    ).sentences
    #expect(verdict[0].contains("within the noise of 3 seeds"))
    #expect(verdict[2].hasPrefix("Tarn is beaten at no figure"))
  }

  @Test func `designs that lose the same are called equal`() {
    var report = report([
      row("other", [.dollarsPerDay: [0, 0, 0]]), row("tarn", [.dollarsPerDay: [1, 0, 0]]),
      row("none", [.dollarsPerDay: [5000, 5000, 5000]]),
    ])
    report.dollarsAtStake = 7200
    #expect(
      ComparisonVerdict(report).sentences[0]
        == "Other and Tarn lose the same GPU time, $0 a day, within a thousandth of the fleet's; "
        + "the next is None with $5,000.")
  }

  @Test func `GPU time that computes again what another finds cached is lost`() {
    var result = SimulationResult()
    result.gpus = 10
    result.simulatedSeconds = 10
    result.goodputFraction = 1
    var chat = SimulationResult.Workload(name: "chat", kind: "inference")
    chat.promptGPUSeconds = 50
    chat.prefillGPUSeconds = 40
    result.workloads = [chat]
    var price = Scenario.Comparison()
    price.gpuDollarsPerHour = 1
    var figures = ComparisonFigures(
      SimulationOutcome(result: result, series: SimulationSeries()), price)
    #expect(figures.computedShare == 0.8)
    #expect(figures.values[.dollarsPerDay] == 0)
    // A fifth of the prompts' work, which is half of all GPU time.
    figures.charge(recomputingBeyond: 0.6)
    #expect(abs((figures.values[.recomputed] ?? 0) - 0.1) < 1e-9)
    #expect(abs((figures.values[.dollarsPerDay] ?? 0) - 24) < 1e-9)
    #expect(abs((figures.values[.goodput] ?? 0) - 0.9) < 1e-9)
  }

  @Test func `an event's designs are equal within a hundredth, and bytes count in all`() {
    var report = report([
      row("other", [.dollarsPerDay: [30.6, 30.5, 30.7], .originTotal: [2e9, 2e9, 2e9]]),
      row("tarn", [.dollarsPerDay: [33.4, 33.3, 33.5], .originTotal: [1e9, 1e9, 1e9]]),
    ])
    report.timesPerDay = 1
    report.dollarsAtStake = 1_000_000
    let verdict = ComparisonVerdict(report).sentences
    #expect(
      verdict[0]
        == "Other loses the least GPU time, $30.6 a day; Tarn is number 2 of 2 with $33.4.")
    #expect(verdict[1].hasPrefix("Tarn asks the origin for 1\u{A0}GB and needs one account"))
    report.rows[1].figures[.dollarsPerDay] = ComparisonReport.Band([30.7, 30.6, 30.8])
    #expect(ComparisonVerdict(report).sentences[0].contains("within a hundredth"))
  }

  @Test func `where Tarn is not first, the first sentence says so`() {
    let verdict = ComparisonVerdict(
      report([
        row("other", [.dollarsPerDay: [10, 10, 10]]), row("tarn", [.dollarsPerDay: [90, 90, 90]]),
      ])
    ).sentences
    #expect(
      verdict[0] == "Other loses the least GPU time, $10 a day; Tarn is number 2 of 2 with $90.")
  }
}
