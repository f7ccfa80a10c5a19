/// Why a signature was refused: S3's error code, its HTTP status and a sentence for the client.
public enum SigV4Error: Error, Equatable, Sendable {
  /// The request carries no signature at all.
  case anonymous
  /// An Authorization header of another kind, such as AWS's signature version 2.
  case unsupported
  /// The Authorization header cannot be read.
  case malformedHeader(String)
  /// The `X-Amz-` parameters of a presigned URL cannot be read.
  case malformedQuery(String)
  /// Both a header and a presigned URL.
  case twoSignatures
  /// Neither X-Amz-Date nor Date says when the request was signed.
  case noDate
  /// The path or query has a broken percent-escape.
  case malformedTarget
  /// Nobody has this access key.
  case unknownAccessKey(String)
  /// Signed more than 15 minutes from now.
  case skewed
  /// The presigned URL's time is over.
  case expired
  /// The presigned URL is from the future.
  case notYetValid
  /// A header that must be covered by the signature is not.
  case unsignedHeader(String)
  case noPayloadHash
  case malformedPayloadHash(String)
  /// The signature is not what the secret key makes of the request.
  case mismatch

  /// S3's error code.
  public var code: String {
    switch self {
    case .anonymous, .expired, .notYetValid, .unsignedHeader, .noDate: "AccessDenied"
    case .unsupported, .noPayloadHash: "InvalidRequest"
    case .malformedHeader: "AuthorizationHeaderMalformed"
    case .malformedQuery: "AuthorizationQueryParametersError"
    case .twoSignatures, .malformedPayloadHash: "InvalidArgument"
    case .malformedTarget: "InvalidURI"
    case .unknownAccessKey: "InvalidAccessKeyId"
    case .skewed: "RequestTimeTooSkewed"
    case .mismatch: "SignatureDoesNotMatch"
    }
  }

  /// The HTTP status that goes with the code.
  public var status: Int {
    switch code {
    case "AccessDenied", "InvalidAccessKeyId", "RequestTimeTooSkewed", "SignatureDoesNotMatch": 403
    default: 400
    }
  }

  /// What is wrong, and the cure.
  public var message: String {
    switch self {
    case .anonymous: "The request is not signed; sign it with an access key of this cache."
    case .unsupported: "Only AWS4-HMAC-SHA256 signatures are accepted; use signature version 4."
    case .malformedHeader(let reason): "The Authorization header is malformed: \(reason)."
    case .malformedQuery(let reason): "The presigned URL is malformed: \(reason)."
    case .twoSignatures: "The request is signed by header and by query; use one of them."
    case .noDate: "A signed request needs an X-Amz-Date or Date header."
    case .malformedTarget: "The request's path or query has a malformed percent-escape."
    case .unknownAccessKey(let key): "There is no access key \(key)."
    case .skewed: "The request was signed more than 15 minutes from now; set the client's clock."
    case .expired: "The presigned URL has expired."
    case .notYetValid: "The presigned URL is not valid yet; set the client's clock."
    case .unsignedHeader(let name): "The header \(name) is not covered by the signature."
    case .noPayloadHash: "A signed request needs an x-amz-content-sha256 header."
    case .malformedPayloadHash(let value):
      "x-amz-content-sha256 must be a SHA-256, UNSIGNED-PAYLOAD or STREAMING-...; it is \(value)."
    case .mismatch: "The signature does not match; check the secret key and the signing method."
    }
  }
}
