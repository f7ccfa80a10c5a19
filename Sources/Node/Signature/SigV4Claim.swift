/// What a request says about its own signature, before any of it is believed.
struct SigV4Claim: Equatable {
  var accessKey: String
  var scope: SigV4Scope
  /// Lower-case names.
  var signedHeaders: [String]
  /// As sent; hexadecimal digits if it is a signature at all.
  var signature: String
  /// Seconds since 1970, and the same as in the string to sign.
  var time: Int64
  var timestamp: String
  /// Seconds for which a presigned URL is good; nil if the header is signed.
  var expires: Int64?

  /// Reads an Authorization header and the date that goes with it.
  init(
    authorization: String, headers: [(name: String, value: String)]
  ) throws(SigV4Error) {
    guard authorization.hasPrefix("AWS4-HMAC-SHA256") else { throw .unsupported }
    var credential: Substring?
    var signed: Substring?
    var signature: Substring?
    let comma = UInt8(ascii: ",")
    for field in authorization.utf8.dropFirst("AWS4-HMAC-SHA256".utf8.count).split(separator: comma)
    {
      let field = Substring(field).trimmingBlanks
      let equals = field.utf8.firstIndex(of: UInt8(ascii: "=")) ?? field.endIndex
      let value = Substring(field.utf8[equals...].dropFirst())
      switch field[..<equals] {
      case "Credential": credential = value
      case "SignedHeaders": signed = value
      case "Signature": signature = value
      default: break
      }
    }
    guard let credential else { throw .malformedHeader("Credential is missing") }
    guard let signed, !signed.isEmpty else { throw .malformedHeader("SignedHeaders is missing") }
    guard let signature, !signature.isEmpty else { throw .malformedHeader("Signature is missing") }
    guard let (accessKey, scope) = SigV4Claim.parse(credential: credential) else {
      throw .malformedHeader("Credential must be KEY/DATE/REGION/SERVICE/aws4_request")
    }
    (self.accessKey, self.scope, self.signature) = (accessKey, scope, String(signature))
    signedHeaders = SigV4Claim.names(signed)
    (time, timestamp) = try SigV4Claim.date(of: headers)
    guard timestamp.hasPrefix(scope.day) else {
      throw .malformedHeader("the Credential's date \(scope.day) is not that of the request")
    }
  }

  /// Reads a presigned URL's parameters.
  init(parameters: [(name: String, value: String)]) throws(SigV4Error) {
    var fields: [String: String] = [:]
    for (name, value) in parameters where name.hasPrefix("X-Amz-") {
      guard fields.updateValue(value, forKey: name) == nil else {
        throw .malformedQuery("\(name) is there twice")
      }
    }
    guard fields["X-Amz-Algorithm"] == "AWS4-HMAC-SHA256" else {
      throw .malformedQuery("X-Amz-Algorithm must be AWS4-HMAC-SHA256")
    }
    guard let credential = fields["X-Amz-Credential"],
      let (accessKey, scope) = SigV4Claim.parse(credential: credential)
    else {
      throw .malformedQuery("X-Amz-Credential must be KEY/DATE/REGION/SERVICE/aws4_request")
    }
    guard let timestamp = fields["X-Amz-Date"], let time = HTTPDate.parseBasic(timestamp),
      timestamp.hasPrefix(scope.day)
    else { throw .malformedQuery("X-Amz-Date must be YYYYMMDDTHHMMSSZ of the Credential's date") }
    guard let expires = fields["X-Amz-Expires"].flatMap({ Int64($0) }),
      (0...604_800).contains(expires)
    else { throw .malformedQuery("X-Amz-Expires must be 0 to 604800 seconds") }
    guard let signed = fields["X-Amz-SignedHeaders"], !signed.isEmpty else {
      throw .malformedQuery("X-Amz-SignedHeaders is missing")
    }
    guard let signature = fields["X-Amz-Signature"], !signature.isEmpty else {
      throw .malformedQuery("X-Amz-Signature is missing")
    }
    (self.accessKey, self.scope, self.signature) = (accessKey, scope, signature)
    (self.time, self.timestamp, self.expires) = (time, timestamp, expires)
    signedHeaders = SigV4Claim.names(signed)
  }

  private static func names(_ list: some StringProtocol) -> [String] {
    list.utf8.split(separator: UInt8(ascii: ";")).map { String(decoding: $0, as: UTF8.self) }
  }

  /// Access keys may hold slashes, so the scope is the last four fields.
  private static func parse(
    credential: some StringProtocol
  ) -> (accessKey: String, scope: SigV4Scope)? {
    let fields = credential.utf8.split(
      separator: UInt8(ascii: "/"), omittingEmptySubsequences: false
    ).map { String(decoding: $0, as: UTF8.self) }
    guard fields.count >= 5, fields.last == "aws4_request" else { return nil }
    let scope = fields.suffix(4)
    let (day, region) = (scope[scope.startIndex], scope[scope.startIndex + 1])
    let accessKey = fields.dropLast(4).joined(separator: "/")
    guard !accessKey.isEmpty, day.utf8.count == 8, !region.isEmpty else { return nil }
    return (
      accessKey, SigV4Scope(day: day, region: region, service: scope[scope.startIndex + 2])
    )
  }

  private static func date(
    of headers: [(name: String, value: String)]
  ) throws(SigV4Error) -> (Int64, String) {
    for name in ["x-amz-date", "date"] {
      guard let header = headers.first(where: { areSameHeader($0.name, name) }) else { continue }
      if let time = HTTPDate.parseBasic(header.value) { return (time, header.value) }
      guard let time = HTTPDate.parse(header.value) else { throw .noDate }
      return (time, HTTPDate.formatBasic(time))
    }
    throw .noDate
  }
}

extension StringProtocol where UTF8View: BidirectionalCollection {
  /// Without blanks at both ends.
  var trimmingBlanks: SubSequence {
    func isBlank(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
    var end = endIndex
    let start = utf8.firstIndex { !isBlank($0) } ?? end
    while end > start, isBlank(utf8[utf8.index(before: end)]) { end = utf8.index(before: end) }
    return self[start..<end]
  }
}
