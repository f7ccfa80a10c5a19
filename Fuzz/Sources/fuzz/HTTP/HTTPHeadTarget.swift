internal import NIOCore

@testable internal import TarnNode

extension FuzzTarget {
  /// Requests' heads: the same outcome whatever the pieces, no line end but CR LF, one framing, and
  /// what is accepted is accepted again when its parts are put together anew.
  static let httpHead = FuzzTarget("http-head", longestInput: 1_024) { input in
    var limits = HTTPLimits()
    let options = input.byte()
    if options & 1 == 1 {
      (limits.requestLineBytes, limits.fieldBytes, limits.fieldCount) = (48, 96, 5)
    }
    let bytes = input.rest()
    var whole = HTTPHeadParser()
    let step = bytes.withUnsafeBytes { whole.parse($0, limits: limits) }
    var pieced = HTTPHeadParser()
    let again = parse(bytes, by: 1 + Int(options &>> 3), with: &pieced, limits)
    demand(step == again, "the head is \(step) at once and \(again) in pieces")
    guard case .complete(let length) = step else { return }
    demand(isSame(whole, pieced, bytes), "the pieces of a head change its parts")
    checkLines(bytes[..<length])
    checkFraming(whole, bytes)
    checkAnew(whole, bytes)
  }

  private static func parse(
    _ bytes: [UInt8], by size: Int, with parser: inout HTTPHeadParser, _ limits: HTTPLimits
  ) -> HTTPHeadParser.Step {
    var step = HTTPHeadParser.Step.needMore
    var end = 0
    repeat {
      end = min(end + size, bytes.count)
      step = bytes.withUnsafeBytes {
        parser.parse(UnsafeRawBufferPointer(rebasing: $0[..<end]), limits: limits)
      }
    } while step == .needMore && end < bytes.count
    return step
  }

  private static func isSame(
    _ left: HTTPHeadParser, _ right: HTTPHeadParser, _ bytes: [UInt8]
  ) -> Bool {
    left.framing == right.framing && left.saysClose == right.saysClose
      && left.saysKeepAlive == right.saysKeepAlive
      && left.expectsContinue == right.expectsContinue
      && left.line.target == right.line.target && left.line.authority == right.line.authority
      && left.fields.elementsEqual(right.fields) { $0.name == $1.name && $0.value == $1.value }
  }

  private static func checkLines(_ head: ArraySlice<UInt8>) {
    demand(head.suffix(4).elementsEqual("\r\n\r\n".utf8), "a head ends with an empty line")
    var previous: UInt8 = 0
    for byte in head {
      demand((byte == 0x0A) == (previous == 0x0D), "a CR or LF of a head is alone")
      demand(byte == 0x0D || byte == 0x0A || byte == 0x09 || byte >= 0x20, "a head has a control")
      previous = byte
    }
  }

  /// Counts what says how long the body is by another way than the parser's.
  private static func checkFraming(_ parser: HTTPHeadParser, _ bytes: [UInt8]) {
    func count(_ name: String) -> Int {
      parser.fields.count {
        String(decoding: bytes[$0.name], as: UTF8.self).lowercased() == name
      }
    }
    let (lengths, encodings) = (count("content-length"), count("transfer-encoding"))
    switch parser.framing {
    case .none: demand(lengths == 0 && encodings == 0, "a body is overlooked")
    case .length: demand(lengths == 1 && encodings == 0, "a length is not the only one")
    case .chunked: demand(lengths == 0 && encodings == 1, "chunks are not the only framing")
    }
    demand(count("host") == 1 || parser.line.isHTTP10 && count("host") == 0, "hosts are miscounted")
  }

  private static func checkAnew(_ parser: HTTPHeadParser, _ bytes: [UInt8]) {
    var text = bytes[parser.line.methodRange] + [0x20]
    if !parser.line.authority.isEmpty {
      text += Array("http://".utf8) + bytes[parser.line.authority]
    }
    text += bytes[parser.line.target]
    text += Array(" HTTP/1.\(parser.line.isHTTP10 ? 0 : 1)\r\n".utf8)
    for field in parser.fields {
      text += bytes[field.name] + Array(":".utf8) + bytes[field.value] + Array("\r\n".utf8)
    }
    text += Array("\r\n".utf8)
    let anew = Array(text)
    var second = HTTPHeadParser()
    let step = anew.withUnsafeBytes { second.parse($0, limits: HTTPLimits()) }
    demand(step == .complete(anew.count), "a head put together anew is \(step)")
    demand(second.framing == parser.framing, "a head put together anew has another framing")
    let head = parser.head(of: ByteBuffer(bytes: bytes))
    let other = second.head(of: ByteBuffer(bytes: anew))
    demand(
      head.target == other.target && head.method == other.method && head.host == other.host
        && head.headers.elementsEqual(other.headers, by: ==),
      "a head put together anew has other parts")
    for (name, _) in head.headers {
      demand(head.hasHeader(name) && head.header(name) != nil, "the header \(name) is not found")
    }
  }
}
