import Foundation
import Testing

@Suite(.enabled(if: Command.release != nil, "the release binary is missing: run make test"))
struct `tarn replay --decisions` {
  private let folder = FileManager.default.temporaryDirectory
    .appendingPathComponent("tarn-decisions-\(UUID().uuidString)")

  private func run(_ arguments: [String]) throws -> Command.Outcome {
    try #require(Command.release).run(arguments)
  }

  /// Records a node of a small simulation; the file's path.
  private func record(_ name: String) throws -> String {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let path = folder.appendingPathComponent(name).path
    let outcome = try run([
      "simulate", "scenarios/laptop.yaml", "--duration", "3s", "--quiet",
      "--record-decisions", path, "--record-node", "5",
    ])
    #expect(outcome.status == 0 || outcome.status == 3, "\(outcome.errors)")
    return path
  }

  @Test func `replays what a simulation recorded, in release and debug`() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = try record("node.tarnlog")
    let text = try run(["replay", "--decisions", path])
    #expect(text.status == 0, "\(text.errors)")
    #expect(text.output.contains("every step was decided the same"))
    let json = try run(["replay", "--decisions", path, "--json"]).json()
    #expect(json["reproduced"] as? Bool == true)
    #expect(json["end"] as? String == "finished")
    #expect(try #require(json["steps"] as? Int) > 100)
    let hash = try #require(json["hash"] as? String)
    #expect(text.output.contains("decision hash \(hash)"))
    if let debug = Command.debug {
      let other = try debug.run(["replay", "--decisions", path, "--json"]).json()
      #expect(other["hash"] as? String == hash)
    }
  }

  @Test func `says where a recording is damaged or cut off, and goes on with the next`() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = try record("node.tarnlog")
    var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
    let cut = folder.appendingPathComponent("cut.tarnlog")
    try bytes.prefix(bytes.count - 7).write(to: cut)
    bytes[bytes.count / 2] ^= 1
    let damaged = folder.appendingPathComponent("damaged.tarnlog")
    try bytes.write(to: damaged)
    let outcome = try run(["replay", "--decisions", damaged.path, cut.path])
    #expect(outcome.status == 2)
    #expect(outcome.errorLines.count == 1)
    #expect(outcome.errors.hasPrefix("tarn: \(damaged.path): at byte "), "\(outcome.errors)")
    #expect(outcome.errors.contains("head -c "))
    #expect(outcome.output.contains("the recording is cut off at byte"))
    #expect(try run(["replay", "--decisions", cut.path]).status == 0)
  }

  @Test(arguments: [
    (["traces/requests-sample.tarn"], "is a trace of requests; leave --decisions out"),
    (["traces/README.md"], "does not begin as a recording of decisions does"),
    (["nowhere.tarnlog"], "cannot be opened"),
    (["--policy", "lru", "nowhere.tarnlog"], "--policy: a recording of decisions is replayed as"),
  ])
  func `refuses bad input in one line, with status 2 and no output`(
    arguments: [String], message: String
  ) throws {
    let outcome = try run(["replay", "--decisions"] + arguments)
    #expect(outcome.status == 2)
    #expect(outcome.output.isEmpty)
    #expect(outcome.errors.contains(message), "\(outcome.errors)")
    #expect(outcome.errorLines.count == 1)
  }
}
