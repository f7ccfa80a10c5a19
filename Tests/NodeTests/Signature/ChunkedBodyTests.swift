import Foundation
import NIOCore
import Testing

@testable import TarnNode

/// The signed examples are those of Amazon's S3 API Reference, "Transferring payload in multiple
/// chunks (chunked upload)", without and with trailing headers.
struct ChunkedBodyTests {
  private static let scope = SigV4Scope(day: "20130524", region: "us-east-1", service: "s3")
  private static let key = SigningKey(
    secret: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", scope: scope)

  private func chain(_ seed: String) -> SignatureChain {
    SignatureChain(
      key: ChunkedBodyTests.key, scope: ChunkedBodyTests.scope, timestamp: "20130524T000000Z",
      signature: seed)
  }

  private func body(_ signatures: [String], end: String = "\r\n") -> [UInt8] {
    var bytes: [UInt8] = []
    for (index, size) in [65_536, 1_024, 0].enumerated() {
      bytes += Array("\(String(size, radix: 16));chunk-signature=\(signatures[index])\r\n".utf8)
      bytes += [UInt8](repeating: UInt8(ascii: "a"), count: size)
      if size > 0 { bytes += Array("\r\n".utf8) }
    }
    return bytes + Array(end.utf8)
  }

  private let seed = "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9"
  private let signatures = [
    "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648",
    "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497",
    "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9",
  ]
  private let trailerSeed = "106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e"
  private let trailerSignatures = [
    "b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2",
    "1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7",
    "2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992",
  ]
  private let trailer =
    "x-amz-checksum-crc32c:sOO8/Q==\r\nx-amz-trailer-signature:"
    + "d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435\r\n\r\n"

  @Test(arguments: [1, 7, 1_000, 1_000_000])
  func `Amazon's signed example is read whatever the pieces`(piece: Int) async throws {
    let check = ChunkedBody(chain: chain(seed), trailers: nil)
    let read = try await collected(
      checkedBody(stream(body(signatures), by: piece), by: check))
    #expect(read == [UInt8](repeating: UInt8(ascii: "a"), count: 66_560))
  }

  @Test(arguments: [3, 1_000_000])
  func `Amazon's example with signed trailers is read`(piece: Int) async throws {
    let check = ChunkedBody(chain: chain(trailerSeed), trailers: ["x-amz-checksum-crc32c"])
    let read = try await collected(
      checkedBody(stream(body(trailerSignatures, end: trailer), by: piece), by: check))
    #expect(read.count == 66_560)
  }

  @Test func `a wrong chunk, trailer or end is refused before the last bytes pass`() async {
    func refusal(
      _ signatures: [String], end: String = "\r\n", trailers: [String]? = nil, drop: Int = 0,
      flip: Int? = nil
    ) async -> (error: BodyError?, count: Int) {
      var bytes = Array(body(signatures, end: end).dropLast(drop))
      if let flip { bytes[flip] ^= 1 }
      let check = ChunkedBody(
        chain: chain(trailers == nil ? seed : trailerSeed), trailers: trailers)
      return await outcome(of: checkedBody(stream(bytes, by: 5_000), by: check))
    }
    for flip in [1_000, 65_700] {
      let wrong = await refusal(signatures, flip: flip)
      #expect(wrong.error == .signature)
      #expect(wrong.count < 66_560)
    }
    var others = signatures
    others[2] = others[1]
    #expect(await refusal(others).error == .signature)
    #expect(await refusal(signatures, drop: 1).error == .incomplete)
    #expect(await refusal(signatures, drop: 500).error == .incomplete)
    let promised = ["x-amz-checksum-crc32c"]
    #expect(await refusal(signatures, end: trailer).error?.code == "MalformedTrailerError")
    #expect(
      await refusal(trailerSignatures, trailers: promised).error?.code == "MalformedTrailerError")
    #expect(
      await refusal(
        trailerSignatures, end: trailer.replacingOccurrences(of: "d81f", with: "d81e"),
        trailers: promised
      ).error == .signature)
    #expect(
      await refusal(
        trailerSignatures, end: trailer.replacingOccurrences(of: "sOO8", with: "sOO9"),
        trailers: promised
      ).error == .signature)
  }

  @Test func `what botocore frames is read, and its checksum verified`() async throws {
    for vector in try SigV4Vectors.load().chunked {
      let raw = try Array(#require(Data(base64Encoded: vector.raw)))
      let wire = try Array(#require(Data(base64Encoded: vector.wire)))
      let check = ChunkedBody(chain: nil, trailers: [vector.trailer])
      for piece in [1, 100, 10_000] {
        #expect(try await collected(checkedBody(stream(wire, by: piece), by: check)) == raw)
      }
      guard !raw.isEmpty, let start = wire.firstIndex(of: UInt8(ascii: "\n")) else { continue }
      var wrong = wire
      wrong[start + 1] ^= 0x10
      let refused = await outcome(of: checkedBody(stream(wrong, by: 100), by: check))
      #expect(refused.error == .checksum(vector.trailer))
      #expect(refused.count < raw.count)
    }
  }

  @Test(arguments: [
    "", "\r\n", "zz\r\n", "5\r\nabcde", "5\r\nabcdefg\r\n0\r\n\r\n", "5\nabcde\r\n0\r\n\r\n",
    "0\r\n", "0\r\nx-other:1\r\n\r\n", "0\r\nnonsense\r\n\r\n", "0\r\n\r\nmore",
    "ffffffffffffffffff\r\n", "-1\r\n",
  ])
  func `framing that is broken is refused`(text: String) async {
    for piece in [1, 1_000] {
      let check = ChunkedBody(chain: nil, trailers: [])
      let refused = await outcome(of: checkedBody(stream(Array(text.utf8), by: piece), by: check))
      #expect(refused.error != nil)
    }
  }

  @Test func `lines without end are refused`() async {
    let check = ChunkedBody(chain: nil, trailers: [])
    let line = [UInt8](repeating: UInt8(ascii: "1"), count: 100_000)
    #expect(
      await outcome(of: checkedBody(stream(line, by: 1_000), by: check)).error
        == .malformed("a line is longer than 4096 bytes"))
  }

  @Test func `random bytes are refused, not trapped on`() async {
    var random = SystemRandomNumberGenerator()
    let alphabet = Array("0159af;:\r\n\r\n\r\nchunk-signature= x".utf8)
    for round in 0..<500 {
      let bytes = (0..<Int.random(in: 1..<60, using: &random)).map { _ in
        alphabet[Int.random(in: 0..<alphabet.count, using: &random)]
      }
      let check = ChunkedBody(chain: round % 2 == 0 ? chain(seed) : nil, trailers: ["x"])
      #expect(await outcome(of: checkedBody(stream(bytes, by: 3), by: check)).error != nil)
    }
  }

  @Test func `a body has the announced SHA-256 or does not go through`() async throws {
    let text = Array("Welcome to Amazon S3.".utf8)
    let digest = "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072"
    let right = checkedBody(stream(text, by: 4), by: DigestCheck(sha256: digest))
    #expect(try await collected(right) == text)
    let wrong = await outcome(
      of: checkedBody(stream(text + [0], by: 4), by: DigestCheck(sha256: digest)))
    #expect(wrong.error == .contentHash)
    #expect(wrong.count < 22)
    let empty = checkedBody(stream([], by: 4), by: DigestCheck(sha256: PayloadHash.emptyBody))
    #expect(try await collected(empty) == [])
    #expect(
      await outcome(of: checkedBody(stream([], by: 4), by: DigestCheck(sha256: digest))).error
        == .contentHash)
  }

  @Test func `checksums in headers are verified`() async throws {
    let text = Array("123456789".utf8)
    let right: [(name: String, value: String)] = [
      ("Content-MD5", "JfnnlDI7RTiF9RgfG2JNCw=="), ("x-amz-checksum-crc32", "y/Q5Jg=="),
      ("x-amz-checksum-crc32c", "4waSgw=="), ("X-Amz-Checksum-CRC64NVME", "rosUhgp5mIg="),
      ("x-amz-checksum-sha1", "98O8HYCOBHMq32eZZczDTKeuNEE="),
      ("x-amz-checksum-sha256", "FeKw08M4keuw8e9gnsQZQgwg4yDOlMZfvIwzEkSOsiU="),
    ]
    #expect(
      try await collected(bodyWithAnnouncedChecksums(stream(text, by: 2), headers: right)) == text)
    for header in right {
      let wrong = bodyWithAnnouncedChecksums(stream(text + [0], by: 2), headers: [header])
      #expect(await outcome(of: wrong).error == .checksum(header.name.lowercased()))
    }
  }

  /// Check values of the catalogue of parametrised CRC algorithms.
  @Test func `a checksum of pieces is that of the whole`() {
    let bytes = (0..<1_000).map { UInt8(truncatingIfNeeded: $0 &* 7 ^ $0 >> 3) }
    for polynomial in [CRC.Polynomial.ieee, .castagnoli, .nvme] {
      var whole = CRC(polynomial)
      bytes.withUnsafeBytes { whole.update($0) }
      for cut in [1, 7, 8, 9, 500, 999] {
        var pieces = CRC(polynomial)
        bytes[..<cut].withUnsafeBytes { pieces.update($0) }
        bytes[cut...].withUnsafeBytes { pieces.update($0) }
        #expect(pieces.bytes == whole.bytes)
      }
    }
  }
}

/// The bytes as a stream of pieces.
func stream(_ bytes: [UInt8], by piece: Int) -> OriginBody {
  OriginBody { continuation in
    for start in stride(from: 0, to: bytes.count, by: piece) {
      continuation.yield(ByteBuffer(bytes: bytes[start..<min(start + piece, bytes.count)]))
    }
    continuation.finish()
  }
}

/// All bytes of a stream.
func collected(_ body: OriginBody) async throws -> [UInt8] {
  var bytes: [UInt8] = []
  for try await piece in body { bytes += piece.readableBytesView }
  return bytes
}

/// How a stream ends, and how many bytes came before.
private func outcome(of body: OriginBody) async -> (error: BodyError?, count: Int) {
  var count = 0
  do {
    for try await piece in body { count += piece.readableBytes }
    return (nil, count)
  } catch { return (error as? BodyError, count) }
}
