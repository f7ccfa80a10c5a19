import Foundation
import Testing

@testable import TarnSim

#if canImport(FoundationXML)
  import FoundationXML
#endif

/// Counts elements of well-formed XML; says where it isn't well-formed.
private final class ElementCounter: NSObject, XMLParserDelegate {
  var counts: [String: Int] = [:]
  func parser(
    _ parser: XMLParser, didStartElement name: String, namespaceURI: String?,
    qualifiedName: String?, attributes: [String: String]
  ) {
    counts[name, default: 0] += 1
  }

  static func count(in text: String) throws -> [String: Int] {
    let counter = ElementCounter()
    let parser = XMLParser(data: Data(text.utf8))
    parser.delegate = counter
    let fine = parser.parse()
    try #require(fine, "line \(parser.lineNumber): \(String(describing: parser.parserError))")
    return counter.counts
  }
}

@Suite struct ReportPageTests {
  private func page(_ outcome: SimulationOutcome) -> String {
    ReportPage(outcome, scenarioText: SampleOutcome.scenarioText).html
  }

  static let titles = [
    "GPU stall over time", "Hit ratio by tier over time",
    "Origin requests and 503s against budget", "Origin bytes against budget",
    "Read latency by source", "Read latency, the slowest reads", "Busiest links", "Block fan-out",
    "Load imbalance between nodes",
  ]

  @Test func `the page sets out the contract, what was promised beside what was measured`() throws {
    var outcome = SampleOutcome.fleet
    #expect(!page(outcome).contains("Contract</h2>"))
    var line = ContractLine(operation: "open", consistency: "ttl")
    line.bounds = [.init(percentile: "p99", limitMicroseconds: 80_000)]
    line.deadlineMicroseconds = 1_000_000
    line.stalenessBoundSeconds = 10
    line.whenCutOff = "what is known is <served>"
    var region = ContractLine.Region(name: "west & south")
    region.latencyMicroseconds.p99 = 81_000
    region.stalestSeconds = 9.5
    region.cutFailed = 4321
    line.regions = [region, ContractLine.Region(name: "east")]
    line.holds = line.objectives.allSatisfy { $0.pass }
    outcome.result.contract = [line]
    let html = page(outcome)
    let counts = try ElementCounter.count(in: html)
    #expect(counts["table"] ?? 0 > 1)
    for part in [
      "Contract</h2>", "p99 &lt;= 80.0 ms", "ends in 1.00 s", "at most 10.0 s old", "9.5",
      "west &amp; south", "4,321", "&lt;served&gt;", "broken",
    ] { #expect(html.contains(part), "\(part) is missing") }
  }

  @Test func `the page is well-formed and draws every chart`() throws {
    let html = page(SampleOutcome.fleet)
    let counts = try ElementCounter.count(in: html)
    for title in Self.titles + ["Nodes down over time"] {
      #expect(html.contains("<h3>\(title)</h3>"), "\(title) is missing")
    }
    #expect(counts["figure"] == 10)
    #expect(html.components(separatedBy: "<svg class=\"plot\"").count - 1 == 10)
    #expect(html.components(separatedBy: "role=\"img\"").count - 1 == 11)
    #expect(counts["script"] == 1)
  }

  @Test func `the page loads nothing from anywhere`() {
    let html = page(SampleOutcome.fleet)
    for reference in ["http://", "https://", "src=\"", "url(", "@import", "<link"] {
      #expect(!html.contains(reference), "\(reference) found")
    }
  }

  @Test func `broken and kept objectives are told apart in words`() {
    let html = page(SampleOutcome.fleet)
    #expect(html.contains("<h2>1 of 5 objectives is broken</h2>"))
    #expect(html.contains("origin_throttled_ratio came to 0.23\u{A0}%, where at most 0.1\u{A0}%"))
    #expect(html.contains("at least 98\u{A0}%"))
    #expect(html.components(separatedBy: ">holds</span>").count - 1 == 4)
    #expect(html.components(separatedBy: ">broken</span>").count - 1 == 1)
  }

  @Test func `an empty outcome makes a page of sentences`() throws {
    let html = page(SimulationOutcome(result: SimulationResult(), series: SimulationSeries()))
    let counts = try ElementCounter.count(in: html)
    for title in Self.titles { #expect(html.contains("<h3>\(title)</h3>")) }
    #expect(!html.contains("Nodes down over time"))
    #expect(!html.contains("<svg class=\"plot\""))
    #expect(counts["figure"] == 9)
    #expect(html.contains("No objective was set"))
  }

  @Test(arguments: [
    HostileOutcome.zero, HostileOutcome.huge, HostileOutcome.notANumber, HostileOutcome.infinite,
    HostileOutcome.tiny,
  ])
  func `no figure is ever NaN or infinite, and no name is ever markup`(
    outcome: SimulationOutcome
  ) throws {
    let html = page(outcome)
    let counts = try ElementCounter.count(in: html)
    #expect(counts["script"] == 1)
    #expect(!html.contains("alert('x')"))
    #expect(html.contains("&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt; &amp; &quot;more&quot;"))
    let words = html.lowercased().split { !$0.isLetter }
    #expect(!words.contains("nan"))
    #expect(!words.contains("inf"))
  }

  @Test func `a long run is drawn with fewer points and says so`() throws {
    var outcome = SampleOutcome.fleet
    let one = try #require(outcome.series.intervals.first)
    outcome.series.intervals = (0..<3600).map { index in
      var interval = one
      interval.time = Double(index) * 0.5
      return interval
    }
    let html = page(outcome)
    #expect(html.contains("Each point is the mean of 15 intervals."))
    #expect(html.utf8.count < 400_000)
  }

  @Test func `an interrupted run says how far it came`() {
    var outcome = SampleOutcome.fleet
    outcome.result.complete = false
    outcome.result.simulatedSeconds = 23
    #expect(page(outcome).contains("interrupted after 23\u{A0}s of simulated time"))
  }

  @Test func `an argument with a quote is shown as a shell reads it`() {
    var outcome = SampleOutcome.fleet
    outcome.command = ["tarn", "simulate", "it's here.yaml"]
    #expect(page(outcome).contains("tarn simulate &#39;it&#39;\\&#39;&#39;s here.yaml&#39;"))
  }
}
