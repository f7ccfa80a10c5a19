import NIOCore
import Testing

@testable import TarnNode

/// The body's bytes and what is left behind it; nil if it is malformed.
private func decode(_ bytes: [UInt8], cuts: [Int] = []) -> (body: [UInt8], rest: Int, isOver: Bool)?
{
  var decoder = ChunkedDecoder()
  var input = ByteBuffer()
  var body: [UInt8] = []
  var start = 0
  for end in cuts + [bytes.count] {
    input.writeBytes(bytes[start..<end])
    start = end
    do {
      while let piece = try decoder.next(&input) { body += piece.readableBytesView }
    } catch { return nil }
  }
  return (body, input.readableBytes, decoder.isOver)
}

@Suite struct ChunkedDecoderTests {
  @Test(arguments: [
    ("0\r\n\r\n", "", 0),
    ("5\r\nhello\r\n0\r\n\r\n", "hello", 0),
    ("5;a=b;c=\"d\"\r\nhello\r\n00\r\n\r\nGET", "hello", 3),
    ("A\r\n0123456789\r\n1\r\nx\r\n0\r\nX-Sum: 1\r\nY:\r\n\r\n", "0123456789x", 0),
    ("a\r\n0123456789\r\n0\r\n\r\n", "0123456789", 0),
    ("2\r\n\r\n\r\n0\r\n\r\n", "\r\n", 0),
  ]) func chunksAreTakenOff(text: String, body: String, rest: Int) {
    let bytes = Array(text.utf8)
    for cuts in [[], Array(0..<bytes.count)] + (0...bytes.count).map({ [$0] }) {
      let decoded = decode(bytes, cuts: cuts)
      #expect(decoded?.body == Array(body.utf8), "cuts \(cuts)")
      #expect(decoded?.rest == rest)
      #expect(decoded?.isOver == true)
    }
  }

  @Test(arguments: [
    "\r\n", "x\r\n", "-1\r\n", "+1\r\n", "0x1\r\n", " 1\r\n", "1 \r\n", "1\n", "\n", "1\rx\r\n",
    "5\r\nhelloX\r\n", "5\r\nhello\n0\r\n", "5\r\nhello\rX", "1000000000000000\r\n",
    "FFFFFFFFFFFFFFFF\r\n", "1;\u{0}\r\n", "0\r\nX\r\n\r\n", "0\r\n X: y\r\n\r\n",
    "0\r\nX : y\r\n\r\n", "0\r\nX: y\n\r\n",
  ]) func malformedChunksAreRefused(text: String) {
    let bytes = Array(text.utf8)
    #expect(decode(bytes) == nil)
    for cut in 0...bytes.count { #expect(decode(bytes, cuts: [cut]) == nil, "cut at \(cut)") }
  }

  @Test func extensionsAndTrailersHaveLimits() {
    #expect(decode(Array("1;\(String(repeating: "x", count: 1022))\r\n".utf8)) != nil)
    #expect(decode(Array("1;\(String(repeating: "x", count: 1023))\r\n".utf8)) == nil)
    #expect(decode(Array("1;\(String(repeating: "x", count: 1100))".utf8)) == nil)
    let trailer = "X: \(String(repeating: "x", count: 1000))\r\n"
    #expect(decode(Array("0\r\n\(String(repeating: trailer, count: 8))\r\n".utf8)) != nil)
    #expect(decode(Array("0\r\n\(String(repeating: trailer, count: 9))\r\n".utf8)) == nil)
  }

  @Test func damagedChunksNeverTrap() {
    var random = SplitMix(seed: 3)
    let text = "A;x=y\r\n0123456789\r\n1\r\nx\r\n0\r\nX-Sum: 1\r\nY:\r\n\r\n"
    for _ in 0..<20_000 {
      var bytes = Array(text.utf8)
      for _ in 0..<(1 + random.below(3)) {
        bytes[random.below(bytes.count)] = UInt8(truncatingIfNeeded: random.next())
      }
      let whole = decode(bytes)
      let cut = decode(bytes, cuts: [random.below(bytes.count + 1)])
      // A malformed end may come with or without the bytes before it; both say no.
      #expect((whole == nil) == (cut == nil), "\(bytes)")
      #expect(whole?.body == cut?.body)
    }
  }
}
