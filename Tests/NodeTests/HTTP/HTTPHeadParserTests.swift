import NIOCore
import Testing

@testable import TarnNode

/// What a parser made of some bytes: comparable, however they were cut.
enum ParsedHead: Equatable {
  case incomplete
  case refused(HTTPFault)
  case head(String, framing: HTTPFraming, closes: Bool, keepsAlive: Bool, length: Int)

  /// Parses bytes that come in pieces that end at `cuts`.
  init(_ bytes: [UInt8], cuts: [Int] = [], limits: HTTPLimits = HTTPLimits()) {
    var parser = HTTPHeadParser()
    self = .incomplete
    for end in cuts + [bytes.count] {
      let step = bytes[..<end].withUnsafeBytes { parser.parse($0, limits: limits) }
      switch step {
      case .needMore: continue
      case .failed(let fault): self = .refused(fault)
      case .complete(let length):
        let head = parser.head(of: ByteBuffer(bytes: bytes[..<length]))
        let fields = head.headers.map { "\($0.name)=\($0.value)" }.joined(separator: "|")
        self = .head(
          "\(head.method) \(head.target) \(head.isHTTP10 ? "1.0" : "1.1") \(fields)",
          framing: parser.framing, closes: parser.saysClose, keepsAlive: parser.saysKeepAlive,
          length: length)
      }
      return
    }
  }

  init(_ text: String) { self.init(Array(text.utf8)) }
}

/// Requests, whole or not, and what is wrong with them; nil for nothing.
private let cases: [(String, HTTPFault?)] = [
  ("GET / HTTP/1.1\r\nHost: a\r\n\r\n", nil),
  ("GET /a%2Fb//c?x=1&y HTTP/1.1\r\nHost: a:80\r\nRange: bytes=0-1\r\n\r\n", nil),
  ("GET / HTTP/1.0\r\n\r\n", nil),
  ("GET / HTTP/1.9\r\nHost: a\r\n\r\n", nil),
  ("\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", nil),
  ("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", nil),
  ("GET http://b:8/c?d HTTP/1.1\r\nHost: a\r\n\r\n", nil),
  ("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 12\r\n\r\n", nil),
  ("PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: Chunked\r\n\r\n", nil),
  ("PUT / HTTP/1.1\r\nHost: a\r\nExpect: 100-Continue\r\nContent-Length: 1\r\n\r\n", nil),
  ("GET / HTTP/1.1\r\nHost:\ta \r\nX:\r\nConnection: x, Close ,\r\n\r\n", nil),
  ("GET /\u{e9} HTTP/1.1\r\nHost: a\r\nX: \u{e9}\r\n\r\n", nil),
  ("GET / HTTP/1.1\nHost: a\r\n\r\n", .bareLineFeed),
  ("GET / HTTP/1.1\r\nHost: a\n\r\n", .bareLineFeed),
  ("GET / HTTP/1.1\r\nHost: a\r\n\n", .bareLineFeed),
  ("GET / HTTP/1.1\rX\r\nHost: a\r\n\r\n", .bareCarriageReturn),
  ("GET / HTTP/1.1\r\nHost: a\rb\r\n\r\n", .bareCarriageReturn),
  ("GET / HTTP/1.1\r\nHost: a\u{0}b\r\n\r\n", .controlByte),
  ("GET /\u{0} HTTP/1.1\r\nHost: a\r\n\r\n", .controlByte),
  ("GET / HTTP/1.1\r\nHost: a\r\nX: \u{7f}\r\n\r\n", .controlByte),
  ("GET  / HTTP/1.1\r\nHost: a\r\n\r\n", .malformedRequestLine),
  ("GET /  HTTP/1.1\r\nHost: a\r\n\r\n", .malformedRequestLine),
  ("GET / HTTP/1.1 \r\nHost: a\r\n\r\n", .malformedRequestLine),
  (" GET / HTTP/1.1\r\nHost: a\r\n\r\n", .malformedRequestLine),
  ("GET /\r\n\r\n", .malformedRequestLine),
  ("GET a HTTP/1.1\r\nHost: a\r\n\r\n", .malformedRequestLine),
  ("GET * HTTP/1.1\r\nHost: a\r\n\r\n", .malformedRequestLine),
  ("GET http://b HTTP/1.1\r\nHost: a\r\n\r\n", .malformedRequestLine),
  ("G(T / HTTP/1.1\r\nHost: a\r\n\r\n", .malformedRequestLine),
  ("GET / http/1.1\r\nHost: a\r\n\r\n", .malformedRequestLine),
  ("GET / HTTP/11\r\nHost: a\r\n\r\n", .malformedRequestLine),
  ("CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n", .malformedRequestLine),
  ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", .unsupportedVersion),
  ("GET / HTTP/0.9\r\n\r\n", .unsupportedVersion),
  ("GET / HTTP/1.1\r\n Host: a\r\n\r\n", .foldedField),
  ("GET / HTTP/1.1\r\nHost: a\r\n b\r\n\r\n", .foldedField),
  ("GET / HTTP/1.1\r\nHost : a\r\n\r\n", .malformedFieldName),
  ("GET / HTTP/1.1\r\n: a\r\n\r\n", .malformedFieldName),
  ("GET / HTTP/1.1\r\nHost\r\n\r\n", .malformedFieldName),
  ("GET / HTTP/1.1\r\nHo\u{e9}st: a\r\n\r\n", .malformedFieldName),
  ("GET / HTTP/1.1\r\n\r\n", .missingHost),
  ("GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", .severalHosts),
  (
    "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n",
    .severalContentLengths
  ),
  ("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 1, 1\r\n\r\n", .malformedContentLength),
  ("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: +1\r\n\r\n", .malformedContentLength),
  ("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n", .malformedContentLength),
  ("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 0x1\r\n\r\n", .malformedContentLength),
  ("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length:\r\n\r\n", .malformedContentLength),
  (
    "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000000000000000\r\n\r\n",
    .malformedContentLength
  ),
  (
    "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
    .lengthAndTransferEncoding
  ),
  (
    "PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n",
    .lengthAndTransferEncoding
  ),
  (
    "PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
    .unsupportedTransferEncoding
  ),
  (
    "PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n", .unsupportedTransferEncoding
  ),
  (
    "PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",
    .unsupportedTransferEncoding
  ),
  ("PUT / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", .transferEncodingInHTTP10),
  ("PUT / HTTP/1.1\r\nHost: a\r\nExpect: magic\r\n\r\n", .unsupportedExpectation),
]

@Suite struct HTTPHeadParserTests {
  @Test(arguments: cases) func aRequestIsUnderstoodOrRefusedForTheRightReason(
    text: String, fault: HTTPFault?
  ) {
    switch ParsedHead(text) {
    case .head(_, _, _, _, let length):
      #expect(fault == nil)
      #expect(length == text.utf8.count)
    case .refused(let found): #expect(found == fault)
    case .incomplete: Issue.record("the head has no end")
    }
  }

  @Test(arguments: cases) func piecesDoNotMatter(text: String, fault: HTTPFault?) {
    let bytes = Array(text.utf8)
    let whole = ParsedHead(bytes)
    for cut in 0...bytes.count {
      #expect(ParsedHead(bytes, cuts: [cut]) == whole, "cut at \(cut)")
    }
    #expect(ParsedHead(bytes, cuts: Array(0..<bytes.count)) == whole)
  }

  @Test func partsOfTheHeadAreFoundByName() {
    let head = HTTPRequestHead(
      method: "GET", target: "/b/k?x=1?2",
      headers: [("HOST", "a"), ("Range", " bytes=1-2 "), ("x-amz-date", ""), ("range", "second")])
    #expect(head.verb == .get)
    #expect(head.path == "/b/k")
    #expect(head.query == "x=1?2")
    #expect(head.header("range") == "bytes=1-2")
    #expect(head.header("X-Amz-Date") == "")
    #expect(head.header("rang") == nil)
    #expect(head.header("sange") == nil)
    #expect(head.hasHeader("host"))
    #expect(head.headers.map(\.name) == ["HOST", "Range", "x-amz-date", "range"])
  }

  @Test func anAbsoluteTargetNamesTheHost() {
    let head = HTTPRequestHead(
      method: "GET", target: "HTTP://bucket.x:8/key?q", headers: [("Host", "other")])
    #expect(head.target == "/key?q")
    #expect(head.host == "bucket.x:8")
  }

  @Test func theRestOfTheBytesIsLeft() {
    let text = "GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\n"
    guard case .head(_, _, _, _, let length) = ParsedHead(text) else {
      Issue.record("no head")
      return
    }
    #expect(length == 28)
  }

  @Test(arguments: [8192, 8193, 8194, 9000]) func aRequestLineHasItsLimit(length: Int) {
    let target = "/" + String(repeating: "x", count: length - "GET / HTTP/1.1".utf8.count)
    let bytes = Array("GET \(target) HTTP/1.1\r\nHost: a\r\n\r\n".utf8)
    let expected: HTTPFault? = length <= 8192 ? nil : .requestLineTooLong
    for cuts in [[], [8192], [8193], [8194], [8195], Array(8190..<8200)] {
      switch ParsedHead(bytes, cuts: cuts.filter { $0 < bytes.count }) {
      case .refused(let fault): #expect(fault == expected)
      default: #expect(expected == nil)
      }
    }
  }

  @Test func endlessLinesAreRefusedBeforeTheyEnd() {
    #expect(
      ParsedHead(Array(repeating: UInt8(ascii: "x"), count: 8194)) == .refused(.requestLineTooLong))
    let fields = "GET / HTTP/1.1\r\nHost: a\r\nX: " + String(repeating: "x", count: 32 << 10)
    #expect(ParsedHead(fields) == .refused(.fieldsTooLarge))
  }

  @Test(arguments: [128, 129]) func fieldsHaveTheirNumber(count: Int) {
    var text = "GET / HTTP/1.1\r\nHost: a\r\n"
    for index in 1..<count { text += "X-\(index): y\r\n" }
    if case .refused(let fault) = ParsedHead(text + "\r\n") {
      #expect(fault == .tooManyFields && count == 129)
    } else {
      #expect(count == 128)
    }
  }

  @Test func damagedRequestsNeverTrapAndPiecesStillDoNotMatter() {
    var random = SplitMix(seed: 7)
    let interesting = Array("\r\n: \t\u{0}GHTP/1.0;,=%".utf8)
    for (text, _) in cases {
      for _ in 0..<200 {
        var bytes = Array(text.utf8)
        for _ in 0..<(1 + random.below(4)) {
          let place = random.below(bytes.count)
          switch random.below(4) {
          case 0: bytes[place] = UInt8(truncatingIfNeeded: random.next())
          case 1: bytes[place] = interesting[random.below(interesting.count)]
          case 2: bytes.remove(at: place)
          default: bytes.insert(interesting[random.below(interesting.count)], at: place)
          }
          if bytes.isEmpty { bytes = [0] }
        }
        let whole = ParsedHead(bytes)
        let cut = random.below(bytes.count + 1)
        #expect(ParsedHead(bytes, cuts: [cut]) == whole, "\(bytes) cut at \(cut)")
      }
    }
  }
}

/// Steele, Lea and Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014.
struct SplitMix {
  private var state: UInt64
  init(seed: UInt64) { state = seed }
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var word = state
    word = (word ^ word &>> 30) &* 0xBF58_476D_1CE4_E5B9
    word = (word ^ word &>> 27) &* 0x94D0_49BB_1331_11EB
    return word ^ word &>> 31
  }
  mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }
}
