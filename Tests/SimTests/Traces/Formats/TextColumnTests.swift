import TarnSim
import Testing
@testable import TarnTraceFormat

/// Delimited text: columns by name, by number, and what goes wrong with them.
@Suite struct TextColumnTests {
  private func options(_ change: (inout TextColumns) -> Void) -> TraceReadOptions {
    var options = TraceReadOptions(format: .csv)
    change(&options.columns)
    return options
  }

  @Test func `the usual names are known`() throws {
    let found = try Opened("time,object,size\n0,7,100\n2,8,0\n")
    #expect(found.format == .csv)
    #expect(found.keys == [7, 8])
    #expect(found.sizes == [100, 0])
    #expect(found.nanoseconds == [0, 2_000_000_000])
    let other = try Opened("ts_us;Key\n5;1\n6;2\n")
    #expect(other.nanoseconds == [5000, 6000])
    #expect(other.columns == [.time, .key])
  }

  @Test func `a word over numbers is a title, not a key`() throws {
    let found = try Opened("id\n5\n6\n")
    #expect(found.format == .csv)
    #expect(found.keys == [5, 6])
  }

  @Test func `columns are chosen by name or number`() throws {
    let text = "when,url,n\n1.5,/a,10\n2.25,\"/b,c\",20\n"
    let found = try Opened(
      text,
      options: options {
        $0.key = "url"
        $0.size = "3"
        $0.time = "when"
      })
    #expect(
      found.keys == [XXHash64.hash(Array("/a".utf8)), XXHash64.hash(Array("/b,c".utf8))])
    #expect(found.sizes == [10, 20])
    #expect(found.nanoseconds == [1_500_000_000, 2_250_000_000])
  }

  @Test func `without a header, columns have numbers`() throws {
    let found = try Opened(
      "3\t100\t9\n4\t200\t9\n",
      options: options {
        $0.hasHeader = false
        $0.key = "3"
        $0.time = "1"
        $0.timeUnit = .milliseconds
      })
    #expect(found.keys == [9, 9])
    #expect(found.nanoseconds == [3_000_000, 4_000_000])
    #expect(found.sizes.isEmpty)
  }

  @Test func `dates are wall clock`() throws {
    let found = try Opened("time,key\n1970-01-02 00:00:01,1\n2024-02-29T12:00:00.5Z,2\n")
    // Half a second is a fraction, so ticks are nanoseconds.
    #expect(found.nanoseconds == [86_401_000_000_000, 1_709_208_000_500_000_000])
  }

  @Test(arguments: [
    (
      "a,b\n1,2\n",
      "1: none of its columns (a, b) is named like a key; name it with --key-column"
    ),
    (
      "1,2\n3,4\n",
      "1: names no columns; say which of the 2 is the key with --key-column NUMBER"
    ),
    ("key,size\n1\n", "2: has 1 columns, where column 2 is needed"),
    (
      "key,size\n1,x\n",
      "2: expected a size in bytes, found \"x\"; another column is named with --size-column, and "
        + "--ignore-size reads none"
    ),
    (
      "key\n1\nx\n",
      "3: expected a whole number as key, found \"x\"; if all keys are text, say so with --text-keys"
    ),
    (
      "time,key\n5,1\n4,2\n",
      "3: its time 4 is before its predecessor's 5; sort the requests by time, or read them with --ignore-time"
    ),
    ("key,size\n\"1,2\n", "2: a quote does not end where its column does"),
    ("key,size\n,2\n", "2: its key is empty"),
  ])
  func `what is wrong is said with its cure`(text: String, expected: String) {
    #expect(Opened.problem(text, format: .csv) == expected)
  }

  @Test func `a wrong column has the nearest right one`() {
    let wrong = options { $0.key = "objct" }
    #expect(
      Opened.problem("time,object\n0,1\n", options: wrong)
        == "1: --key-column objct: no column has that name; did you mean object?")
    let far = options { $0.key = "3" }
    #expect(
      Opened.problem("time,object\n0,1\n", options: far)
        == "1: --key-column 3: the trace has columns 1 to 2")
  }

  @Test func `a late fraction is an error, or kept`() throws {
    let text = "time,key\n" + String(repeating: "1,1\n", count: 200) + "2.5,1\n"
    #expect(
      Opened.problem(text)
        == "202: time \"2.5\" has a fraction, where the first lines have none; keep fractions with "
        + "--fine-times")
    let found = try Opened(text, options: options { $0.fineTimes = true })
    #expect(found.nanoseconds.last == 2_500_000_000)
  }

  @Test func `ignored columns are not read`() throws {
    var options = TraceReadOptions()
    options.ignoreTimes = true
    options.ignoreSizes = true
    let found = try Opened("time,key,size\n5,1,3\n4,2,3\n", options: options)
    #expect(found.keys == [1, 2])
    #expect(found.columns == [.key])
  }
}
