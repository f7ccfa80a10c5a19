import Testing

@testable import TarnNode

struct ResponseHeadTests {
  private func parse(_ text: String) throws -> ResponseHead {
    try Array(text.utf8).withUnsafeBytes { try ResponseHead(parsing: $0) }
  }

  @Test func aHeadHasItsStatusAndFields() throws {
    let head = try parse(
      "HTTP/1.1 206 Partial Content\r\nContent-Length: 10\r\nETag: \"a b\"\r\nX-Empty:\r\n"
        + "x-blank:\t v \r\n\r\n")
    #expect(head.status == 206)
    #expect(head.framing == .length(10))
    #expect(head.keepsConnection)
    #expect(
      head.fields == [
        ResponseHead.Field(name: "Content-Length", value: "10"),
        ResponseHead.Field(name: "ETag", value: "\"a b\""),
        ResponseHead.Field(name: "X-Empty", value: ""),
        ResponseHead.Field(name: "x-blank", value: "v"),
      ])
  }

  @Test(arguments: [
    ("HTTP/1.1 200 OK\r\n\r\n", ResponseHead.Framing.toTheEnd, true),
    ("HTTP/1.1 200\r\n\r\n", .toTheEnd, true),
    ("HTTP/1.0 200 OK\r\ncontent-length: 0\r\n\r\n", .length(0), false),
    ("HTTP/1.0 200 OK\r\nconnection: Keep-Alive\r\n\r\n", .toTheEnd, true),
    ("HTTP/1.1 200 OK\r\nconnection: x, CLOSE\r\ncontent-length: 7\r\n\r\n", .length(7), false),
    ("HTTP/1.1 200 OK\r\ntransfer-encoding: Chunked\r\n\r\n", .chunked, true),
    ("HTTP/1.1 200 OK\r\nconnection: keep-alive, close\r\n\r\n", .toTheEnd, false),
  ])
  func theBodysEndFollowsFromTheHead(
    text: String, framing: ResponseHead.Framing, keepsConnection: Bool
  ) throws {
    let head = try parse(text)
    #expect(head.framing == framing)
    #expect(head.keepsConnection == keepsConnection)
  }

  @Test(arguments: [
    ("", ResponseFault.malformedLine), ("\r\n", .malformedLine), ("\r\n\r\n", .malformedStatus),
    ("HTTP/2.0 200 OK\r\n\r\n", .malformedStatus), ("HTTP/1.1 20 OK\r\n\r\n", .malformedStatus),
    ("HTTP/1.1 2000\r\n\r\n", .malformedStatus), ("HTTP/1.1 099 No\r\n\r\n", .malformedStatus),
    ("HTTP/1.1 200 OK\n\r\n", .malformedLine), ("HTTP/1.1 200 OK\r\na: b\r\n", .malformedLine),
    ("HTTP/1.1 200 OK\r\na b: c\r\n\r\n", .malformedLine),
    ("HTTP/1.1 200 OK\r\na : c\r\n\r\n", .malformedLine),
    ("HTTP/1.1 200 OK\r\na: b\r\n c\r\n\r\n", .malformedLine),
    ("HTTP/1.1 200 OK\r\n: c\r\n\r\n", .malformedLine),
    ("HTTP/1.1 200 OK\r\na: b\u{0}\r\n\r\n", .controlByte),
    ("HTTP/1.1 200 OK\r\na: b\rc\r\n\r\n", .controlByte),
    ("HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n", .contentLength),
    ("HTTP/1.1 200 OK\r\ncontent-length:\r\n\r\n", .contentLength),
    ("HTTP/1.1 200 OK\r\ncontent-length: 1, 1\r\n\r\n", .contentLength),
    ("HTTP/1.1 200 OK\r\ncontent-length: 9999999999999999999\r\n\r\n", .contentLength),
    ("HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 1\r\n\r\n", .contentLength),
    ("HTTP/1.1 200 OK\r\ntransfer-encoding: gzip, chunked\r\n\r\n", .transferEncoding),
    (
      "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n\r\n",
      .transferEncoding
    ),
    (
      "HTTP/1.1 200 OK\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n",
      .transferEncoding
    ),
  ])
  func whatCanBeReadInTwoWaysIsRefused(text: String, fault: ResponseFault) {
    #expect(throws: fault) { try parse(text) }
  }

  /// Against looking at every place, and in whatever pieces the bytes come.
  @Test func theEndIsFoundInAnyPieces() throws {
    var random = SystemRandomNumberGenerator()
    let alphabet = Array("\r\n\r\na:".utf8)
    for _ in 0..<5_000 {
      let bytes = (0..<Int.random(in: 0...40, using: &random)).map { _ in
        alphabet.randomElement(using: &random) ?? 0
      }
      let expected = bytes.indices.first { bytes[$0...].starts(with: Array("\r\n\r\n".utf8)) }
      var scanned = 0
      var found: Int?
      while found == nil {
        let count = min(bytes.count, scanned + Int.random(in: 1...9, using: &random))
        found = try bytes[..<count].withUnsafeBytes {
          try ResponseHead.length(in: $0, scanned: scanned)
        }
        scanned = count
        if count == bytes.count { break }
      }
      #expect(found == expected.map { $0 + 4 })
    }
  }

  @Test func aHeadWithoutEndIsNotWaitedForForEver() throws {
    let bytes = [UInt8](repeating: UInt8(ascii: "a"), count: ResponseHead.longest)
    #expect(throws: ResponseFault.headTooLong) {
      try bytes.withUnsafeBytes { try ResponseHead.length(in: $0, scanned: 0) }
    }
  }
}
