internal import Glibc

/// The line `Date: Sun, 06 Nov 1994 08:49:37 GMT` with its end, made anew once a second.
struct HTTPDateLine {
  /// The bytes of the line.
  private(set) var bytes: [UInt8] = []
  private var second: Int64 = -1

  mutating func update() {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME_COARSE, &time)
    guard Int64(time.tv_sec) != second else { return }
    second = Int64(time.tv_sec)
    bytes = Array("Date: \(HTTPDate.format(second))\r\n".utf8)
  }

  /// Bytes of a date.
  static let length = 29

  /// Writes a date as `HTTPDate.format` does, but without making text: every response of an object
  /// has one.
  ///
  /// Days become a date by Euclidean affine functions over a year that starts in March (Neri and
  /// Schneider, "Euclidean affine functions and their application to calendar algorithms", 2022).
  static func write(_ seconds: Int64, to target: UnsafeMutableRawBufferPointer) {
    precondition(target.count >= length, "a date has 29 bytes")
    // Years 0 to 9999.
    let seconds = min(max(seconds, -62_167_219_200), 253_402_300_799)
    // Days since the 1st of March of the year -400, so that nothing is negative.
    let shifted = UInt64(seconds + (719_468 + 146_097) * 86_400)
    let (day, second) = (shifted / 86_400, Int(shifted % 86_400))
    let century = (4 * day + 3) / 146_097
    let dayOfCentury = (4 * day + 3) % 146_097 / 4
    let yearOfCentury = (4 * dayOfCentury + 3) / 1_461
    let dayOfYear = (4 * dayOfCentury + 3) % 1_461 / 4
    let month = (5 * dayOfYear + 461) / 153
    let dayOfMonth = (5 * dayOfYear + 461) % 153 / 5 + 1
    let isNextYear = month > 12
    let year = Int(100 * century + yearOfCentury) - 400 + (isNextYear ? 1 : 0)
    // The 1st of March of the year -400 was a Wednesday.
    put("SunMonTueWedThuFriSat", Int((day + 3) % 7), target, 0)
    put(", ", target, 3)
    put(Int(dayOfMonth), target, 5)
    put(" ", target, 7)
    put("JanFebMarAprMayJunJulAugSepOctNovDec", Int(isNextYear ? month - 13 : month - 1), target, 8)
    put(" ", target, 11)
    put(year / 100, target, 12)
    put(year % 100, target, 14)
    put(" ", target, 16)
    put(second / 3_600, target, 17)
    put(":", target, 19)
    put(second / 60 % 60, target, 20)
    put(":", target, 22)
    put(second % 60, target, 23)
    put(" GMT", target, 25)
  }

  /// The name number `index` of names of three letters.
  @inline(__always)
  private static func put(
    _ names: StaticString, _ index: Int, _ target: UnsafeMutableRawBufferPointer, _ place: Int
  ) {
    for letter in 0..<3 { target[place + letter] = names.utf8Start[3 * index + letter] }
  }

  @inline(__always)
  private static func put(
    _ literal: StaticString, _ target: UnsafeMutableRawBufferPointer, _ place: Int
  ) {
    for index in 0..<literal.utf8CodeUnitCount {
      target[place + index] = literal.utf8Start[index]
    }
  }

  /// Two digits.
  @inline(__always)
  private static func put(
    _ number: Int, _ target: UnsafeMutableRawBufferPointer, _ place: Int
  ) {
    target[place] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: number / 10)
    target[place + 1] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: number % 10)
  }
}
