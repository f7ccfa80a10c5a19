import Foundation

// JSON knows no NaN and no infinity. Both become null, as a reader would expect of a figure that
// could not be computed.

extension SimulationResult {
  /// The result as one JSON object, keys sorted, so that equal results are equal bytes; a figure
  /// that is not a number is null.
  public func json(pretty: Bool = true) throws -> String {
    try encodedJSON(self, pretty: pretty)
  }
}

extension SimulationSeries {
  /// The series as one JSON object, keys sorted; a value that is not a number is null.
  public func json() throws -> String {
    try encodedJSON(self, pretty: false)
  }
}

func encodedJSON(_ value: some Encodable, pretty: Bool) throws -> String {
  // A private-use character that no name contains marks the places to turn into null.
  let mark = "\u{F8FF}not a number\u{F8FF}"
  let encoder = JSONEncoder()
  encoder.outputFormatting =
    pretty
    ? [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted]
    : [.sortedKeys, .withoutEscapingSlashes]
  encoder.nonConformingFloatEncodingStrategy = .convertToString(
    positiveInfinity: mark, negativeInfinity: mark, nan: mark)
  let text = String(decoding: try encoder.encode(value), as: UTF8.self)
  return text.replacingOccurrences(of: "\"\(mark)\"", with: "null") + "\n"
}
