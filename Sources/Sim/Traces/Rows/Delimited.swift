/// Splits a line of delimited text (RFC 4180 without line ends inside quotes) into its columns.
///
/// The columns lie in a buffer that is reused from line to line. A quoted column is handed out
/// without its quotes; doubled quotes inside stay doubled.
struct DelimitedLine {
  private(set) var columns: [Range<Int>] = []
  private let delimiter: UInt8
  private static let quote = UInt8(ascii: "\"")

  init(delimiter: UInt8) { self.delimiter = delimiter }

  /// False if a quoted column does not end, or something follows its end.
  mutating func split(_ line: UnsafeRawBufferPointer) -> Bool {
    columns.removeAll(keepingCapacity: true)
    var start = 0
    var position = 0
    let end = line.count
    while true {
      if position < end, line[position] == Self.quote, position == start {
        guard let close = closingQuote(line, from: position + 1) else { return false }
        columns.append((start + 1)..<close)
        position = close + 1
        guard position == end || line[position] == delimiter else { return false }
      } else {
        while position < end, line[position] != delimiter { position &+= 1 }
        columns.append(start..<position)
      }
      if position == end { return true }
      position += 1
      start = position
    }
  }

  private func closingQuote(_ line: UnsafeRawBufferPointer, from: Int) -> Int? {
    var position = from
    while position < line.count {
      if line[position] == Self.quote {
        guard position + 1 < line.count, line[position + 1] == Self.quote else { return position }
        position += 1
      }
      position += 1
    }
    return nil
  }

  /// Column `index` of the line that was split last, without blanks around it.
  func column(_ index: Int, of line: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
    var range = columns[index]
    while let first = range.first, line[first] == 0x20 { range = (first + 1)..<range.upperBound }
    while let last = range.last, line[last] == 0x20 { range = range.lowerBound..<last }
    return UnsafeRawBufferPointer(rebasing: line[range])
  }

  /// All columns of a line, as text; nil if it does not split.
  static func texts(_ line: UnsafeRawBufferPointer, delimiter: UInt8) -> [String]? {
    var splitter = DelimitedLine(delimiter: delimiter)
    guard splitter.split(line) else { return nil }
    return splitter.columns.indices.map {
      String(decoding: splitter.column($0, of: line), as: UTF8.self)
    }
  }
}
