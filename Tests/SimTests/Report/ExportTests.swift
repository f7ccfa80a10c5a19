import Foundation
import TarnSim
import Testing

/// A directory of its own for one test, gone when the test ends.
func withTemporaryDirectory(_ body: (URL) throws -> Void) throws {
  let place = FileManager.default.temporaryDirectory
    .appendingPathComponent("tarn-report-\(UInt64.random(in: .min ... .max))")
  try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: place) }
  try body(place)
}

@Suite struct ExportTests {
  static let names = [
    "fanout.csv", "imbalance.csv", "intervals.csv", "latency.csv", "links.csv", "report.html",
    "report.ipynb", "result.json", "scenario.yaml", "series.json.lz4", "slo.csv", "workloads.csv",
  ]

  private func export(_ outcome: SimulationOutcome, to place: URL) throws {
    try exportSimulation(
      outcome, scenarioText: SampleOutcome.scenarioText,
      to: place.appendingPathComponent("a/b").path)
  }

  @Test func `an export holds its twelve files and no temporary one`() throws {
    try withTemporaryDirectory { place in
      try export(SampleOutcome.fleet, to: place)
      try export(SampleOutcome.fleet, to: place)
      let found = try FileManager.default.contentsOfDirectory(
        atPath: place.appendingPathComponent("a/b").path)
      #expect(found.sorted() == Self.names)
    }
  }

  @Test func `the scenario is exported as it was read`() throws {
    try withTemporaryDirectory { place in
      try export(SampleOutcome.fleet, to: place)
      let text = try String(
        contentsOf: place.appendingPathComponent("a/b/scenario.yaml"), encoding: .utf8)
      #expect(text == SampleOutcome.scenarioText)
    }
  }

  @Test func `equal outcomes make equal files`() throws {
    try withTemporaryDirectory { place in
      for name in ["one", "two"] {
        try exportSimulation(
          SampleOutcome.fleet, scenarioText: "x", to: place.appendingPathComponent(name).path)
      }
      for file in Self.names {
        let one = try Data(contentsOf: place.appendingPathComponent("one/\(file)"))
        let two = try Data(contentsOf: place.appendingPathComponent("two/\(file)"))
        #expect(one == two, "\(file) differs")
      }
    }
  }

  @Test func `a directory that cannot be made is refused by name`() throws {
    try withTemporaryDirectory { place in
      let file = place.appendingPathComponent("file")
      try Data("keep".utf8).write(to: file)
      let error = #expect(throws: ExportError.self) {
        try exportSimulation(
          SampleOutcome.fleet, scenarioText: "", to: file.appendingPathComponent("under").path)
      }
      #expect(error?.path == file.appendingPathComponent("under").path)
      #expect(error?.description.contains(file.path) == true)
      #expect(error?.description.contains("--export DIR") == true)
      #expect(try Data(contentsOf: file) == Data("keep".utf8))
    }
  }

  @Test func `a file that cannot be replaced leaves no temporary files behind`() throws {
    try withTemporaryDirectory { place in
      let obstacle = place.appendingPathComponent("report.html/inside")
      try FileManager.default.createDirectory(at: obstacle, withIntermediateDirectories: true)
      let error = #expect(throws: ExportError.self) {
        try exportSimulation(SampleOutcome.fleet, scenarioText: "", to: place.path)
      }
      #expect(error?.path.hasSuffix("report.html") == true)
      let found = try FileManager.default.contentsOfDirectory(atPath: place.path)
      #expect(!found.contains { $0.hasSuffix(".partial") })
    }
  }

  @Test func `the result has every promised field under its name`() throws {
    try withTemporaryDirectory { place in
      var outcome = SampleOutcome.fleet
      outcome.result.sampling.hitRatioError = nil
      try export(outcome, to: place)
      let data = try Data(contentsOf: place.appendingPathComponent("a/b/result.json"))
      let object = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
      let promised = [
        "scenario", "seed", "nodes", "gpus", "simulated_seconds", "wall_seconds", "cpu_seconds",
        "events", "requests", "peak_rss_bytes", "decision_hash", "gpu_stall_fraction",
        "goodput_fraction", "hit_ratio", "origin", "latency_us", "sampling", "slo",
      ]
      for name in promised { #expect(object[name] != nil, "\(name) is missing") }
      func keys(_ name: String) -> [String] {
        ((object[name] as? [String: Any])?.keys).map { $0.sorted() } ?? []
      }
      #expect(keys("hit_ratio") == ["flash", "memory", "origin", "peer"])
      #expect(keys("origin") == ["bytes", "requests", "throttled"])
      #expect(keys("latency_us") == ["p50", "p99", "p999"])
      #expect(keys("sampling").contains("rate"))
      #expect(keys("sampling").contains("hit_ratio_error"))
      let objectives = try #require(object["slo"] as? [[String: Any]])
      #expect(objectives.count == 5)
      #expect(objectives[0].keys.sorted() == ["limit", "name", "pass", "value"])
    }
  }

  @Test func `a figure that is not a number is null in JSON`() throws {
    var result = SampleOutcome.fleet.result
    result.gpuStallFraction = .nan
    result.latencyMicroseconds.p999 = .infinity
    let text = try result.json()
    #expect(text.contains("\"gpu_stall_fraction\" : null"))
    #expect(text.contains("\"p999\" : null"))
    #expect(!text.lowercased().contains("not a number"))
  }

  @Test func `a result that was written reads back`() throws {
    let result = SampleOutcome.fleet.result
    let read = try JSONDecoder().decode(
      SimulationResult.self, from: Data(try result.json().utf8))
    #expect(try read.json() == result.json())
    #expect(read.events == 88_412_903)
  }

  @Test func `the notebook has the shape that Jupyter asks for`() throws {
    var result = SimulationResult()
    result.scenario = "# <b>*loud*</b>\nname"
    try withTemporaryDirectory { place in
      try export(SimulationOutcome(result: result, series: SimulationSeries()), to: place)
      let data = try Data(contentsOf: place.appendingPathComponent("a/b/report.ipynb"))
      let notebook = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
      #expect(notebook["nbformat"] as? Int == 4)
      #expect(notebook["nbformat_minor"] as? Int == 5)
      let cells = try #require(notebook["cells"] as? [[String: Any]])
      #expect(Set(cells.compactMap { $0["id"] as? String }).count == cells.count)
      for cell in cells where cell["cell_type"] as? String == "code" {
        #expect(cell["execution_count"] is NSNull)
        #expect((cell["outputs"] as? [Any])?.isEmpty == true)
      }
      let title = (cells.first?["source"] as? [String])?.first
      #expect(title == "# \\# &lt;b&gt;\\*loud\\*&lt;/b&gt; name\n")
    }
  }

  @Test func `the packed series is one lz4 frame that knows its length`() throws {
    try withTemporaryDirectory { place in
      try export(SampleOutcome.fleet, to: place)
      let frame = try Data(contentsOf: place.appendingPathComponent("a/b/series.json.lz4"))
      // Magic number, then version 01 with content size and content checksum.
      #expect([UInt8](frame.prefix(4)) == [0x04, 0x22, 0x4D, 0x18])
      #expect(frame[4] & 0b1100_1100 == 0b0100_1100)
      let length = (0..<8).reduce(UInt64(0)) { $0 | UInt64(frame[6 + $1]) << (8 * UInt64($1)) }
      #expect(length == UInt64(try SampleOutcome.fleet.series.json().utf8.count))
      #expect(frame.count < Int(length) / 2)
    }
  }

  /// Keeps a sample export to look at: TARN_SAMPLE_EXPORT=DIR swift test --filter sample
  @Test(.enabled(if: ProcessInfo.processInfo.environment["TARN_SAMPLE_EXPORT"] != nil))
  func `the sample can be kept to look at`() throws {
    let place = try #require(ProcessInfo.processInfo.environment["TARN_SAMPLE_EXPORT"])
    try exportSimulation(
      SampleOutcome.fleet, scenarioText: SampleOutcome.scenarioText, to: place)
    try exportSimulation(
      SimulationOutcome(result: SimulationResult(), series: SimulationSeries()), scenarioText: "",
      to: place + "/empty")
    let hostile = HostileOutcome.huge
    try exportSimulation(hostile, scenarioText: "<script>", to: place + "/hostile")
  }
}
