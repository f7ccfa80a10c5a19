import TarnSettings

/// A design that may use some of the scenario's paths to the origin: `tarn@direct`,
/// `blobfuse@front-end+direct`; `tarn@all` may use all, as `tarn` does.
extension Design {
  /// The design with these paths alone; none stand for all.
  func using(_ paths: [String]) -> Design {
    var design = self
    let list = paths.isEmpty ? "all" : paths.joined(separator: "+")
    design.name = "\(name)@\(list)"
    design.title = "\(title), \(paths.isEmpty ? "all paths" : paths.joined(separator: " and "))"
    let plain = apply
    design.apply = { scenario, traits, values in
      plain(&scenario, &traits, values)
      scenario.origin.use = paths
    }
    return design
  }

  /// The names of a list such as `front-end+direct`; nothing for `all`.
  static func paths(parsing text: Substring) -> [String] {
    text == "all"
      ? [] : text.split(separator: "+", omittingEmptySubsequences: false).map(String.init)
  }

  /// The designs, those that name no paths with these.
  public static func using(paths text: String, _ designs: [Design]) -> [Design] {
    designs.map { $0.name.contains("@") ? $0 : $0.using(paths(parsing: text[...])) }
  }
}
