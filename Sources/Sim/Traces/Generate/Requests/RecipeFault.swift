/// An option of `tarn trace generate` that makes no sense: which, its value, and what would.
public struct RecipeFault: Error, Equatable, CustomStringConvertible {
  /// The option as it is typed, such as "--zipf".
  public var option: String
  /// Its value as it was given; empty for an option without one.
  public var value: String
  /// What would be right.
  public var problem: String

  public init(_ option: String, _ value: String, _ problem: String) {
    self.option = option
    self.value = value
    self.problem = problem
  }

  public var description: String {
    (value.isEmpty ? option : "\(option) \(value)") + ": \(problem)"
  }
}

extension RequestRecipe {
  /// What is wrong with the recipe; nil if nothing is.
  public var fault: RecipeFault? {
    populationFault ?? patternFault ?? shareFault ?? sizes?.fault ?? outlineFault
  }

  private var populationFault: RecipeFault? {
    let (most, why): (UInt64, String) =
      switch pattern {
      case .epochs: (Self.mostEpochObjects, " for --epochs")
      case .lruStack: (Self.mostStackObjects, " for --reuse, which keeps a list of them")
      case .zipf, .uniform, .loop: (Self.mostObjects, "")
      }
    guard objects >= 1 && objects <= most else {
      return RecipeFault(
        "--objects", "\(objects)", "a whole number from 1 to \(most)\(why) is needed")
    }
    return nil
  }

  private var patternFault: RecipeFault? {
    switch pattern {
    case .zipf(let exponent):
      guard exponent >= 0 && exponent <= 3 else {
        return RecipeFault("--zipf", "\(exponent)", "a number from 0 to 3 is needed")
      }
    case .epochs(let epochs):
      guard epochs >= 1 && epochs <= Self.mostRequests / objects else {
        return RecipeFault(
          "--epochs", "\(epochs)",
          "a whole number from 1 to \(Self.mostRequests / objects) is needed "
            + "(2^40 requests over \(objects) objects)")
      }
    case .lruStack(let distances): return distances.fault(objects: objects)
    case .uniform, .loop: break
    }
    return nil
  }

  private var shareFault: RecipeFault? {
    guard scanShare >= 0 && scanShare <= 1 else {
      return RecipeFault("--scan-share", "\(scanShare)", "a share from 0 to 1 is needed")
    }
    guard oneHitShare >= 0 && oneHitShare <= 1 else {
      return RecipeFault("--one-hit-share", "\(oneHitShare)", "a share from 0 to 1 is needed")
    }
    guard scanShare + oneHitShare <= 1 else {
      return RecipeFault(
        "--one-hit-share", "\(oneHitShare)",
        "with --scan-share \(scanShare) it may be at most \(1 - scanShare)")
    }
    guard scanLength >= 1 && scanLength <= 1 << 32 else {
      return RecipeFault(
        "--scan-length", "\(scanLength)", "a whole number from 1 to \(1 << 32 as UInt64) is needed")
    }
    if let drift, drift < 1 {
      return RecipeFault("--drift", "\(drift)", "at least 1 request is needed between two shifts")
    }
    return nil
  }

  private var outlineFault: RecipeFault? {
    guard requests >= 1 && requests <= Self.mostRequests else {
      return RecipeFault(
        "--requests", "\(requests)", "a whole number from 1 to \(Self.mostRequests) is needed")
    }
    if let rate, !(rate >= 1e-3 && rate <= 1e9) {
      return RecipeFault("--rate", "\(rate)", "a number from 0.001 to 1e9 requests/s is needed")
    }
    if let rate, Double(requests) / rate > 1e9 {
      return RecipeFault(
        "--rate", "\(rate)",
        "\(requests) requests would take more than 1e9 s; give at least \(Double(requests) / 1e9)")
    }
    return nil
  }
}

extension DistanceModel {
  func fault(objects: UInt64) -> RecipeFault? {
    func fault(_ name: String, _ value: Double, _ bound: String) -> RecipeFault {
      RecipeFault("--reuse", text, "\(name) \(value): a number from \(bound) is needed")
    }
    switch self {
    case .lognormal(let median, let sigma):
      guard median >= 1 && median <= Double(objects) else {
        return fault("median", median, "1 to the number of objects, \(objects),")
      }
      guard sigma >= 0 && sigma <= 10 else { return fault("sigma", sigma, "0 to 10") }
    case .pareto(let least, let alpha):
      guard least >= 1 && least <= Double(objects) else {
        return fault("min", least, "1 to the number of objects, \(objects),")
      }
      guard alpha >= 0.01 && alpha <= 100 else { return fault("alpha", alpha, "0.01 to 100") }
    }
    return nil
  }

  /// As it is typed.
  var text: String {
    switch self {
    case .lognormal(let median, let sigma): "lru-stack:lognormal:\(median),\(sigma)"
    case .pareto(let least, let alpha): "lru-stack:pareto:\(least),\(alpha)"
    }
  }
}

extension SizeModel {
  /// What is wrong with the model; nil if nothing is.
  public var fault: RecipeFault? {
    func fault(_ name: String, _ value: Double, _ bound: String) -> RecipeFault {
      RecipeFault("--size", text, "\(name) \(value): a number from \(bound) is needed")
    }
    let bytes = 1...0xFFFF_FFFF as ClosedRange<Double>
    switch self {
    case .fixed(let size):
      return size >= 1 ? nil : fault("size", Double(size), "1 to 4294967295 bytes")
    case .lognormal(let median, let sigma):
      guard bytes.contains(median) else { return fault("median", median, "1 to 4294967295 bytes") }
      return sigma >= 0 && sigma <= 10 ? nil : fault("sigma", sigma, "0 to 10")
    case .uniform(let least, let most):
      guard least >= 1 else { return fault("lo", Double(least), "1 to 4294967295 bytes") }
      return most >= least ? nil : fault("hi", Double(most), "\(least) (lo) to 4294967295 bytes")
    case .pareto(let least, let alpha, let most):
      guard bytes.contains(least) else { return fault("min", least, "1 to 4294967295 bytes") }
      guard alpha >= 0.01 && alpha <= 100 else { return fault("alpha", alpha, "0.01 to 100") }
      return most >= least && most <= bytes.upperBound
        ? nil : fault("max", most, "\(least) (min) to 4294967295 bytes")
    }
  }

  /// As it is typed.
  public var text: String {
    switch self {
    case .fixed(let size): "fixed:\(size)B"
    case .lognormal(let median, let sigma): "lognormal:\(median)B,\(sigma)"
    case .uniform(let least, let most): "uniform:\(least)B,\(most)B"
    case .pareto(let least, let alpha, let most): "pareto:\(least)B,\(alpha),\(most)B"
    }
  }
}
