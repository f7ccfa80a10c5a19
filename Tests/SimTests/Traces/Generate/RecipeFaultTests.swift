@testable import TarnSim
import Testing

@Suite struct RecipeFaultTests {
  private func fault(
    _ pattern: RequestRecipe.Pattern = .uniform, objects: UInt64 = 100, requests: UInt64 = 100,
    _ change: (inout RequestRecipe) -> Void = { _ in }
  ) -> String? {
    var recipe = RequestRecipe(pattern: pattern, objects: objects, requests: requests)
    change(&recipe)
    return recipe.fault?.description
  }

  @Test func `a sound recipe has no fault`() {
    #expect(fault() == nil)
    #expect(fault(.zipf(exponent: 3), objects: 1 << 40, requests: 1 << 40) == nil)
    #expect(fault { ($0.scanShare, $0.oneHitShare) = (0.5, 0.5) } == nil)
  }

  @Test func `a fault names option, value and bound`() {
    #expect(
      fault(objects: 0) == "--objects 0: a whole number from 1 to 1099511627776 is needed")
    #expect(
      fault(.epochs(1), objects: 1 << 32)
        == "--objects 4294967296: a whole number from 1 to 4294967295 for --epochs is needed")
    #expect(
      fault(.lruStack(.pareto(least: 1, alpha: 1)), objects: 1 << 28)
        == "--objects 268435456: a whole number from 1 to 134217728 for --reuse, which keeps a "
        + "list of them is needed")
    #expect(fault(.zipf(exponent: 3.5)) == "--zipf 3.5: a number from 0 to 3 is needed")
    #expect(fault(.zipf(exponent: .nan)) == "--zipf nan: a number from 0 to 3 is needed")
    #expect(
      fault(.epochs(0))
        == "--epochs 0: a whole number from 1 to 10995116277 is needed (2^40 requests over 100 "
        + "objects)")
    #expect(
      fault { ($0.scanShare, $0.oneHitShare) = (0.75, 0.5) }
        == "--one-hit-share 0.5: with --scan-share 0.75 it may be at most 0.25")
    #expect(
      fault { $0.scanLength = 0 }
        == "--scan-length 0: a whole number from 1 to 4294967296 is needed")
    #expect(
      fault { $0.drift = 0 } == "--drift 0: at least 1 request is needed between two shifts")
    #expect(
      fault(requests: 0) == "--requests 0: a whole number from 1 to 1099511627776 is needed")
    #expect(
      fault { $0.rate = 0 } == "--rate 0.0: a number from 0.001 to 1e9 requests/s is needed")
    #expect(
      fault(requests: 10_000_000) { $0.rate = 0.001 }
        == "--rate 0.001: 10000000 requests would take more than 1e9 s; give at least 0.01")
  }

  @Test func `models of distances and sizes name what is out of bounds`() {
    #expect(
      fault(.lruStack(.lognormal(median: 101, sigma: 1)))
        == "--reuse lru-stack:lognormal:101.0,1.0: median 101.0: a number from 1 to the number of "
        + "objects, 100, is needed")
    #expect(
      fault(.lruStack(.pareto(least: 1, alpha: 0)))
        == "--reuse lru-stack:pareto:1.0,0.0: alpha 0.0: a number from 0.01 to 100 is needed")
    #expect(
      SizeModel.uniform(least: 5, most: 4).fault?.description
        == "--size uniform:5B,4B: hi 4.0: a number from 5 (lo) to 4294967295 bytes is needed")
    #expect(
      SizeModel.pareto(least: 0, alpha: 1, most: 9).fault?.description
        == "--size pareto:0.0B,1.0,9.0B: min 0.0: a number from 1 to 4294967295 bytes is needed")
    #expect(
      SizeModel.lognormal(median: 10, sigma: -1).fault?.description
        == "--size lognormal:10.0B,-1.0: sigma -1.0: a number from 0 to 10 is needed")
  }

  @Test func `text is read with its units`() throws {
    #expect(try RecipeText.count("50M", for: "--requests") == 50_000_000)
    #expect(try RecipeText.share("10%", for: "--scan-share") == 0.1)
    #expect(try RecipeText.sizes("fixed:4MiB", for: "--size") == .fixed(4_194_304))
    #expect(try RecipeText.sizes("uniform:1,2KiB", for: "--size") == .uniform(least: 1, most: 2048))
    #expect(
      try RecipeText.sizes("pareto:1KiB,1.2", for: "--size")
        == .pareto(least: 1024, alpha: 1.2, most: 4_294_967_295))
    #expect(
      try RecipeText.sizes("lognormal:1MB,2", for: "--size") == .lognormal(median: 1e6, sigma: 2))
    #expect(
      try RecipeText.distances("lru-stack:pareto:1,0.5", for: "--reuse", objects: 10)
        == .pareto(least: 1, alpha: 0.5))
    #expect(
      try RecipeText.distances("lru-stack", for: "--reuse", objects: 5000)
        == .lognormal(median: 50, sigma: 2))
  }

  @Test(arguments: [
    "fixed", "fixed:", "fixed:1,2", "fixed:0", "fixed:5GiB", "fixed:-1", "fixed:4XB",
    "lognormal:1MiB",
    "lognormal:1MiB,x", "uniform:1", "pareto:1", "pareto:1,2,3,4", "gauss:1,2", "", "fixed:nan",
  ])
  func `a size that makes no sense is refused by name`(text: String) {
    let fault = #expect(throws: RecipeFault.self) { try RecipeText.sizes(text, for: "--size") }
    #expect(fault?.description.hasPrefix(text.isEmpty ? "--size: " : "--size \(text): ") == true)
    #expect(fault?.description.contains("\n") == false)
  }

  @Test(arguments: ["lru", "lru-stack:", "lru-stack:lognormal:1", "lru-stack:pareto:a,b"])
  func `a reuse model that makes no sense is refused by name`(text: String) {
    let fault = #expect(throws: RecipeFault.self) {
      try RecipeText.distances(text, for: "--reuse", objects: 10)
    }
    #expect(fault?.description.hasPrefix("--reuse \(text): ") == true)
  }
}
