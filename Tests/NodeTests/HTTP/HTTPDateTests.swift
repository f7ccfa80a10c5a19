import Testing

@testable import TarnNode

struct HTTPDateTests {
  @Test func `a moment has four spellings`() {
    #expect(HTTPDate.format(784_111_777) == "Sun, 06 Nov 1994 08:49:37 GMT")
    #expect(HTTPDate.formatISO8601(784_111_777) == "1994-11-06T08:49:37.000Z")
    #expect(HTTPDate.formatBasic(784_111_777) == "19941106T084937Z")
    #expect(HTTPDate.parse("Sun, 06 Nov 1994 08:49:37 GMT") == 784_111_777)
    #expect(HTTPDate.parse("Sunday, 06-Nov-94 08:49:37 GMT") == 784_111_777)
    #expect(HTTPDate.parse("Sun Nov  6 08:49:37 1994") == 784_111_777)
    #expect(HTTPDate.parseISO8601("1994-11-06T08:49:37.123Z") == 784_111_777)
    #expect(HTTPDate.parseISO8601("1994-11-06T10:49:37+02:00") == 784_111_777)
    #expect(HTTPDate.parseISO8601("1994-11-06T03:19:37-05:30") == 784_111_777)
    #expect(HTTPDate.parseBasic("19941106T084937Z") == 784_111_777)
  }

  /// Weekdays and dates from Python's datetime.
  @Test func `leap days, centuries and days before 1970 are right`() {
    #expect(HTTPDate.format(0) == "Thu, 01 Jan 1970 00:00:00 GMT")
    #expect(HTTPDate.format(951_782_400) == "Tue, 29 Feb 2000 00:00:00 GMT")
    #expect(HTTPDate.format(-1) == "Wed, 31 Dec 1969 23:59:59 GMT")
    #expect(HTTPDate.format(4_107_542_400) == "Mon, 01 Mar 2100 00:00:00 GMT")
    #expect(HTTPDate.parse("Mon, 01 Mar 2100 00:00:00 GMT") == 4_107_542_400)
    #expect(HTTPDate.format(.max) == "Fri, 31 Dec 9999 23:59:59 GMT")
    #expect(HTTPDate.format(.min) == "Sat, 01 Jan 0000 00:00:00 GMT")
  }

  @Test func `what is no date is none`() {
    let broken = [
      "", "Sun", "Sun,", "Sun, 06 Nov 1994", "Sun, 31 Feb 1994 08:49:37 GMT",
      "Sun, 06 Nov 1994 24:00:00 GMT", "Sun, 06 Nov 1994 08:49:37 GMT ",
      "Sun, 6 Nov 1994 08:49:37 GMT",
      "Tue, 29 Feb 2100 00:00:00 GMT", "Sun, 06 Foo 1994 08:49:37 GMT", "Sun, 0é Nov 1994 08:49:37",
    ]
    for text in broken { #expect(HTTPDate.parse(text) == nil, "\(text)") }
    for text in [
      "", "1994-11-06", "1994-11-06T08:49:37", "1994-11-06T08:49:37.Z", "1994-13-06T08:49:37Z",
    ] {
      #expect(HTTPDate.parseISO8601(text) == nil, "\(text)")
    }
    for text in ["", "19941106T084937", "19941106 084937Z", "19941106T084937Zx"] {
      #expect(HTTPDate.parseBasic(text) == nil, "\(text)")
    }
  }

  @Test func `every second that is written is read`() {
    var random = SystemRandomNumberGenerator()
    for _ in 0..<2_000 {
      let seconds = Int64.random(in: -62_167_219_200...253_402_300_799, using: &random)
      #expect(HTTPDate.parse(HTTPDate.format(seconds)) == seconds)
      #expect(HTTPDate.parseISO8601(HTTPDate.formatISO8601(seconds)) == seconds)
      #expect(HTTPDate.parseBasic(HTTPDate.formatBasic(seconds)) == seconds)
    }
  }
}
