/// Signs requests to S3 by AWS's Signature Version 4.
public struct SigV4Signer: Sendable {
  public let accessKey: String
  private let secretKey: String
  /// Regions are names only to servers other than AWS's; `us-east-1` is the usual one.
  public let region: String
  private let service: String
  private let keys = SigningKeys()

  /// A signer for one key pair and region.
  public init(accessKey: String, secretKey: String, region: String, service: String = "s3") {
    self.accessKey = accessKey
    self.secretKey = secretKey
    self.region = region
    self.service = service
  }

  /// The headers that sign a request: x-amz-date, x-amz-content-sha256 and authorization.
  ///
  /// - Parameters:
  ///   - path: Escaped, as it will be sent; so is `query`, without a question mark.
  ///   - headers: What will be sent and must be signed; `host` has to be among them.
  ///   - now: Seconds since 1970.
  ///
  /// Throws only if the path or query has a broken escape.
  public func sign(
    method: String, path: String, query: String, headers: [(name: String, value: String)],
    payload: PayloadHash, now: Int64
  ) throws(SigV4Error) -> [(name: String, value: String)] {
    let timestamp = HTTPDate.formatBasic(now)
    var added = [
      (name: "x-amz-content-sha256", value: payload.headerValue),
      (name: "x-amz-date", value: timestamp),
    ]
    let signed = SigV4Signer.names(of: headers + added)
    let canonical = try CanonicalRequest(
      method: method, path: path, query: query, headers: headers + added, signedHeaders: signed,
      payload: payload.headerValue)
    let scope = scope(timestamp)
    let signature = keys.key(secret: secretKey, scope: scope)
      .sign(canonical.stringToSign(timestamp: timestamp, scope: scope))
    added.append(
      (
        name: "authorization",
        value: "AWS4-HMAC-SHA256 Credential=\(accessKey)/\(scope.text),"
          + "SignedHeaders=\(signed.joined(separator: ";")),Signature=\(signature)"
      ))
    return added
  }

  /// The query that makes a URL presigned: `query` and the `X-Amz-` parameters.
  ///
  /// - Parameters:
  ///   - expires: Seconds for which it is good, 1 to 604,800 (a week).
  ///   - headers: What must be sent along; `host` has to be among them.
  public func presign(
    method: String, path: String, query: String, headers: [(name: String, value: String)],
    expires: Int, now: Int64
  ) throws(SigV4Error) -> String {
    let timestamp = HTTPDate.formatBasic(now)
    let scope = scope(timestamp)
    let signed = SigV4Signer.names(of: headers)
    var full = query.isEmpty ? "" : query + "&"
    full += "X-Amz-Algorithm=AWS4-HMAC-SHA256"
    full += "&X-Amz-Credential=" + PercentCoding.encode("\(accessKey)/\(scope.text)")
    full += "&X-Amz-Date=\(timestamp)&X-Amz-Expires=\(expires)"
    full += "&X-Amz-SignedHeaders=" + PercentCoding.encode(signed.joined(separator: ";"))
    let canonical = try CanonicalRequest(
      method: method, path: path, query: full, headers: headers, signedHeaders: signed,
      payload: PayloadHash.unsigned.headerValue)
    let signature = keys.key(secret: secretKey, scope: scope)
      .sign(canonical.stringToSign(timestamp: timestamp, scope: scope))
    return full + "&X-Amz-Signature=\(signature)"
  }

  private func scope(_ timestamp: String) -> SigV4Scope {
    SigV4Scope(day: String(timestamp.prefix(8)), region: region, service: service)
  }

  /// Lower-case names, sorted, each once.
  private static func names(of headers: [(name: String, value: String)]) -> [String] {
    Set(headers.map { $0.name.lowercased() }).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }
}
