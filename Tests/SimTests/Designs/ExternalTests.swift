import Foundation
import TarnSettings
import Testing

@testable import TarnSim

@Suite struct ExternalTests {
  private func file(_ text: String) throws -> String {
    let path = FileManager.default.temporaryDirectory
      .appendingPathComponent("external-\(UUID().uuidString).json").path
    try text.write(toFile: path, atomically: true, encoding: .utf8)
    return path
  }

  private func figures(_ text: String) throws -> ExternalFigures {
    let path = try file(text)
    defer { try? FileManager.default.removeItem(atPath: path) }
    return try ExternalFigures.load(path)
  }

  @Test func `reads hit in the shares that the file says`() throws {
    let figures = try figures(
      #"{"name": "other", "hit_ratio": {"memory": 0.5, "peer": 0.25}, "latency_us": {"p50": 300, "p99": 2000}}"#
    )
    let scenario = try DesignFixtures.coldStart(nodes: 8, weights: "1GiB")
    let result = try DesignFixtures.run(scenario, .external(figures))
    #expect(abs(result.hitRatio.memory - 0.5) < 0.05)
    #expect(abs(result.hitRatio.peer - 0.25) < 0.05)
    #expect(abs(result.hitRatio.origin - 0.25) < 0.05)
    // 8 nodes read 256 blocks, and each read that misses is one of the origin.
    let missed = (result.hitRatio.origin * 2048).rounded()
    #expect(Double(result.origin.requests) == missed)
  }

  @Test func `a load factor of a half halves what the origin sees`() throws {
    let text =
      #"{"hit_ratio": {}, "latency_us": {"p50": 300, "p99": 2000}, "origin_load_factor": 0.5}"#
    let scenario = try DesignFixtures.coldStart(nodes: 8, weights: "1GiB")
    let result = try DesignFixtures.run(scenario, .external(try figures(text)))
    #expect(abs(Double(result.origin.requests) / 2048 - 0.5) < 0.05)
  }

  @Test(arguments: [
    ("[", "is no JSON object"),
    (#"{"latency_us": {"p50": 1, "p99": 2}}"#, "hit_ratio: is missing"),
    (#"{"hit_ratio": {"memory": "all"}, "latency_us": {"p50": 1, "p99": 2}}"#, "hit_ratio.memory"),
    (#"{"hit_ratio": {"memory": 2}, "latency_us": {"p50": 1, "p99": 2}}"#, "2.0 is no share"),
    (
      #"{"hit_ratio": {"memory": 0.9, "peer": 0.9}, "latency_us": {"p50": 1, "p99": 2}}"#, "sums to"
    ),
    (#"{"hit_ratio": {}, "latency_us": {"p50": 5, "p99": 2}}"#, "p50 <= p99"),
    (#"{"hit_ratio": {}, "latency_us": {"p50": 1}}"#, "latency_us.p99: is missing"),
  ])
  func `a file that cannot be is refused with its place`(text: String, expected: String) throws {
    let error = #expect(throws: SettingsError.self) { try figures(text) }
    #expect("\(error!)".contains(expected), "\(error!)")
  }
}
