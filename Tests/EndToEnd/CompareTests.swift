import Foundation
import Testing

@Suite(.enabled(if: Command.release != nil, "the release binary is missing: run make test"))
struct CompareTests {
  private func write(_ text: String, _ name: String) throws -> String {
    let path = FileManager.default.temporaryDirectory
      .appendingPathComponent("\(UUID().uuidString)-\(name)").path
    try text.write(toFile: path, atomically: true, encoding: .utf8)
    return path
  }

  private let scenario = """
    name: tiny
    duration: 4s
    topology:
      regions: [{name: east, zones: 1}]
      pools: [{name: train, cells: 1, nodes_per_cell: 4, nodes_per_rack: 2, class: gb200}]
    cache: {memory: {capacity: 1GiB}, flash: {capacity: 100GB, segment: 256MiB}}
    origin: {accounts: 1}
    workloads:
      - name: restart
        kind: cold-start
        jobs: [{gpus: 16, count: 1}]
        weights: 512MiB
    """

  @Test func `two designs are compared, and the figures are JSON`() throws {
    let tarn = try #require(Command.release)
    let file = try write(scenario, "tiny.yaml")
    let outcome = try tarn.run([
      "compare", file, "--designs", "none,tarn", "--seeds", "2", "--no-sensitivity", "--json",
    ])
    #expect(outcome.status == 0, "\(outcome.errors)")
    let report = try outcome.json()
    #expect((report["ranking"] as? [String])?.sorted() == ["none", "tarn"])
    #expect((report["verdict"] as? [String])?.count == 3)
    let rows = try #require(report["rows"] as? [[String: Any]])
    let figures = try #require(rows[1]["figures"] as? [String: [String: Any]])
    // Four nodes read half a gibibyte that the cell reads once, in four seconds.
    let bytes = try #require(figures["origin_bytes_per_s"]?["mean"] as? Double)
    #expect(bytes == 134_217_728)
  }

  @Test func `an export has a report, tables and a notebook that belong together`() throws {
    let tarn = try #require(Command.release)
    let file = try write(scenario, "tiny.yaml")
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    let outcome = try tarn.run([
      "compare", file, "--designs", "none,blobfuse-dist,tarn", "--seeds", "1", "--export",
      folder.path,
    ])
    #expect(outcome.status == 0, "\(outcome.errors)")
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
    #expect(
      names == [
        "assumptions.csv", "comparison.json", "designs.csv", "over-time.csv", "report.html",
        "report.ipynb", "scenario.yaml", "seeds.csv", "sensitivity.csv",
      ])
    guard let python = Command.python else { return }
    let run = try python.runNotebook(
      folder.appendingPathComponent("report.ipynb").path, printing: true)
    #expect(run.status == 0, "\(run.errors)")
    #expect(run.output.contains("of GPU time"))
  }

  @Test(arguments: [
    (["--designs", "nobody"], "is no design"), (["--seeds", "0"], "--seeds 0: use 1 to 100"),
    (["--jobs", "0"], "use 1 to 256"), (["--set", "origin.acounts=2"], "did you mean accounts?"),
    (["--designs", "external:/nowhere"], "/nowhere: cannot be read"),
    (["--set", "compare.assumptions.blobfuse.timeout_s=0.5"], "is out of bounds"),
  ])
  func `bad input is one correct error and exit status 2`(
    arguments: [String], expected: String
  ) throws {
    let tarn = try #require(Command.release)
    let outcome = try tarn.run(["compare", try write(scenario, "tiny.yaml")] + arguments)
    #expect(outcome.status == 2)
    #expect(outcome.output.isEmpty)
    #expect(outcome.errorLines.count == 1, "\(outcome.errors)")
    #expect(outcome.errors.contains(expected), "\(outcome.errors)")
  }

  @Test func `help teaches by example and lists the designs`() throws {
    let tarn = try #require(Command.release)
    let outcome = try tarn.run(["compare", "--help"])
    #expect(outcome.status == 0)
    #expect(outcome.output.contains("tarn compare scenarios/compare-training.yaml"))
    #expect(outcome.output.contains("blobfuse-dist"))
  }
}
