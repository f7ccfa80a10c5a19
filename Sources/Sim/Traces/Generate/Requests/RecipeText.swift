import TarnSettings

/// Reads options of `tarn trace generate`. Counts may be written 50_000_000 or 50M, shares 0.1, 10%
/// or 1/10, sizes 4MiB; a size without a unit is in bytes.
public enum RecipeText {
  /// A whole number.
  public static func count(_ text: String, for option: String) throws(RecipeFault) -> UInt64 {
    do throws(ValueProblem) { return try UnitTable.count.read(text) } catch {
      throw RecipeFault(option, text, "a whole number is needed, such as 1000000 or 1M")
    }
  }

  /// A number.
  public static func number(_ text: String, for option: String) throws(RecipeFault) -> Double {
    guard let number = Double(text), number.isFinite else {
      throw RecipeFault(option, text, "a number is needed")
    }
    return number
  }

  /// A share from 0 to 1.
  public static func share(_ text: String, for option: String) throws(RecipeFault) -> Double {
    do throws(ValueProblem) { return try readShare(text) } catch {
      throw RecipeFault(option, text, "a share from 0 to 1 is needed, such as 0.1 or 10%")
    }
  }

  /// A `SizeModel`: fixed:S, lognormal:MEDIAN,SIGMA, uniform:LO,HI or pareto:MIN,ALPHA[,MAX].
  public static func sizes(_ text: String, for option: String) throws(RecipeFault) -> SizeModel {
    let model = Shape(text)
    func bytes(_ index: Int) throws(RecipeFault) -> Double {
      try Self.bytes(model.arguments[index], in: text, for: option)
    }
    func whole(_ index: Int) throws(RecipeFault) -> UInt32 {
      let size = try bytes(index)
      guard size >= 1 && size <= 0xFFFF_FFFF else {
        throw RecipeFault(
          option, text, "\(model.arguments[index]): a number from 1 to 4294967295 bytes is needed")
      }
      return UInt32(size)
    }
    func number(_ index: Int) throws(RecipeFault) -> Double {
      try Self.number(model.arguments[index], in: text, for: option)
    }
    switch (model.name, model.arguments.count) {
    case ("fixed", 1): return .fixed(try whole(0))
    case ("lognormal", 2): return .lognormal(median: try bytes(0), sigma: try number(1))
    case ("uniform", 2): return .uniform(least: try whole(0), most: try whole(1))
    case ("pareto", 2): return .pareto(least: try bytes(0), alpha: try number(1), most: 0xFFFF_FFFF)
    case ("pareto", 3):
      return .pareto(least: try bytes(0), alpha: try number(1), most: try bytes(2))
    default:
      throw RecipeFault(
        option, text,
        "write fixed:4MiB, lognormal:MEDIAN,SIGMA, uniform:LO,HI, pareto:MIN,ALPHA[,MAX] or like")
    }
  }

  /// A `DistanceModel`: lru-stack, lru-stack:lognormal:MEDIAN,SIGMA or lru-stack:pareto:MIN,ALPHA.
  public static func distances(
    _ text: String, for option: String, objects: UInt64
  ) throws(RecipeFault) -> DistanceModel {
    if text == "lru-stack" { return .lognormal(median: max(1, Double(objects) / 100), sigma: 2) }
    let prefix = "lru-stack:"
    let model = Shape(text.hasPrefix(prefix) ? String(text.dropFirst(prefix.count)) : "")
    func number(_ index: Int) throws(RecipeFault) -> Double {
      try Self.number(model.arguments[index], in: text, for: option)
    }
    switch (model.name, model.arguments.count) {
    case ("lognormal", 2): return .lognormal(median: try number(0), sigma: try number(1))
    case ("pareto", 2): return .pareto(least: try number(0), alpha: try number(1))
    default:
      throw RecipeFault(
        option, text,
        "write lru-stack, lru-stack:lognormal:MEDIAN,SIGMA or lru-stack:pareto:MIN,ALPHA")
    }
  }

  private static func bytes(
    _ part: String, in text: String, for option: String
  ) throws(RecipeFault) -> Double {
    if let plain = Double(part), plain.isFinite { return plain }
    do throws(ValueProblem) { return Double(try UnitTable.size.read(part)) } catch {
      throw RecipeFault(option, text, error.message)
    }
  }

  private static func number(
    _ part: String, in text: String, for option: String
  ) throws(RecipeFault) -> Double {
    guard let number = Double(part), number.isFinite else {
      throw RecipeFault(option, text, "'\(part)' is not a number")
    }
    return number
  }

  /// NAME:ARGUMENT,ARGUMENT
  private struct Shape {
    var name: String
    var arguments: [String]

    init(_ text: String) {
      let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
      name = String(parts[0])
      arguments =
        parts.count < 2
        ? [] : parts[1].split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    }
  }
}
