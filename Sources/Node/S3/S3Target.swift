/// Which bucket and object a request names, and what of it is asked.
struct S3Target: Equatable, Sendable {
  /// Empty for the service itself.
  var bucket = ""
  /// Byte for byte as the client means it; empty for the bucket itself.
  var key = ""
  var query = S3Query()

  init() {}

  /// The longest key (S3 User Guide, "Object key naming"), in bytes of UTF-8.
  static let keyLimit = 1024

  /// Reads path and host.
  ///
  /// - Parameter domain: With it, `bucket.DOMAIN` as host names the bucket (virtual-host style), and
  ///   the path is the key; any other host means path style.
  init(_ head: HTTPRequestHead, domain: String?) throws(S3Error) {
    let parts = head.withTarget { S3Target.parts($0) }
    guard let parts else {
      throw S3Error(
        "InvalidURI", 400, "The path has a malformed escape or is not UTF-8; escape it as such.")
    }
    if let domain, let bucket = S3Target.bucket(ofHost: head.host, domain: domain) {
      self.bucket = bucket
      // Path style took the first component off; here it is part of the key.
      key = parts.hasKey ? "\(parts.first)/\(parts.rest)" : parts.first
    } else {
      bucket = parts.first
      key = parts.rest
      guard !bucket.isEmpty || key.isEmpty else {
        throw S3Error("InvalidBucketName", 400, "The bucket's name is empty; name one.")
      }
    }
    guard key.utf8.count <= S3Target.keyLimit else {
      throw S3Error("KeyTooLongError", 400, "The key is longer than 1024 bytes; shorten it.")
    }
    guard let query = S3Query(parts.query) else {
      throw S3Error(
        "InvalidURI", 400, "The query has a malformed escape or is not UTF-8; escape it as such.")
    }
    self.query = query
  }

  private struct Parts {
    var first: String
    var rest: String
    /// There is a slash behind the first component.
    var hasKey: Bool
    var query: String
  }

  /// The path's first component and the rest, decoded, and the query as it is; nil if the path can't
  /// be decoded.
  private static func parts(_ target: UnsafeRawBufferPointer) -> Parts? {
    let pathEnd = target.firstIndex(of: UInt8(ascii: "?")) ?? target.count
    let start = target.first == UInt8(ascii: "/") ? 1 : 0
    let slash = target[start..<pathEnd].firstIndex(of: UInt8(ascii: "/")) ?? pathEnd
    let rest = min(slash + 1, pathEnd)
    guard let first = decoded(UnsafeRawBufferPointer(rebasing: target[start..<slash])),
      let key = decoded(UnsafeRawBufferPointer(rebasing: target[rest..<pathEnd]))
    else { return nil }
    let query = UnsafeRawBufferPointer(rebasing: target[min(pathEnd + 1, target.count)...])
    return Parts(
      first: first, rest: key, hasKey: slash < pathEnd,
      query: query.isEmpty ? "" : String(decoding: query, as: UTF8.self))
  }

  private static func decoded(_ bytes: UnsafeRawBufferPointer) -> String? {
    guard bytes.contains(UInt8(ascii: "%")) else { return String(validating: bytes, as: UTF8.self) }
    return PercentCoding.decodeBytes(bytes).flatMap { String(validating: $0, as: UTF8.self) }
  }

  /// The bucket in front of the domain; nil if the host is another, or the domain itself.
  private static func bucket(ofHost host: String?, domain: String) -> String? {
    guard var host = host.map({ Substring($0).utf8 }) else { return nil }
    if let colon = host.lastIndex(of: UInt8(ascii: ":")),
      host[colon...].dropFirst().allSatisfy({ $0 >= 0x30 && $0 <= 0x39 })
    {
      host = host[..<colon]
    }
    let tail = host.suffix(domain.utf8.count + 1)
    guard host.count > domain.utf8.count + 1, tail.first == UInt8(ascii: "."),
      tail.dropFirst().elementsEqual(domain.utf8, by: { asciiLower($0) == asciiLower($1) })
    else { return nil }
    return String(Substring(host.dropLast(tail.count)))
  }
}

/// The parameters of a request.
struct S3Query: Equatable, Sendable {
  private struct Parameter: Equatable, Sendable {
    var name: String
    var value: String
  }
  private var parameters: [Parameter] = []

  init() {}

  /// Nil if an escape is broken or the text is not UTF-8.
  init?(_ text: String) {
    guard !text.isEmpty else { return }
    guard let parsed = PercentCoding.parameters(ofQuery: text) else { return nil }
    parameters = parsed.map { Parameter(name: $0.name, value: $0.value) }
  }

  var isEmpty: Bool { parameters.isEmpty }

  /// The value of the first parameter of this name; empty if it has none.
  subscript(name: String) -> String? {
    parameters.isEmpty ? nil : parameters.first { $0.name == name }?.value
  }

  func has(_ name: String) -> Bool { self[name] != nil }

  /// The first of these names that is there.
  func first(of names: [String]) -> String? {
    parameters.isEmpty ? nil : names.first { has($0) }
  }
}
