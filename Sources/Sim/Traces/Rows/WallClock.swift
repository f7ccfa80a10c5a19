/// Dates as public traces write them: "YYYY-MM-DD HH:MM:SS", or with "T" between, and a fraction.
enum WallClock {
  /// Nanoseconds since 1970 in the proleptic Gregorian calendar, leap seconds ignored; nil if
  /// `text` is no such date from 1970 to 2500.
  static func nanoseconds(_ text: UnsafeRawBufferPointer) -> UInt64? {
    guard text.count >= 19, text[4] == UInt8(ascii: "-"), text[7] == UInt8(ascii: "-"),
      text[10] == UInt8(ascii: " ") || text[10] == UInt8(ascii: "T"),
      text[13] == UInt8(ascii: ":"), text[16] == UInt8(ascii: ":"),
      let year = part(text, 0..<4), let month = part(text, 5..<7), let day = part(text, 8..<10),
      let hour = part(text, 11..<13), let minute = part(text, 14..<16),
      let second = part(text, 17..<19), (1970...2500).contains(year), (1...12).contains(month),
      (1...31).contains(day), hour < 24, minute < 60, second <= 60
    else { return nil }
    var fraction: UInt64 = 0
    var rest = text[19...]
    if rest.last == UInt8(ascii: "Z") { rest = rest.dropLast() }
    if let point = rest.first {
      guard point == UInt8(ascii: "."), rest.count > 1 else { return nil }
      var weight: UInt64 = 1_000_000_000
      for byte in rest.dropFirst() {
        let digit = byte &- UInt8(ascii: "0")
        guard digit <= 9 else { return nil }
        weight /= 10
        fraction += UInt64(digit) * weight
      }
    }
    let days = daysSince1970(year: year, month: month, day: day)
    return (((days * 24 + hour) * 60 + minute) * 60 + second) * 1_000_000_000 + fraction
  }

  private static func part(_ text: UnsafeRawBufferPointer, _ range: Range<Int>) -> UInt64? {
    Fields.number(UnsafeRawBufferPointer(rebasing: text[range]))
  }

  /// Years begin in March, so that the leap day is a year's last.
  private static func daysSince1970(year: UInt64, month: UInt64, day: UInt64) -> UInt64 {
    let marchYear = month > 2 ? year : year - 1
    let marchMonth = (month + 9) % 12
    let leapDays = marchYear / 4 - marchYear / 100 + marchYear / 400
    return 365 * marchYear + leapDays + (153 * marchMonth + 2) / 5 + day - 1 - 719_468
  }
}
