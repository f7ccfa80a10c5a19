import TarnSim
import Testing
@testable import TarnTraceFormat

@Suite struct LineReaderTests {
  private static let oneTwo: [UInt8] = [
    0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0xff, 0xcb, 0xcf, 0x4b, 0xe5,
    0x2a, 0x29, 0xcf, 0xe7, 0x02, 0x00, 0xe6, 0x0b, 0xba, 0x12, 0x08, 0x00, 0x00, 0x00,
  ]
  private static let three: [UInt8] = [
    0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0xff, 0x2b, 0xc9, 0x28, 0x4a,
    0x4d, 0xe5, 0x02, 0x00, 0xd8, 0xc5, 0x46, 0xff, 0x06, 0x00, 0x00, 0x00,
  ]

  private func lines(_ file: TemporaryFile) throws -> [String] {
    var reader = try LineReader(path: file.path)
    var lines: [String] = []
    while let line = try reader.next() { lines.append(String(decoding: line, as: UTF8.self)) }
    return lines
  }

  @Test func `lines may end in LF, CRLF or the file`() throws {
    #expect(try lines(TemporaryFile(text: "a\r\n\nbc\nd")) == ["a", "", "bc", "d"])
    #expect(try lines(TemporaryFile(text: "")) == [])
    #expect(try lines(TemporaryFile(text: "\n")) == [""])
  }

  @Test func `lines longer than the buffer are whole`() throws {
    let long = String(repeating: "x", count: 3 << 20)
    #expect(try lines(TemporaryFile(text: "a\n\(long)\nb")) == ["a", long, "b"])
  }

  @Test func `gzip members follow one another, with padding between`() throws {
    let file = try TemporaryFile(Self.oneTwo + [0, 0, 0] + Self.three + [0])
    #expect(try lines(file) == ["one", "two", "three"])
  }

  @Test func `a truncated gzip file is an error at its end`() throws {
    for length in 3..<Self.oneTwo.count {
      let file = try TemporaryFile(Array(Self.oneTwo.prefix(length)))
      let error = traceError { _ = try lines(file) }
      #expect(error?.kind == .gzip)
      #expect(error?.position == .byte(UInt64(length)))
    }
  }

  @Test func `a corrupt gzip file is an error`() throws {
    var bytes = Self.oneTwo
    bytes[bytes.count - 8] ^= 1
    let file = try TemporaryFile(bytes)
    let error = traceError { _ = try lines(file) }
    #expect(error?.kind == .gzip)
    #expect(error?.description.contains("incorrect data check") == true)
  }

  @Test func `garbage behind a gzip member is an error`() throws {
    let file = try TemporaryFile(Self.oneTwo + Array("garbage".utf8))
    #expect(traceError { _ = try lines(file) }?.kind == .gzip)
  }

  @Test func `a missing file and a folder are errors that name it`() {
    #expect(
      traceError { _ = try LineReader(path: "/no/such/trace") }?.description
        == "/no/such/trace: cannot be opened: No such file or directory")
    #expect(
      traceError { _ = try LineReader(path: "/") }?.description
        == "/: is a directory; name a trace file in it")
  }
}
