/// A table in the form of RFC 4180: a header, then rows; fields that need it are quoted. Lines end
/// with a line feed alone, which every reader takes and `diff` prefers.
struct CSVTable: Sendable {
  private(set) var text: String
  private let columns: Int

  init(_ header: [String]) {
    columns = header.count
    text = ""
    append(header.map(Field.text))
  }

  /// One value of a row. A number that is not finite is an empty field.
  enum Field: Sendable {
    case text(String)
    case number(Double?)
    case count(UInt64)

    init(_ value: Int) { self = .number(Double(value)) }

    var encoded: String {
      switch self {
      case .text(let text): Self.quoted(text)
      case .number(let value):
        if let value, value.isFinite {
          value == value.rounded() && abs(value) < 1e15 ? String(Int(value)) : String(value)
        } else {
          ""
        }
      case .count(let value): String(value)
      }
    }

    private static func quoted(_ text: String) -> String {
      let special = text.unicodeScalars.contains { [",", "\"", "\n", "\r"].contains($0) }
      guard special else { return text }
      return "\""
        + text.split(separator: "\"", omittingEmptySubsequences: false)
        .joined(separator: "\"\"") + "\""
    }
  }

  mutating func append(_ row: [Field]) {
    precondition(row.count == columns, "A row has one field for each column of the header.")
    text += row.map(\.encoded).joined(separator: ",") + "\n"
  }
}
