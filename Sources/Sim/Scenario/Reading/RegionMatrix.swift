import Foundation
import TarnSettings

/// Round-trip times between regions as a file states them: lines `from,to,rtt_ms` after a heading of
/// these names; lines that begin with `#` say where the figures come from.
struct RegionMatrix {
  /// The matrix that `region_rtt: azure` stands for.
  static let azure = "scenarios/data/azure-region-rtt.csv"

  /// The file's name, as it was found.
  let file: String
  /// What its lines "# Source:" and "# Date:" say, on one line.
  private(set) var source = ""
  private var milliseconds: [String: [String: Double]] = [:]

  /// Reads the file that `name` (a path, or `azure`) names in one of `folders`.
  init(named name: String, in folders: [String]) throws(ValueProblem) {
    let path = name == "azure" ? RegionMatrix.azure : name
    let candidates = path.hasPrefix("/") ? [path] : folders.map { "\($0)/\(path)" }
    guard let found = candidates.first(where: { FileManager.default.isReadableFile(atPath: $0) })
    else {
      throw ValueProblem(
        "\(quoted(path)) is not in \(folders.joined(separator: ", ")); name a file of round-trip "
          + "times, azure, or list the pairs")
    }
    guard let data = FileManager.default.contents(atPath: found),
      let text = String(data: data, encoding: .utf8)
    else { throw ValueProblem("\(quoted(found)) is no text in UTF-8") }
    file = path
    try read(text)
  }

  private mutating func read(_ text: String) throws(ValueProblem) {
    var hasHeading = false
    // A line may end in a carriage return, which is one Character with the newline.
    for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
      .enumerated()
    {
      if line.hasPrefix("#") {
        for label in ["# Source: ", "# Date: "] where line.hasPrefix(label) {
          source += (source.isEmpty ? "" : " ") + line.dropFirst(label.count)
        }
        continue
      }
      guard !line.isEmpty else { continue }
      let cells = line.split(separator: ",", omittingEmptySubsequences: false).map {
        $0.trimmingCharacters(in: .whitespaces)
      }
      if !hasHeading {
        guard cells == ["from", "to", "rtt_ms"] else {
          throw ValueProblem("\(file):\(index + 1): the heading must be from,to,rtt_ms")
        }
        hasHeading = true
        continue
      }
      try add(cells, at: index + 1)
    }
    guard hasHeading else { throw ValueProblem("\(file): has no heading; write from,to,rtt_ms") }
  }

  private mutating func add(_ cells: [String], at line: Int) throws(ValueProblem) {
    guard cells.count == 3, let value = Double(cells[2]), value >= 0.001, value <= 10_000 else {
      throw ValueProblem(
        "\(file):\(line): is not two regions and 0.001 to 10,000 milliseconds; write them like "
          + "westeurope,eastus2,94")
    }
    if milliseconds[cells[0]]?[cells[1]] != nil || milliseconds[cells[1]]?[cells[0]] != nil {
      throw ValueProblem(
        "\(file):\(line): \(cells[0]) and \(cells[1]) stand there before; keep one")
    }
    milliseconds[cells[0], default: [:]][cells[1]] = value
  }

  /// Round trips of all pairs of `regions`.
  func pairs(of regions: [String]) throws(ValueProblem) -> [Scenario.RegionRoundTrip] {
    var pairs: [Scenario.RegionRoundTrip] = []
    for (index, first) in regions.enumerated() {
      for second in regions[(index + 1)...] {
        guard let value = milliseconds[first]?[second] ?? milliseconds[second]?[first] else {
          throw ValueProblem(
            "\(file) has no line for \(first) and \(second); add one, or list the pairs here")
        }
        pairs.append(
          Scenario.RegionRoundTrip(
            first: first, second: second, nanoseconds: UInt64((value * 1e6).rounded())))
      }
    }
    return pairs
  }
}
