import Foundation
import Testing

@Suite(.enabled(if: Command.release != nil, "the release binary is missing: run make test"))
struct `tarn plan` {
  private let folder: TemporaryFolder
  private let file: String

  init() throws {
    folder = try TemporaryFolder()
    file = folder.url.appendingPathComponent("small.yaml").path
    let text = """
      name: small
      duration: 2s
      topology:
        regions: [{name: east, zones: 1}]
        pools: [{name: train, cells: 1, nodes_per_cell: 4, nodes_per_rack: 2, class: gb200}]
      cache: {memory: {capacity: 2GiB}, flash: {capacity: 8GB, segment: 64MiB}}
      origin: {accounts: 2}
      workloads:
        - name: vision
          kind: training
          jobs: [{gpus: 16, count: 1}]
          model: {name: small, sample: 1MiB, batch: 8, step: 100ms}
          dataset: 2GiB
          warm: 1
      slo: [{name: hit_ratio_cache, min: 90%}]
      """
    try Data(text.utf8).write(to: URL(fileURLWithPath: file))
  }

  private func plan(_ arguments: [String]) throws -> Command.Outcome {
    try #require(Command.release).run(["plan", file] + arguments)
  }

  @Test func `finds sizes that a simulation confirms, and a smaller one that it does not`() throws {
    let export = folder.url.appendingPathComponent("out")
    let outcome = try plan([
      "--vary", "cache.flash,origin.accounts", "--seeds", "2", "--json", "--export", export.path,
    ])
    #expect(outcome.status == 0, "\(outcome.errors)")
    let report = try outcome.json()
    #expect(report["met"] as? Bool == true)
    let probes = try #require(report["probes"] as? [[String: Any]])
    #expect(outcome.errorLines.filter { $0.hasPrefix("probe ") }.count == probes.count)
    let dimensions = try #require(report["dimensions"] as? [[String: Any]])
    let flash = try #require((dimensions[0]["answer"] as? [String: Any])?["value"] as? Int)
    let below = try #require(dimensions[0]["below"] as? [String: Any])
    let sizes = try #require(below["sizes"] as? [[String: Any]])
    let smaller = try #require(sizes[0]["value"] as? Int)
    #expect(smaller < flash)
    for (size, status) in [(flash, 0), (smaller, 3)] {
      let accounts = (dimensions[1]["answer"] as? [String: Any])?["value"] as? Int ?? 0
      let statuses = try (1...2).map { seed in
        try #require(Command.release).run([
          "simulate", file, "--quiet", "--seed", "\(seed)", "--set",
          "cache.flash.capacity=\(size)B", "--set", "origin.accounts=\(accounts)",
        ]).status
      }
      #expect(statuses.max() == Int32(status), "\(size)")
    }
    let names = try FileManager.default.contentsOfDirectory(atPath: export.path).sorted()
    #expect(names == ["plan.json", "plan.txt", "probes.csv", "scenario.yaml"])
  }

  @Test func `objectives out of reach end with status 3 and what binds`() throws {
    let outcome = try plan([
      "--slo", "p50<1us", "--vary", "cache.memory=1GiB..2GiB", "--seeds", "1",
    ])
    #expect(outcome.status == 3, "\(outcome.errors)")
    #expect(outcome.output.contains("No size that was allowed meets the objectives"))
    #expect(outcome.output.contains("p50_us"))
  }

  @Test(arguments: [
    (["--slo", "gpu-stall"], "has no < or >"), (["--slo", "fast<1s"], "use one of gpu-stall"),
    (["--vary", "cache.disk"], "is nothing that can be varied"),
    (["--vary", "cache.memory=1GiB.."], "write a range"), (["--seeds", "0"], "use 1 to 100"),
    (["--nodes", "9"], "the scenario has 4"), (["--jobs", "0"], "use 1 to 256"),
    (["--set", "origin.acounts=2"], "did you mean accounts?"),
    (["--export", "/dev/null/x"], "cannot be made"),
  ])
  func `bad input is one correct error and exit status 2`(arguments: [String], message: String)
    throws
  {
    let outcome = try plan(arguments)
    #expect(outcome.status == 2)
    #expect(outcome.output.isEmpty)
    #expect(outcome.errorLines.count == 1, "\(outcome.errors)")
    #expect(outcome.errors.contains(message), "\(outcome.errors)")
  }
}
