import Foundation
import Yams

/// The keys of scenarios/SCHEMA.md with the units of their values.
struct ScenarioSchema {
  private var units: [String: String] = [:]

  init() throws {
    let text = try String(contentsOfFile: Promtool.root + "/scenarios/SCHEMA.md", encoding: .utf8)
    var section = ""
    for line in text.split(separator: "\n") {
      if line.hasPrefix("## ") { section = String(line.dropFirst(3)) }
      let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
      guard ["topology", "origin"].contains(section), cells.count >= 3, cells[0].hasPrefix("`")
      else { continue }
      var last = ""
      // "`first_byte.p50`, `.p99`" are two keys of one mapping.
      for name in cells[0].split(separator: ",") {
        var key = name.trimmingCharacters(in: CharacterSet(charactersIn: "` "))
        if key.hasPrefix(".") { key = last.prefix { $0 != "." } + key }
        last = key
        units[section + "." + key] = cells[1]
      }
    }
  }

  /// The unit of a key's values; nil if there is no such key.
  func unit(of path: String) -> String? { units[path] }

  /// All values of a document by their paths; a class's name is NAME.
  static func values(in yaml: String) throws -> [String: String] {
    guard let node = try Yams.compose(yaml: yaml) else { return [:] }
    var values: [String: String] = [:]
    collect(node, "", into: &values)
    return values
  }

  private static func collect(_ node: Node, _ path: String, into values: inout [String: String]) {
    if let mapping = node.mapping {
      for (key, value) in mapping {
        let name = path == "topology.classes" ? "NAME" : key.string ?? "?"
        collect(value, path.isEmpty ? name : path + "." + name, into: &values)
      }
    } else {
      values[path] = node.scalar?.string
    }
  }

  /// Whether `value` is written as SCHEMA.md's table of units has it.
  static func isWritten(_ value: String, as unit: String) -> Bool {
    switch unit {
    case "size": value.wholeMatch(of: /\d+(\.\d+)?(B|KB|MB|GB|TB|PB)/) != nil
    case "rate": value.wholeMatch(of: /\d+(\.\d+)?[KMGT]?[bB]\/s/) != nil
    case "duration": value.wholeMatch(of: /\d+(\.\d+)?(ns|us|ms|s)/) != nil
    case "frequency": value.wholeMatch(of: /\d+(\.\d+)?[kM]?\/s/) != nil
    case "count": value.wholeMatch(of: /\d+/) != nil
    default: false
    }
  }
}
