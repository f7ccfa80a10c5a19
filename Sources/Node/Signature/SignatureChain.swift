internal import Crypto

/// Signatures of an aws-chunked body: each covers its chunk and the signature before it (S3 API,
/// "Signature calculations for the Authorization header: transferring payload in multiple chunks").
struct SignatureChain: Sendable {
  private let key: SigningKey
  private let scope: SigV4Scope
  private let timestamp: String
  /// The last signature; at first that of the request's head.
  private var signature: String

  init(key: SigningKey, scope: SigV4Scope, timestamp: String, signature: String) {
    (self.key, self.scope, self.timestamp, self.signature) = (key, scope, timestamp, signature)
  }

  /// The signature of the chunk with this SHA-256, which the next one follows.
  mutating func sign(chunk digest: some Sequence<UInt8>) -> String {
    var text = Array(
      "AWS4-HMAC-SHA256-PAYLOAD\n\(timestamp)\n\(scope.text)\n\(signature)\n".utf8)
    text.append(contentsOf: "\(PayloadHash.emptyBody)\n".utf8)
    Hexadecimal.append(digest, to: &text)
    signature = key.sign(text)
    return signature
  }

  /// The signature of the trailers, each written `name:value\n`.
  mutating func sign(trailers: String) -> String {
    var text = Array(
      "AWS4-HMAC-SHA256-TRAILER\n\(timestamp)\n\(scope.text)\n\(signature)\n".utf8)
    Hexadecimal.append(SHA256.hash(data: Array(trailers.utf8)), to: &text)
    signature = key.sign(text)
    return signature
  }
}
