internal import Glibc

/// Dates as HTTP, XML and AWS's signatures write them. All are UTC, in whole seconds since 1970
/// without leap seconds; a fraction of a second is read and dropped.
public enum HTTPDate {
  /// `Sun, 06 Nov 1994 08:49:37 GMT`: IMF-fixdate (RFC 9110, section 5.6.7).
  public static func format(_ seconds: Int64) -> String {
    let time = CivilTime(secondsSince1970: seconds)
    return "\(dayNames[time.weekday]), \(padded(time.day, 2)) \(monthNames[time.month - 1]) "
      + "\(padded(time.year, 4)) \(clock(time)) GMT"
  }

  /// Reads IMF-fixdate and the two obsolete forms which RFC 9110 wants read too: RFC 850's
  /// (`Sunday, 06-Nov-94 08:49:37 GMT`; years 70 to 99 are of the 20th century) and asctime's
  /// (`Sun Nov  6 08:49:37 1994`). Nil for anything else; the day's name is not compared.
  public static func parse(_ text: some StringProtocol) -> Int64? {
    var fields = DateFields(text.utf8)
    guard fields.word() != nil else { return nil }
    guard fields.skip(",") else { return parseASCTime(&fields) }
    guard fields.skip(" "), let day = fields.number(digits: 2) else { return nil }
    let isOld = fields.skip("-")
    guard isOld || fields.skip(" "), let month = fields.month(), fields.skip(isOld ? "-" : " "),
      var year = fields.number(digits: isOld ? 2 : 4), fields.skip(" "),
      let time = fields.clock(), fields.skip(" GMT"), fields.isAtEnd
    else { return nil }
    if isOld { year += year < 70 ? 2000 : 1900 }
    return CivilTime(year: year, month: month, day: day, time: time)?.secondsSince1970
  }

  private static func parseASCTime(_ fields: inout DateFields) -> Int64? {
    guard fields.skip(" "), let month = fields.month(), fields.skip(" ") else { return nil }
    let day = fields.skip(" ") ? fields.number(digits: 1) : fields.number(digits: 2)
    guard let day, fields.skip(" "), let time = fields.clock(), fields.skip(" "),
      let year = fields.number(digits: 4), fields.isAtEnd
    else { return nil }
    return CivilTime(year: year, month: month, day: day, time: time)?.secondsSince1970
  }

  /// `2009-10-12T17:50:30.000Z`: as S3 writes dates in XML (ISO 8601).
  public static func formatISO8601(_ seconds: Int64) -> String {
    let time = CivilTime(secondsSince1970: seconds)
    return "\(padded(time.year, 4))-\(padded(time.month, 2))-\(padded(time.day, 2))T"
      + "\(clock(time)).000Z"
  }

  /// Reads `2009-10-12T17:50:30Z`, with or without a fraction, and with an offset such as `+02:00`
  /// in place of `Z`. Nil for anything else.
  public static func parseISO8601(_ text: some StringProtocol) -> Int64? {
    var fields = DateFields(text.utf8)
    guard let year = fields.number(digits: 4), fields.skip("-"),
      let month = fields.number(digits: 2), fields.skip("-"),
      let day = fields.number(digits: 2), fields.skip("T"), let time = fields.clock()
    else { return nil }
    if fields.skip(".") { guard fields.skipDigits() else { return nil } }
    var offset = 0
    if !fields.skip("Z") {
      let isEast = fields.skip("+")
      guard isEast || fields.skip("-"), let hours = fields.number(digits: 2), fields.skip(":"),
        let minutes = fields.number(digits: 2), hours < 24, minutes < 60
      else { return nil }
      offset = (hours * 60 + minutes) * (isEast ? 60 : -60)
    }
    guard fields.isAtEnd, let civil = CivilTime(year: year, month: month, day: day, time: time)
    else { return nil }
    return civil.secondsSince1970 - Int64(offset)
  }

  /// `20091012T175030Z`: ISO 8601's basic form, as AWS's signatures write it.
  public static func formatBasic(_ seconds: Int64) -> String {
    let time = CivilTime(secondsSince1970: seconds)
    return "\(padded(time.year, 4))\(padded(time.month, 2))\(padded(time.day, 2))T"
      + "\(padded(time.hour, 2))\(padded(time.minute, 2))\(padded(time.second, 2))Z"
  }

  /// Reads what `formatBasic` writes; nil for anything else.
  public static func parseBasic(_ text: some StringProtocol) -> Int64? {
    var fields = DateFields(text.utf8)
    guard let year = fields.number(digits: 4), let month = fields.number(digits: 2),
      let day = fields.number(digits: 2), fields.skip("T"), let hour = fields.number(digits: 2),
      let minute = fields.number(digits: 2), let second = fields.number(digits: 2),
      fields.skip("Z"), fields.isAtEnd
    else { return nil }
    return CivilTime(year: year, month: month, day: day, time: (hour, minute, second))?
      .secondsSince1970
  }

  /// Seconds since 1970 by the system's clock.
  public static func now() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Int64(time.tv_sec)
  }

  private static func clock(_ time: CivilTime) -> String {
    "\(padded(time.hour, 2)):\(padded(time.minute, 2)):\(padded(time.second, 2))"
  }

  private static func padded(_ number: Int, _ digits: Int) -> String {
    let text = String(number)
    return String(repeating: "0", count: max(0, digits - text.utf8.count)) + text
  }

  private static let dayNames = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
  fileprivate static let monthNames = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
  ]
}

/// A moment by calendar and clock, in the Gregorian calendar and UTC.
private struct CivilTime {
  var year: Int
  /// 1 to 12.
  var month: Int
  var day: Int
  var hour: Int
  var minute: Int
  var second: Int
  /// 0 is Sunday.
  var weekday = 0

  /// Nil if there is no such day or time; a leap second counts as the next minute's start.
  init?(year: Int, month: Int, day: Int, time: (hour: Int, minute: Int, second: Int)) {
    guard (1...12).contains(month), day >= 1, day <= CivilTime.days(in: month, of: year),
      time.hour < 24, time.minute < 60, time.second <= 60
    else { return nil }
    (self.year, self.month, self.day) = (year, month, day)
    (hour, minute, second) = time
  }

  /// The calendar is counted from March of year 0 in eras of 400 years (146,097 days), so that a
  /// leap day is the last of its year.
  init(secondsSince1970 seconds: Int64) {
    // Years 0 to 9999, which are all that the formats can say.
    let seconds = min(max(seconds, -62_167_219_200), 253_402_300_799)
    let shifted = Int(seconds) + 719_468 * 86_400
    let dayNumber = shifted >= 0 ? shifted / 86_400 : (shifted - 86_399) / 86_400
    let rest = shifted - dayNumber * 86_400
    let era = dayNumber >= 0 ? dayNumber / 146_097 : (dayNumber - 146_096) / 146_097
    let dayOfEra = dayNumber - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let monthFromMarch = (5 * dayOfYear + 2) / 153
    day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
    month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
    year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    (hour, minute, second) = (rest / 3_600, rest / 60 % 60, rest % 60)
    // Day 0, the 1st of March of year 0, was a Wednesday.
    weekday = ((dayNumber % 7) + 7 + 3) % 7
  }

  var secondsSince1970: Int64 {
    let shiftedYear = month <= 2 ? year - 1 : year
    let era = shiftedYear >= 0 ? shiftedYear / 400 : (shiftedYear - 399) / 400
    let yearOfEra = shiftedYear - era * 400
    let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
    let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
    let days = era * 146_097 + dayOfEra - 719_468
    return Int64(days) * 86_400 + Int64(hour * 3_600 + minute * 60 + second)
  }

  private static func days(in month: Int, of year: Int) -> Int {
    let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
    return [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1]
  }
}

/// Reads a date's fields from left to right.
private struct DateFields {
  private var bytes: ArraySlice<UInt8>

  init(_ text: some Sequence<UInt8>) { bytes = ArraySlice(Array(text)) }

  var isAtEnd: Bool { bytes.isEmpty }

  /// Skips exactly this; false, and nothing skipped, if it is not there.
  mutating func skip(_ literal: StaticString) -> Bool {
    let matches = literal.withUTF8Buffer { bytes.starts(with: $0) }
    if matches { bytes = bytes.dropFirst(literal.utf8CodeUnitCount) }
    return matches
  }

  /// Letters up to something else.
  mutating func word() -> String? {
    let letters = bytes.prefix {
      ($0 | 0x20) >= UInt8(ascii: "a") && ($0 | 0x20) <= UInt8(ascii: "z")
    }
    bytes = bytes.dropFirst(letters.count)
    return letters.isEmpty ? nil : String(decoding: letters, as: UTF8.self)
  }

  /// A number of exactly so many digits.
  mutating func number(digits: Int) -> Int? {
    guard bytes.count >= digits else { return nil }
    var value = 0
    for byte in bytes.prefix(digits) {
      guard byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") else { return nil }
      value = value * 10 + Int(byte - UInt8(ascii: "0"))
    }
    bytes = bytes.dropFirst(digits)
    return value
  }

  /// One digit or more; false if there is none.
  mutating func skipDigits() -> Bool {
    let digits = bytes.prefix { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }
    bytes = bytes.dropFirst(digits.count)
    return !digits.isEmpty
  }

  /// A month's English name of three letters, as its number.
  mutating func month() -> Int? {
    word().flatMap { HTTPDate.monthNames.firstIndex(of: $0) }.map { $0 + 1 }
  }

  /// `08:49:37`.
  mutating func clock() -> (hour: Int, minute: Int, second: Int)? {
    guard let hour = number(digits: 2), skip(":"), let minute = number(digits: 2), skip(":"),
      let second = number(digits: 2)
    else { return nil }
    return (hour, minute, second)
  }
}
