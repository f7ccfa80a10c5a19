import Foundation
import Testing

@Suite(
  .serialized,
  .enabled(
    if: Command.release != nil && Command.debug != nil,
    "the release or the debug binary is missing: run make test"))
struct `The same scenario and seed` {
  private func hash(_ command: Command?, deterministicHashing: String = "") throws -> String {
    let outcome = try #require(command).run(
      shortLaptop + ["--json"],
      environment: ["SWIFT_DETERMINISTIC_HASHING": deterministicHashing])
    return try #require(try outcome.json()["decision_hash"] as? String, "\(outcome.errors)")
  }

  @Test func `gives the same decisions twice, with any hashing, in debug and in release`() throws {
    let first = try hash(Command.release)
    #expect(try hash(Command.release) == first)
    #expect(try hash(Command.release, deterministicHashing: "1") == first)
    #expect(try hash(Command.debug) == first)
  }
}
