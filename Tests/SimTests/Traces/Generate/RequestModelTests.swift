import Foundation
@testable import TarnSim
import Testing
@testable import TarnTraceFormat

@Suite struct RequestModelTests {
  static func recorded(_ recipe: RequestRecipe) -> RecordedRequests {
    var trace = RecordedRequests()
    for key in RequestGeneratorTests.ids(recipe, Int(recipe.requests)) {
      trace.append(key, size: recipe.sizes?.size(of: key))
    }
    return trace
  }

  private var mixed: RecordedRequests {
    var recipe = RequestRecipe(
      pattern: .zipf(exponent: 1), objects: 3000, requests: 60_000, seed: 11)
    (recipe.scanShare, recipe.oneHitShare) = (0.05, 0.05)
    recipe.sizes = .lognormal(median: 10_000, sigma: 1)
    return Self.recorded(recipe)
  }

  @Test func `a twin misses as often as the original in LRU caches of all sizes`() throws {
    for trace in [
      mixed, Self.recorded(.init(pattern: .loop, objects: 500, requests: 20_000)),
      Self.recorded(.init(pattern: .epochs(20), objects: 1000, requests: 20_000)),
      Self.recorded(
        .init(
          pattern: .lruStack(.lognormal(median: 50, sigma: 2)), objects: 4000, requests: 40_000)),
    ] {
      let twin = try RequestModel(fitting: trace, path: "x").twin(seed: 1)
      let report = RequestFitReport(
        original: RequestStatistics(of: trace), generated: RequestStatistics(of: twin))
      #expect(report.largestLRUDifference < 0.01, "\(report.lines)")
      #expect(twin.objects.count == trace.objects.count)
      #expect(twin.objectCount == trace.objectCount)
    }
  }

  @Test func `a twin keeps popularity and sizes`() throws {
    let trace = mixed
    let twin = try RequestModel(fitting: trace, path: "x").twin(seed: 1)
    // Distances come first: of so short and so skewed a trace popularity comes out flatter.
    let original = RequestStatistics(of: trace)
    let generated = RequestStatistics(of: twin)
    #expect((original.topPercentShare - generated.topPercentShare).magnitude < 0.1)
    #expect((original.topTenthShare - generated.topTenthShare).magnitude < 0.08)
    #expect((original.oneHitShare - generated.oneHitShare).magnitude < 0.14)
    #expect((generated.meanObjectBytes / original.meanObjectBytes - 1).magnitude < 0.1)
    #expect((generated.meanRequestBytes / original.meanRequestBytes - 1).magnitude < 0.2)
    #expect(original.largestFIFODifference(to: generated) < 0.03)
  }

  @Test func `a model and a seed give the same requests on every machine`() throws {
    let model = try RequestModel(fitting: mixed, path: "x")
    let twin = model.twin(seed: 1)
    #expect(
      Array(twin.objects.prefix(32)) == [
        0, 0, 1, 2, 3, 4, 4, 5, 6, 3, 4, 6, 7, 8, 9, 3, 5, 10, 10, 11, 10, 11, 12, 5, 12, 13, 14,
        15, 16, 14, 13, 5,
      ])
    #expect(Array(twin.objects.suffix(8)) == [6435, 1927, 6399, 1736, 2597, 3671, 112, 6511])
    #expect(model.twin(seed: 1).objects == twin.objects)
    #expect(model.twin(seed: 2).objects != twin.objects)
  }

  @Test func `more requests than recorded have objects in proportion`() throws {
    let trace = mixed
    let model = try RequestModel(fitting: trace, path: "x")
    var generator = LikenessGenerator(model: model, requests: 120_000, seed: 1)
    var batch = RequestBatch()
    generator.fill(&batch, count: 120_000)
    let objects = Double(Set(batch.keys).count)
    #expect((objects / Double(trace.objectCount) / 2 - 1).magnitude < 0.02)
  }

  @Test func `statistics are those of a trace counted by hand`() {
    var trace = RecordedRequests()
    for (key, size) in [(9, 1), (7, 2), (9, 1), (9, 1), (5, 6), (7, 2)] as [(UInt64, UInt32)] {
      trace.append(key, size: size)
    }
    #expect(trace.objects == [0, 1, 0, 0, 2, 1])
    let statistics = RequestStatistics(of: trace)
    #expect(statistics.objects == 3)
    #expect(statistics.oneHitShare == 1.0 / 3)
    #expect(statistics.topShare == 0.5)
    #expect(statistics.reuseMedian == 2 && statistics.reuseP90 == 4)
    #expect(statistics.meanObjectBytes == 3)
    #expect(statistics.meanRequestBytes == 13.0 / 6)
    // One object fits: only the immediate repetition hits.
    let missRatio: Double = 5.0 / 6
    #expect(statistics.lruMissRatios == Array(repeating: missRatio, count: 4))
    #expect(statistics.fifoMissRatios == statistics.lruMissRatios)
  }

  @Test func `too short a trace cannot be fitted`() {
    let trace = Self.recorded(.init(pattern: .loop, objects: 5, requests: 999))
    #expect(
      traceError { _ = try RequestModel(fitting: trace, path: "x.tarn") }?.description
        == "x.tarn: has 999 requests; a fit needs at least 1000")
  }
}

extension RequestStatistics {
  func largestFIFODifference(to other: RequestStatistics) -> Double {
    RequestFitReport(original: self, generated: other).largestFIFODifference
  }
}
