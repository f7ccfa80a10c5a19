import Foundation
import Testing

/// A whole node with real clients and real stores. The tests themselves are in `Clients/`, in Python,
/// because the clients are; here each file is run, and what it skips is told.
///
/// They take minutes and start dozens of processes, so they run where `TARN_CLIENTS` is set, by `make
/// test-clients`. `TARN_NODE_BIN` names the daemon, `TARN_PYTHON` a Python with the clients. Larger
/// versions run with
/// `TARN_HEAVY_CLIENTS`, `TARN_FULL_SUITE`, `TARN_FULL_POOL` or `TARN_FULL_MEMORY` set; one file
/// alone: `.venv/bin/python -m pytest Tests/EndToEnd/Clients/test_boto.py`.
@Suite(
  .serialized,
  .enabled(
    if: Command.node != nil && Command.hasNodeClients,
    "tarn-node or the clients' Python is missing: run make test"))
struct `tarn-node` {
  @Test(
    .enabled(
      if: ProcessInfo.processInfo.environment["TARN_CLIENTS"] != nil, "run make test-clients"),
    arguments: [
      ("test_boto.py", 60), ("test_clients.py", 6), ("test_fsspec.py", 2),
      ("test_consistency.py", 8), ("test_pool.py", 3), ("test_restart.py", 5),
      ("test_bad_input.py", 30), ("test_memory.py", 3), ("test_recording.py", 3),
      ("test_cold.py", 4),
    ])
  func `serves real clients`(file: String, least: Int) throws {
    let outcome = try #require(Command.python).run(
      [
        "-m", "pytest", "-q", "-rs", "--tb=short", "-p", "no:cacheprovider",
        "Tests/EndToEnd/Clients/\(file)",
      ],
      environment: [
        "TARN_NODE_BIN": try #require(Command.node).path,
        "TARN_BIN": Command.release?.path ?? "", "PYTHONDONTWRITEBYTECODE": "1",
      ])
    for line in outcome.output.split(separator: "\n") where line.hasPrefix("SKIPPED") {
      print("\(file): \(line)")
    }
    #expect(outcome.status == 0, "\(outcome.output.suffix(20_000))\(outcome.errors)")
    let passed = outcome.output.firstMatch(of: /(\d+) passed/).flatMap { Int($0.1) }
    #expect(passed ?? 0 >= least, "\(outcome.output.suffix(2_000))")
  }

  @Test func `says in one line what is wrong with its configuration`() throws {
    let node = try #require(Command.node)
    let folder = try TemporaryFolder()
    let file = folder.url.appendingPathComponent("node.yaml")
    for (text, message) in [
      ("threads: many", "threads"), ("listen: 0.0.0.0:7070", "tenants"),
      ("cache: {memory: {eviction: guess}}", "guess"),
      ("containers: [{name: a, origin: nowhere}]", "nowhere"),
    ] {
      try Data(text.utf8).write(to: file)
      for arguments in [["check-config", file.path], ["--config", file.path]] {
        let outcome = try node.run(arguments)
        #expect(outcome.status == 2, "\(text)")
        #expect(outcome.output.isEmpty)
        #expect(outcome.errorLines.count == 1, "\(outcome.errors)")
        #expect(outcome.errors.contains(message), "\(outcome.errors)")
      }
    }
    let missing = try node.run(["--origin", "file:/nonexistent/tarn", "--flash-capacity", "0"])
    #expect(missing.status == 2)
    #expect(missing.errors.contains("/nonexistent/tarn"), "\(missing.errors)")
  }
}
