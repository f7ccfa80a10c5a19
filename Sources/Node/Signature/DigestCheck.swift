internal import Crypto
internal import NIOCore

/// Verifies that a body has the announced SHA-256 or checksums.
struct DigestCheck: BodyCheck {
  private var sha256: SHA256?
  private var announced = ""
  private var checksums: [(name: String, value: String, checksum: Checksum)] = []

  /// A body whose SHA-256 is to be these 64 hexadecimal digits.
  init(sha256 digits: String) {
    sha256 = SHA256()
    announced = digits.lowercased()
  }

  /// A body that is to have the checksums which a request's headers announce; nil if they announce
  /// none that is known.
  init?(headers: [(name: String, value: String)]) {
    for (name, value) in headers {
      let name = name.lowercased()
      if let checksum = Checksum(header: name) { checksums.append((name, value, checksum)) }
    }
    guard !checksums.isEmpty else { return nil }
  }

  mutating func take(_ input: inout ByteBuffer) throws(BodyError) -> ByteBuffer? {
    let piece = input
    input.clear()
    piece.withUnsafeReadableBytes { bytes in
      sha256?.update(bufferPointer: bytes)
      for index in checksums.indices { checksums[index].checksum.update(bytes) }
    }
    return piece
  }

  mutating func end() throws(BodyError) {
    if let sha256 {
      guard areEqualInConstantTime(Hexadecimal.lower(sha256.finalize()), announced) else {
        throw .contentHash
      }
    }
    for (name, value, checksum) in checksums where checksum.base64 != value {
      throw .checksum(name)
    }
  }
}

/// The body, verified against the checksums that the request's headers announce (`content-md5`,
/// `x-amz-checksum-crc32` and its kin); the body itself if there are none. Fails with `BodyError`.
public func bodyWithAnnouncedChecksums(
  _ body: OriginBody, headers: [(name: String, value: String)]
) -> OriginBody {
  guard let check = DigestCheck(headers: headers) else { return body }
  return checkedBody(body, by: check)
}
