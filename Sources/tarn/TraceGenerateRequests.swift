import ArgumentParser
import TarnSim
import TarnTraceFormat

extension TraceCommand.Generate {
  static let requestEndings = [".tarn", ".oracleGeneral", ".oracleGeneral.bin"]

  /// A trace of requests by a stated model.
  func makeRequests() throws {
    let recipe = try TraceCommand.reportingFault { () throws(RecipeFault) in
      try outline.checkName(
        Self.requestEndings, saying: "*.tarn (Tarn's format) or *.oracleGeneral (libCacheSim's)")
      let recipe = try self.recipe()
      if let fault = recipe.fault { throw fault }
      return recipe
    }
    try TraceCommand.reporting { () throws(TraceError) in
      try recipe.write(path: outline.output)
    }
    print("\(recipe.requests) requests written to \(outline.output)")
  }

  /// A trace of requests like a recorded one.
  func makeRequests(like: String) throws {
    let (given, seed, rate, sizes) = try TraceCommand.reportingFault { () throws(RecipeFault) in
      try outline.checkName(
        Self.requestEndings, saying: "*.tarn (Tarn's format) or *.oracleGeneral (libCacheSim's)")
      let sizes = try shape.size.flatMap { (text: String) throws(RecipeFault) in
        text == "like" ? nil : try RecipeText.sizes(text, for: "--size")
      }
      if let fault = sizes?.fault { throw fault }
      return (
        try outline.requestCount(), try outline.seedNumber(), try outline.rateNumber(), sizes
      )
    }
    try TraceCommand.reporting { () throws(TraceError) in
      let original = try RecordedRequests.load(path: like)
      if shape.size == "like" && original.sizes.isEmpty {
        throw TraceError(
          .empty, path: like, "has no sizes for --size like; give another --size or leave it out")
      }
      let model = try RequestModel(fitting: original, path: like)
      let count = given ?? UInt64(model.requests)
      try model.write(
        path: outline.output, requests: count, seed: seed, sizes: sizes, rate: rate, source: like)
      print("\(count) requests written to \(outline.output)")
      printFit(model, seed: seed, to: original)
    }
  }

  /// The fit is judged at the original's length, and with its sizes, whatever was asked for.
  private func printFit(_ requests: RequestModel, seed: UInt64, to original: RecordedRequests) {
    let report = RequestFitReport(
      original: RequestStatistics(of: original),
      generated: RequestStatistics(of: requests.twin(seed: seed)))
    print("fit at \(requests.requests) requests (caches hold a share of the objects):")
    Self.printFit(report.lines)
    print(
      "largest difference of miss ratios: LRU "
        + "\(TraceCommand.decimal(report.largestLRUDifference, 4)), FIFO (not fitted) "
        + "\(TraceCommand.decimal(report.largestFIFODifference, 4))")
  }

  private func recipe() throws(RecipeFault) -> RequestRecipe {
    let objects = try shape.objects.map { (text: String) throws(RecipeFault) in
      try RecipeText.count(text, for: "--objects")
    }
    let pattern = try pattern(objects: objects ?? 100_000)
    let given = try outline.requestCount()
    var recipe = RequestRecipe(
      pattern: pattern, objects: objects ?? 100_000, requests: given ?? 1_000_000,
      seed: try outline.seedNumber())
    if case .epochs(let epochs) = pattern {
      if let requests = outline.requests {
        throw RecipeFault(
          "--requests", requests, "leave it out: --epochs and --objects say how many")
      }
      // Out of bounds is `fault`'s business; here it must only not trap.
      recipe.requests = epochs.multipliedReportingOverflow(by: recipe.objects).partialValue
    }
    if let text = shape.scanShare {
      recipe.scanShare = try RecipeText.share(text, for: "--scan-share")
    }
    if let text = shape.scanLength {
      recipe.scanLength = try RecipeText.count(text, for: "--scan-length")
    }
    if let text = shape.oneHitShare {
      recipe.oneHitShare = try RecipeText.share(text, for: "--one-hit-share")
    }
    if let text = shape.drift { recipe.drift = try RecipeText.count(text, for: "--drift") }
    if let text = shape.size { recipe.sizes = try RecipeText.sizes(text, for: "--size") }
    recipe.keepsRanks = shape.ranks
    recipe.rate = try outline.rateNumber()
    return recipe
  }

  private func pattern(objects: UInt64) throws(RecipeFault) -> RequestRecipe.Pattern {
    if let zipf = model.zipf {
      return .zipf(exponent: try RecipeText.number(zipf, for: "--zipf"))
    }
    if let epochs = model.epochs {
      return .epochs(try RecipeText.count(epochs, for: "--epochs"))
    }
    if let reuse = model.reuse {
      return .lruStack(try RecipeText.distances(reuse, for: "--reuse", objects: objects))
    }
    return model.uniform ? .uniform : .loop
  }
}
