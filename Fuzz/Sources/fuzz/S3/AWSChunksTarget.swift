internal import Crypto
internal import NIOCore

@testable internal import TarnNode

extension FuzzTarget {
  /// aws-chunked bodies: the same bytes and the same end whatever the pieces; nothing signed gets
  /// through without the secret; what is framed here is read, and not after it was changed.
  static let awsChunks = FuzzTarget("aws-chunks", longestInput: 1_024) { input in
    let options = input.byte()
    let size = 1 + Int(options &>> 3)
    let framing = AWSFraming(isSigned: options & 1 == 1, hasTrailer: options & 2 == 2)
    let bytes = input.rest()
    let whole = AWSBody(bytes, by: max(1, bytes.count), framing.check)
    demand(whole == AWSBody(bytes, by: size, framing.check), "a body differs in pieces of \(size)")
    demand(whole.body.count <= bytes.count, "a body is longer than its chunks")
    demand(whole.error != nil || !framing.isSigned, "a chunk's signature was forged")
    var framed = framing.frame(bytes, by: size * 7)
    let read = AWSBody(framed, by: size, framing.check)
    demand(read.error == nil && read.body == bytes, "a body that was just framed is refused")
    guard framing.isSigned else { return }
    let place = Int(options) * 31 % framed.count
    framed[place] ^= 1
    demand(
      AWSBody(framed, by: size, framing.check).error != nil, "a body that was changed is accepted")
  }
}

/// A way to frame a body.
private struct AWSFraming {
  static let scope = SigV4Scope(day: "20130524", region: "us-east-1", service: "s3")
  static let key = SigningKey(secret: "fuzz", scope: scope)
  static let checksum = "x-amz-checksum-crc32"

  var isSigned: Bool
  var hasTrailer: Bool

  private var chain: SignatureChain? {
    guard isSigned else { return nil }
    return SignatureChain(
      key: AWSFraming.key, scope: AWSFraming.scope, timestamp: "20130524T000000Z",
      signature: String(repeating: "0", count: 64))
  }

  var check: ChunkedBody {
    ChunkedBody(chain: chain, trailers: hasTrailer ? [AWSFraming.checksum] : nil)
  }

  func frame(_ body: [UInt8], by size: Int) -> [UInt8] {
    var chain = chain
    var framed: [UInt8] = []
    func line(_ piece: [UInt8]) -> [UInt8] {
      var line = String(piece.count, radix: 16)
      if isSigned {
        line += ";chunk-signature=\(chain?.sign(chunk: SHA256.hash(data: piece)) ?? "")"
      }
      return Array("\(line)\r\n".utf8)
    }
    for piece in body.pieces(of: size).map({ Array($0.readableBytesView) }) {
      framed += line(piece) + piece + Array("\r\n".utf8)
    }
    framed += line([])
    if hasTrailer, var checksum = Checksum(header: AWSFraming.checksum) {
      body.withUnsafeBytes { checksum.update($0) }
      framed += Array("\(AWSFraming.checksum):\(checksum.base64)\r\n".utf8)
      if let signature = chain?.sign(trailers: "\(AWSFraming.checksum):\(checksum.base64)\n") {
        framed += Array("x-amz-trailer-signature:\(signature)\r\n".utf8)
      }
    }
    return framed + Array("\r\n".utf8)
  }
}

/// What a check makes of bytes that come in pieces.
private struct AWSBody: Equatable {
  var body: [UInt8] = []
  var error: BodyError?

  init(_ bytes: [UInt8], by size: Int, _ check: ChunkedBody) {
    var check = check
    do throws(BodyError) {
      for var piece in bytes.pieces(of: size) {
        while piece.readableBytes > 0 {
          guard let part = try check.take(&piece) else { break }
          body += Array(part.readableBytesView)
        }
      }
      try check.end()
    } catch { self.error = error }
  }
}
