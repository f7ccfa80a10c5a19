import Foundation
@testable import TarnSim
import Testing
@testable import TarnTraceFormat

@Suite struct RequestOutputTests {
  private var recipe: RequestRecipe {
    var recipe = RequestRecipe(pattern: .zipf(exponent: 1), objects: 300, requests: 70_000, seed: 5)
    (recipe.scanShare, recipe.scanLength, recipe.oneHitShare) = (0.1, 20, 0.05)
    recipe.sizes = .lognormal(median: 4096, sigma: 1)
    recipe.rate = 2000
    return recipe
  }

  @Test func `a trace holds the generator's requests`() throws {
    let file = try TemporaryFile(suffix: ".tarn")
    try recipe.write(path: file.path)
    var reader = try TraceReader(path: file.path, strict: true)
    #expect(reader.schema.columns == [.time, .key, .size])
    #expect(
      reader.schema.notes.map { "\($0.name)=\($0.value)" } == [
        "generator=tarn trace generate", "model=zipf 1.0", "objects=300", "seed=5",
        "scans=0.1 in runs of 20", "one-hit=0.05", "size=lognormal:4096.0B,1.0", "rate=2000.0",
      ])
    var keys: [UInt64] = []
    var block = TraceBlock()
    while try reader.next(into: &block) {
      keys += block.keys
      for index in 0..<block.count {
        #expect(block.sizes[index] == UInt64(recipe.sizes!.size(of: block.keys[index])))
      }
    }
    #expect(keys == RequestGeneratorTests.ids(recipe, 70_000))
  }

  @Test func `a trace without sizes and times has only keys`() throws {
    let file = try TemporaryFile(suffix: ".tarn")
    try RequestRecipe(pattern: .loop, objects: 3, requests: 7).write(path: file.path)
    let reader = try TraceReader(path: file.path, strict: true)
    #expect(reader.schema.columns == [.key])
    #expect(reader.recordCount == 7)
  }

  @Test func `oracleGeneral names each request's next one`() throws {
    let file = try TemporaryFile(suffix: ".oracleGeneral")
    try recipe.write(path: file.path)
    let bytes = try file.bytes()
    #expect(bytes.count == 70_000 * 24)
    func field<Value: FixedWidthInteger>(_ record: Int, _ offset: Int) -> Value {
      bytes[(record * 24 + offset)...].prefix(MemoryLayout<Value>.size).reversed()
        .reduce(0) { $0 << 8 | Value(truncatingIfNeeded: $1) }
    }
    let keys = RequestGeneratorTests.ids(recipe, 70_000)
    var next: [UInt64: Int64] = [:]
    var clock = ArrivalClock(rate: 2000, seed: 5)
    for (index, key) in keys.enumerated() {
      #expect(field(index, 0) == UInt32(clock.next() / 1_000_000_000))
      #expect(field(index, 4) == key)
      #expect(field(index, 12) == recipe.sizes!.size(of: key))
    }
    for index in keys.indices.reversed() {
      #expect(field(index, 16) == next[keys[index]] ?? -1)
      next[keys[index]] = Int64(index) + 1
    }
  }

  @Test func `what does not fit oracleGeneral is refused, and nothing is left behind`() throws {
    let file = try TemporaryFile(suffix: ".oracleGeneral")
    let large = RequestRecipe(pattern: .uniform, objects: 1 << 31, requests: 10)
    #expect(
      traceError { try large.write(path: file.path) }?.problem
        == "oracleGeneral names each request's next one, so that 10 requests for 2147483648 ids "
        + "would not fit in memory; at most 2^30 of each do: write *.tarn instead")
    #expect(!file.exists)
    let nowhere = RequestRecipe(pattern: .uniform, objects: 1, requests: 1)
    #expect(traceError { try nowhere.write(path: "/nonexistent/x.tarn") }?.kind == .unwritable)
  }

  @Test func `the committed sample is what its command makes`() throws {
    let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let sample = try Data(
      contentsOf: package.appendingPathComponent("traces/requests-sample.tarn"))
    var recipe = RequestRecipe(
      pattern: .zipf(exponent: 0.9), objects: 2000, requests: 8000, seed: 3)
    (recipe.scanShare, recipe.scanLength, recipe.oneHitShare) = (0.1, 200, 0.1)
    recipe.sizes = .lognormal(median: 262_144, sigma: 1.5)
    recipe.rate = 100
    let file = try TemporaryFile(suffix: ".tarn")
    try recipe.write(path: file.path)
    #expect(try file.bytes() == Array(sample))
  }
}
