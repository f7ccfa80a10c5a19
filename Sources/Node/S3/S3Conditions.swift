/// The conditions of a request on an object (RFC 9110, section 13).
struct S3Conditions: Equatable, Sendable {
  var ifMatch: String?
  var ifNoneMatch: String?
  /// Seconds since 1970.
  var ifModifiedSince: Int64?
  var ifUnmodifiedSince: Int64?

  /// What becomes of the request.
  enum Outcome: Equatable {
    case proceed
    /// 304.
    case notModified
    /// 412.
    case failed
  }

  /// Reads the headers `if-match` and so on; with a prefix those such as
  /// `x-amz-copy-source-if-match`. A date that is none is as if it were not there.
  init(_ head: HTTPRequestHead, prefix: String = "") {
    ifMatch = head.header(prefix + "if-match")
    ifNoneMatch = head.header(prefix + "if-none-match")
    ifModifiedSince = head.header(prefix + "if-modified-since").flatMap { HTTPDate.parse($0) }
    ifUnmodifiedSince = head.header(prefix + "if-unmodified-since").flatMap { HTTPDate.parse($0) }
  }

  var isEmpty: Bool {
    ifMatch == nil && ifNoneMatch == nil && ifModifiedSince == nil && ifUnmodifiedSince == nil
  }

  /// Evaluates them in the order of RFC 9110, section 13.2.2, for GET and HEAD.
  func outcome(version: String, lastModified: Int64) -> Outcome {
    if let ifMatch {
      guard S3Conditions.list(ifMatch, has: version, weakly: false) else { return .failed }
    } else if let ifUnmodifiedSince {
      guard lastModified <= ifUnmodifiedSince else { return .failed }
    }
    if let ifNoneMatch {
      if S3Conditions.list(ifNoneMatch, has: version, weakly: true) { return .notModified }
    } else if let ifModifiedSince {
      if lastModified <= ifModifiedSince { return .notModified }
    }
    return .proceed
  }

  /// Whether a list of entity tags, or `*`, holds this one. Clients of S3 may leave the quotes out.
  static func list(_ list: String, has version: String, weakly: Bool) -> Bool {
    if list.trimmingBlanks == "*" { return true }
    let wanted = opaque(Substring(version), weakly: weakly)
    return list.split(separator: ",").contains { entry in
      guard let entry = opaque(entry.trimmingBlanks, weakly: weakly) else { return false }
      return entry == wanted
    }
  }

  /// A tag without its quotes; nil for a weak one where that does not count.
  private static func opaque(_ tag: Substring, weakly: Bool) -> Substring? {
    var tag = tag
    if tag.hasPrefix("W/") {
      guard weakly else { return nil }
      tag = tag.dropFirst(2)
    }
    return tag.utf8.count >= 2 && tag.hasPrefix("\"") && tag.hasSuffix("\"")
      ? tag.dropFirst().dropLast() : tag
  }
}
