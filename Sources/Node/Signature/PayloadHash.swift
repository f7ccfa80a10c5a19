/// What `x-amz-content-sha256` says about a request's body.
public enum PayloadHash: Sendable, Equatable {
  /// The body's SHA-256 as 64 hexadecimal digits, as they came.
  case sha256(String)
  /// `UNSIGNED-PAYLOAD`: the body is not covered by the signature.
  case unsigned
  /// `STREAMING-AWS4-HMAC-SHA256-PAYLOAD`: aws-chunked, every chunk signed.
  case signedChunks
  /// `STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER`: the same, and signed trailers.
  case signedChunksAndTrailer
  /// `STREAMING-UNSIGNED-PAYLOAD-TRAILER`: aws-chunked with trailers, nothing signed.
  case unsignedChunksAndTrailer

  /// Reads the header's value; nil if it is none of these.
  public init?(headerValue value: String) {
    switch value {
    case "UNSIGNED-PAYLOAD": self = .unsigned
    case "STREAMING-AWS4-HMAC-SHA256-PAYLOAD": self = .signedChunks
    case "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER": self = .signedChunksAndTrailer
    case "STREAMING-UNSIGNED-PAYLOAD-TRAILER": self = .unsignedChunksAndTrailer
    default:
      guard value.utf8.count == 64,
        value.utf8.allSatisfy({ PercentCoding.hexValue($0) != nil })
      else { return nil }
      self = .sha256(value)
    }
  }

  /// The header's value.
  public var headerValue: String {
    switch self {
    case .sha256(let digits): digits
    case .unsigned: "UNSIGNED-PAYLOAD"
    case .signedChunks: "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"
    case .signedChunksAndTrailer: "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER"
    case .unsignedChunksAndTrailer: "STREAMING-UNSIGNED-PAYLOAD-TRAILER"
    }
  }

  /// SHA-256 of nothing.
  static let emptyBody = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
}
