/// Why a request's body was refused: S3's error code, its HTTP status and a sentence.
public enum BodyError: Error, Equatable, Sendable {
  /// The body ended before its last chunk, or is shorter than was said.
  case incomplete
  /// The chunked framing cannot be read.
  case malformed(String)
  /// The trailers cannot be read, or a promised one is missing.
  case malformedTrailer(String)
  /// A chunk's or the trailers' signature does not match.
  case signature
  /// The body's SHA-256 is not what `x-amz-content-sha256` says.
  case contentHash
  /// A checksum of this name, in a header or trailer, is not that of the body.
  case checksum(String)

  /// S3's error code.
  public var code: String {
    switch self {
    case .incomplete: "IncompleteBody"
    case .malformed: "InvalidRequest"
    case .malformedTrailer: "MalformedTrailerError"
    case .signature: "SignatureDoesNotMatch"
    case .contentHash: "XAmzContentSHA256Mismatch"
    case .checksum: "BadDigest"
    }
  }

  /// The HTTP status that goes with the code.
  public var status: Int { self == .signature ? 403 : 400 }

  /// What is wrong.
  public var message: String {
    switch self {
    case .incomplete: "The body is shorter than its announced length; send it again."
    case .malformed(let reason): "The aws-chunked body is malformed: \(reason)."
    case .malformedTrailer(let reason): "The body's trailers are malformed: \(reason)."
    case .signature: "The signature of a chunk of the body does not match; check the secret key."
    case .contentHash: "The body's SHA-256 is not the announced x-amz-content-sha256."
    case .checksum(let name): "The body's checksum is not the announced \(name); send it again."
    }
  }
}
