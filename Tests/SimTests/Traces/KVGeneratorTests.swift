import Foundation
@testable import TarnSim
import Testing
@testable import TarnTraceFormat

@Suite struct KVGeneratorTests {
  @Test func `a seed gives the same trace on every machine`() {
    let trace = KVGenerator.trace(model: .conversation, seed: 42, count: 300)
    var sum: UInt64 = 0
    for index in 0..<trace.count {
      sum = XXHash64.hash(
        TraceFormatTests.littleEndian(trace.timeNanoseconds[index])
          + TraceFormatTests.littleEndian(UInt64(trace.inputTokens[index]))
          + TraceFormatTests.littleEndian(UInt64(trace.outputTokens[index]))
          + trace.chain(index).flatMap(TraceFormatTests.littleEndian), seed: sum)
    }
    #expect(sum == 11_988_002_327_160_327_522)
    #expect(KVGenerator.trace(model: .conversation, seed: 42, count: 300) == trace)
    #expect(KVGenerator.trace(model: .conversation, seed: 43, count: 300) != trace)
  }

  @Test func `a chain holds its prompt, and equal ids have equal prefixes`() {
    let trace = KVGenerator.trace(model: .conversation, seed: 1, count: 1000)
    var parents: [UInt64: UInt64?] = [:]
    for index in 0..<trace.count {
      let chain = trace.chain(index)
      #expect(chain.count == (Int(trace.inputTokens[index]) + 511) / 512)
      var parent: UInt64?
      for id in chain {
        if let known = parents[id] { #expect(known == parent) }
        parents[id] = parent
        parent = id
      }
    }
  }

  @Test func `the built-in model reuses as the recording does`() {
    let trace = KVGenerator.trace(model: .conversation, seed: 9, count: 12_031)
    let distinct = Set(trace.chainIDs).count
    let hitRatio = 1 - Double(distinct) / Double(trace.chainIDs.count)
    #expect((hitRatio - 0.3664).magnitude < 0.02)
    let rate = Double(trace.count) * 1e9 / Double(trace.spanNanoseconds)
    #expect((rate - 3.4).magnitude < 0.15)
    #expect((Double(trace.chainIDs.count) / Double(trace.count) - 23.98).magnitude < 1.5)
  }

  @Test func `a fit finds the model again`() throws {
    let model = KVModel(
      tokensPerBlock: 16, requestsPerSecond: 10,
      systemPrompts: [.init(blocks: 2, share: 0.75), .init(blocks: 5, share: 0.25)],
      continuation: [0.5, 0.5, 0.5], thinkSeconds: QuantileTable(of: [1, 2, 4]),
      soloInput: QuantileTable(of: [100, 200]), openingInput: QuantileTable(of: [100, 200]),
      extendShare: 1, growth: QuantileTable(of: [16, 64]), keptShare: QuantileTable(of: []),
      divergedTail: QuantileTable(of: []), output: QuantileTable(of: [5]))
    let trace = KVGenerator.trace(model: model, seed: 3, count: 1500)
    let fit = try KVModel(fitting: trace, path: "sample", calibrationSeeds: 1...2)
    #expect(fit.systemPrompts.map(\.blocks).sorted() == [2, 5])
    #expect((fit.requestsPerSecond - 10).magnitude < 0.7)
    for share in fit.continuation { #expect((share - 0.5).magnitude < 0.08) }
    #expect((fit.thinkSeconds.value(at: 0.5) - 2).magnitude < 0.3)
    #expect(fit.extendShare == 1)
    let twin = KVGenerator.trace(model: fit, seed: 8, count: 1500)
    let difference =
      KVStatistics(of: twin).infiniteHitRatio - KVStatistics(of: trace).infiniteHitRatio
    #expect(difference.magnitude < 0.02)
  }

  @Test func `too short a trace cannot be fitted`() {
    let trace = KVGenerator.trace(model: .conversation, seed: 1, count: 99)
    #expect(
      traceError { _ = try KVModel(fitting: trace, path: "x.tarn") }?.description
        == "x.tarn: has 99 prompts; a fit needs at least 100, at different times, "
        + "and the tokens of a block")
  }

  @Test(arguments: [1, 0.5, 2, 10, 1e-9, 12345.678, 1e300, .leastNormalMagnitude] as [Double])
  func `our logarithm is the logarithm`(value: Double) {
    let expected = Foundation.log(value)
    #expect(
      (DeterministicMath.log(value) - expected).magnitude <= 1e-14 * max(1, expected.magnitude))
  }

  @Test func `quantiles of samples are those of the samples`() {
    let table = QuantileTable(of: (0...1000).map(Double.init))
    #expect(table.value(at: 0) == 0)
    #expect(table.value(at: 0.5) == 500)
    #expect((table.value(at: 0.9) - 900).magnitude < 1e-9)
    #expect((table.value(at: 0.995) - 995).magnitude < 1e-9)
    #expect(table.value(at: 1) == 1000)
  }

  @Test func `pauses cut short by the end count as lasting`() {
    // Of four pauses two ended (after 1 and 3 s) and two were cut, one of them between.
    let estimate = PauseEstimate(ended: [1, 3], cut: [2, 4])
    #expect(estimate.eventShare == 0.625)
  }

  @Test func `the committed sample is what its command makes`() throws {
    let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    let sample = try KVTrace.load(
      path: package.appendingPathComponent("traces/kv-sample.tarn").path)
    #expect(sample == KVGenerator.trace(model: .conversation, seed: 3, count: 12_000))
  }
}
