@testable internal import TarnNode

extension FuzzTarget {
  /// Dates: what is read is written and read as the same second, and both writers agree.
  static let httpDate = FuzzTarget("http-date", longestInput: 64) { input in
    let seconds = input.number(Int64.self)
    let text = input.text()
    let readers: [(String) -> Int64?] = [
      { HTTPDate.parse($0) }, { HTTPDate.parseISO8601($0) }, { HTTPDate.parseBasic($0) },
    ]
    for reader in readers {
      if let read = reader(text) { checkDate(read) }
    }
    checkDate(seconds)
    checkDate(seconds % 300_000_000_000)
    demand(RetryAfter.milliseconds(text, now: 1_769_903_998) <= 86_400_000, "a wait is too long")
  }

  private static func checkDate(_ seconds: Int64) {
    // The formats have years of four digits; what lies outside is written as the nearest second.
    let written = min(max(seconds, -62_167_219_200), 253_402_300_799)
    let line = HTTPDate.format(seconds)
    demand(HTTPDate.parse(line) == written, "\(seconds) is written as \(line)")
    demand(
      HTTPDate.parseISO8601(HTTPDate.formatISO8601(seconds)) == written,
      "\(seconds) is another second in ISO 8601")
    demand(
      HTTPDate.parseBasic(HTTPDate.formatBasic(seconds)) == written,
      "\(seconds) is another second in the basic format")
    var bytes = [UInt8](repeating: 0, count: HTTPDateLine.length)
    bytes.withUnsafeMutableBytes { HTTPDateLine.write(seconds, to: $0) }
    demand(bytes.elementsEqual(line.utf8), "the fast writer differs from \(line)")
  }
}
