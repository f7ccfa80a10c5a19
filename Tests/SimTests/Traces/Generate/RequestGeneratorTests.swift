import Foundation
@testable import TarnSim
import Testing

@Suite struct RequestGeneratorTests {
  /// The first ids of a recipe.
  static func ids(_ recipe: RequestRecipe, _ count: Int) -> [UInt64] {
    var generator = RequestGenerator(recipe)
    var batch = RequestBatch()
    generator.fill(&batch, count: count)
    return batch.keys
  }

  static func recipe(
    _ pattern: RequestRecipe.Pattern, objects: UInt64 = 1000, seed: UInt64 = 1,
    _ change: (inout RequestRecipe) -> Void = { _ in }
  ) -> RequestRecipe {
    var recipe = RequestRecipe(pattern: pattern, objects: objects, requests: 1 << 20, seed: seed)
    change(&recipe)
    return recipe
  }

  @Test func `a seed gives the same ids on every machine`() {
    #expect(
      Self.ids(Self.recipe(.zipf(exponent: 1)), 16) == [
        939, 22, 295, 611, 1, 900, 989, 93, 591, 827, 827, 823, 900, 93, 706, 339,
      ])
    #expect(
      Self.ids(Self.recipe(.zipf(exponent: 0.7)) { $0.keepsRanks = true }, 16) == [
        955, 491, 606, 598, 427, 18, 45, 1, 475, 146, 148, 298, 19, 4, 436, 153,
      ])
    #expect(
      Self.ids(Self.recipe(.uniform), 16) == [
        15, 214, 155, 159, 251, 775, 672, 949, 222, 488, 486, 339, 770, 886, 245, 480,
      ])
    #expect(
      Self.ids(Self.recipe(.epochs(2), objects: 8), 16) == [
        2, 4, 1, 0, 3, 6, 5, 7, 6, 2, 7, 4, 5, 3, 0, 1,
      ])
    #expect(
      Self.ids(Self.recipe(.lruStack(.lognormal(median: 10, sigma: 2))), 16) == [
        581, 471, 491, 491, 629, 180, 180, 180, 524, 710, 180, 711, 581, 711, 581, 491,
      ])
    #expect(
      Self.ids(Self.recipe(.lruStack(.pareto(least: 1, alpha: 0.5))), 16) == [
        471, 471, 471, 471, 471, 194, 422, 579, 579, 194, 422, 194, 491, 336, 336, 194,
      ])
    let mixed = Self.recipe(.zipf(exponent: 1)) {
      ($0.scanShare, $0.scanLength, $0.oneHitShare, $0.drift) = (0.3, 4, 0.2, 2)
    }
    #expect(
      Self.ids(mixed, 16) == [
        939, 22, 0, 73, 613, 93, 900, 524, 478, 1000, 1001, 1002, 1003, 1004, 807, 504,
      ])
  }

  @Test func `seeds differ and a loop has none`() {
    let first = Self.ids(Self.recipe(.zipf(exponent: 1)), 100)
    #expect(first != Self.ids(Self.recipe(.zipf(exponent: 1), seed: 2), 100))
    #expect(Self.ids(Self.recipe(.loop, objects: 3), 7) == [0, 1, 2, 0, 1, 2, 0])
  }

  @Test(arguments: [0, 0.6, 1, 1.4, 3])
  func `popularity follows Zipf's law`(exponent: Double) {
    let objects = 50
    let draws = 200_000
    let ids = Self.ids(
      Self.recipe(.zipf(exponent: exponent), objects: UInt64(objects)) { $0.keepsRanks = true },
      draws)
    var counts = [Double](repeating: 0, count: objects)
    for id in ids { counts[Int(id)] += 1 }
    let weights = (1...objects).map { Foundation.pow(Double($0), -exponent) }
    let sum = weights.reduce(0, +)
    var chiSquare = 0.0
    for (count, weight) in zip(counts, weights) {
      let expected = Double(draws) * weight / sum
      chiSquare += (count - expected) * (count - expected) / expected
    }
    // 49 degrees of freedom: 85.4 is exceeded once in a thousand times.
    #expect(chiSquare < 85.4)
  }

  @Test func `ids are a permutation of the ranks`() {
    for count in [1, 2, 3, 64, 65, 1000, 4097] as [UInt64] {
      let scramble = IDScramble(count: count)
      let ids = (0..<count).map { scramble($0) }
      #expect(ids.sorted() == Array(0..<count))
    }
    let scramble = IDScramble(count: 1000)
    #expect((0..<8).map { scramble($0) } == [93, 129, 900, 928, 952, 989, 970, 997])
    // Neighbours in rank are as far apart as any two: 333 in the mean.
    let gaps = (1..<1000).map { Double(scramble($0)) - Double(scramble($0 - 1)) }
    let mean = gaps.reduce(0) { $0 + $1.magnitude } / 999
    #expect((mean - 333).magnitude < 30)
  }

  @Test func `an epoch has each object once, in an order of its own`() {
    let ids = Self.ids(Self.recipe(.epochs(3), objects: 500), 1500)
    let epochs = (0..<3).map { Array(ids[($0 * 500)..<(($0 + 1) * 500)]) }
    for epoch in epochs { #expect(epoch.sorted() == Array(0..<500)) }
    #expect(epochs[0] != epochs[1] && epochs[1] != epochs[2] && epochs[0] != Array(0..<500))
  }

  @Test func `drift lets every object fall a rank and the last become the first`() {
    // Nearly always rank 1 is drawn: its holder changes with every 10 draws, backwards.
    let ids = Self.ids(
      Self.recipe(.zipf(exponent: 3), objects: 1000) { ($0.drift, $0.keepsRanks) = (10, true) },
      50_000)
    for period in [0, 1, 2, 999, 1000, 4999] {
      var counts: [UInt64: Int] = [:]
      for id in ids[(period * 10)...].prefix(10) { counts[id, default: 0] += 1 }
      let first = UInt64((1000 - period % 1000) % 1000)
      #expect(counts[first, default: 0] >= 5, "period \(period)")
    }
  }

  @Test func `scans and single requests have their shares, and fresh ids`() {
    let recipe = Self.recipe(.uniform, objects: 100) {
      ($0.scanShare, $0.scanLength, $0.oneHitShare) = (0.3, 50, 0.2)
    }
    let ids = Self.ids(recipe, 200_000)
    let fresh = ids.filter { $0 >= 100 }
    #expect(Set(fresh).count == fresh.count)
    #expect((Double(fresh.count) / 200_000 - 0.5).magnitude < 0.01)
    let scans = Self.ids(
      Self.recipe(.uniform, objects: 100) { ($0.scanShare, $0.scanLength) = (0.3, 50) }, 200_000)
    var inRuns = 0
    for index in 1..<scans.count where scans[index] >= 100 && scans[index] == scans[index - 1] + 1 {
      inRuns += 1
    }
    // All of a scan but its first, unless it follows another at once: one in 118.
    #expect((Double(inRuns) / 200_000 - 0.3 * 49 / 50).magnitude < 0.01)
    let alone = Self.recipe(.loop, objects: 5) { ($0.scanShare, $0.scanLength) = (1, 3) }
    #expect(Self.ids(alone, 7) == [5, 6, 7, 8, 9, 10, 11])
  }

  @Test func `reuse distances are those asked for`() {
    var naive = Array((0..<UInt64(300)).reversed())
    let recipe = Self.recipe(.lruStack(.lognormal(median: 20, sigma: 1)), objects: 300) {
      $0.keepsRanks = true
    }
    var distances: [Int] = []
    for id in Self.ids(recipe, 20_000) {
      let place = naive.firstIndex(of: id)!
      naive.remove(at: place)
      naive.insert(id, at: 0)
      distances.append(place + 1)
    }
    distances.sort()
    #expect((distances[10_000] - 20).magnitude <= 1)
    // One sigma up: 84.1 % lie below 20 e.
    let share = Double(distances.count { $0 <= 54 }) / 20_000
    #expect((share - 0.841).magnitude < 0.015)
  }
}
