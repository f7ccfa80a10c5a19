/// Verifies AWS's Signature Version 4 of requests to S3, by header and by presigned URL.
public struct SigV4Verifier: Sendable {
  private let service: String
  private let region: String?
  private let keys = SigningKeys()
  /// Seconds by which clocks may differ.
  public static let clockSkew: Int64 = 15 * 60

  /// A verifier that remembers signing keys; nil for `region` accepts any.
  public init(service: String = "s3", region: String? = nil) {
    self.service = service
    self.region = region
  }

  /// Verifies one request. The signature covers its body only as far as `VerifiedRequest.payload`
  /// says: read the body through `VerifiedRequest.check`.
  ///
  /// - Parameters:
  ///   - target: Path and query as on the wire.
  ///   - headers: As on the wire, in any case.
  ///   - now: Seconds since 1970.
  ///   - secretFor: The secret key of an access key, nil if there is none.
  public func verify(
    method: String, target: String, headers: [(name: String, value: String)], now: Int64,
    secretFor: (String) -> String?
  ) -> Result<VerifiedRequest, SigV4Error> {
    do {
      return .success(
        try verified(
          method: method, target: target, headers: headers, now: now, secretFor: secretFor))
    } catch { return .failure(error) }
  }

  private func verified(
    method: String, target: String, headers: [(name: String, value: String)], now: Int64,
    secretFor: (String) -> String?
  ) throws(SigV4Error) -> VerifiedRequest {
    let mark = target.utf8.firstIndex(of: UInt8(ascii: "?")) ?? target.endIndex
    let path = target[..<mark]
    // By bytes: a combining mark behind the question mark is one character with it.
    let query = Substring(target.utf8[mark...].dropFirst())
    let claim = try claim(query: query, headers: headers)
    try checkTime(claim, now: now)
    try checkScope(claim)
    try checkSignedHeaders(claim, headers: headers)
    let payload = try payload(claim, query: query, headers: headers)
    guard let secret = secretFor(claim.accessKey) else {
      throw .unknownAccessKey(claim.accessKey)
    }
    let key = keys.key(secret: secret, scope: claim.scope)
    let canonical = try CanonicalRequest(
      method: method, path: path, query: query, headers: headers,
      signedHeaders: claim.signedHeaders, payload: payload.headerValue)
    let signature = key.sign(
      canonical.stringToSign(timestamp: claim.timestamp, scope: claim.scope))
    guard areEqualInConstantTime(signature, claim.signature) else { throw .mismatch }
    return VerifiedRequest(
      accessKey: claim.accessKey, payload: payload, isPresigned: claim.expires != nil,
      chain: SignatureChain(
        key: key, scope: claim.scope, timestamp: claim.timestamp, signature: signature),
      trailers: SigV4Verifier.announcedTrailers(headers))
  }

  private func claim(
    query: Substring, headers: [(name: String, value: String)]
  ) throws(SigV4Error) -> SigV4Claim {
    let authorization = headers.first { areSameHeader($0.name, "authorization") }?.value
    let isPresigned = query.utf8.split(separator: UInt8(ascii: "&")).contains {
      $0.starts(with: "X-Amz-Algorithm=".utf8) || $0.starts(with: "X-Amz-Signature=".utf8)
    }
    if let authorization {
      guard !isPresigned else { throw .twoSignatures }
      return try SigV4Claim(authorization: authorization, headers: headers)
    }
    guard isPresigned else { throw .anonymous }
    guard let parameters = PercentCoding.parameters(ofQuery: query) else { throw .malformedTarget }
    return try SigV4Claim(parameters: parameters)
  }

  private func checkTime(_ claim: SigV4Claim, now: Int64) throws(SigV4Error) {
    guard let expires = claim.expires else {
      guard abs(claim.time - now) <= SigV4Verifier.clockSkew else { throw .skewed }
      return
    }
    guard claim.time - now <= SigV4Verifier.clockSkew else { throw .notYetValid }
    guard now - claim.time <= expires else { throw .expired }
  }

  private func checkScope(_ claim: SigV4Claim) throws(SigV4Error) {
    var fault: String?
    if claim.scope.service != service {
      fault = "the service \(claim.scope.service) is wrong; expecting \(service)"
    } else if let region, region != claim.scope.region {
      fault = "the region \(claim.scope.region) is wrong; expecting \(region)"
    }
    guard let fault else { return }
    throw claim.expires == nil ? .malformedHeader(fault) : .malformedQuery(fault)
  }

  /// The host and everything of AWS's own must be covered. The payload's hash always is: it ends
  /// the canonical request.
  private func checkSignedHeaders(
    _ claim: SigV4Claim, headers: [(name: String, value: String)]
  ) throws(SigV4Error) {
    guard claim.signedHeaders.contains("host") else { throw .unsignedHeader("host") }
    for (name, _) in headers where SigV4Verifier.isAmazons(name) {
      guard
        claim.signedHeaders.contains(where: { areSameHeader($0, name) })
          || (claim.expires == nil && areSameHeader(name, "x-amz-content-sha256"))
      else { throw .unsignedHeader(name.lowercased()) }
    }
  }

  private static func isAmazons(_ name: String) -> Bool {
    name.utf8.count > 6 && name.utf8.prefix(6).elementsEqual("x-amz-".utf8) { asciiLower($0) == $1 }
  }

  /// A presigned URL leaves the body open unless it says otherwise.
  private func payload(
    _ claim: SigV4Claim, query: Substring, headers: [(name: String, value: String)]
  ) throws(SigV4Error) -> PayloadHash {
    var value = headers.first { areSameHeader($0.name, "x-amz-content-sha256") }?.value
    if value == nil, claim.expires != nil {
      value =
        PercentCoding.parameters(ofQuery: query)?
        .first { $0.name == "X-Amz-Content-Sha256" }?.value ?? "UNSIGNED-PAYLOAD"
    }
    guard let value else { throw .noPayloadHash }
    guard let payload = PayloadHash(headerValue: value) else { throw .malformedPayloadHash(value) }
    return payload
  }

  /// Names in `x-amz-trailer`, in lower case.
  private static func announcedTrailers(_ headers: [(name: String, value: String)]) -> [String] {
    headers.filter { areSameHeader($0.name, "x-amz-trailer") }
      .flatMap { $0.value.split(separator: ",") }
      .map { $0.trimmingBlanks.lowercased() }
  }
}

/// A request whose signature is right.
public struct VerifiedRequest: Sendable {
  /// Who signed.
  public let accessKey: String
  /// How far the signature covers the body.
  public let payload: PayloadHash
  public let isPresigned: Bool
  /// Where the signatures of chunks start.
  let chain: SignatureChain
  /// Trailers that the body promises, in lower case.
  let trailers: [String]
}
