/// A request for a listing, version 1 or 2, and its answer (S3 API Reference, "ListObjects" and
/// "ListObjectsV2").
///
/// Nothing is kept between the pages of a listing: a continuation token is the last name of the page
/// before it.
struct S3Listing: Sendable {
  private let bucket: String
  private let isV2: Bool
  let prefix: String
  let delimiter: String
  /// The marker, start-after or continuation token as it came.
  private let startAfter: String
  private let token: String?
  private let escapesNames: Bool
  private let namesOwner: Bool
  private let maxKeys: Int
  /// The listing goes on behind this name.
  let after: String
  /// Names on a page, at most 1,000.
  var limit: Int { min(maxKeys, 1_000) }

  init(_ query: S3Query, bucket: String) throws(S3Error) {
    self.bucket = bucket
    isV2 = query["list-type"] == "2"
    if let type = query["list-type"], !isV2 {
      throw .invalidArgument("list-type may only be 2; it is \(type).")
    }
    prefix = query["prefix"] ?? ""
    delimiter = query["delimiter"] ?? ""
    let encoding = query["encoding-type"]
    guard encoding == nil || encoding == "url" else {
      throw .invalidArgument("encoding-type may only be url; it is \(encoding ?? "").")
    }
    escapesNames = encoding != nil
    let keys = query["max-keys"] ?? "1000"
    guard let number = Int(keys), number >= 0, number <= Int(Int32.max) else {
      throw .invalidArgument("max-keys must be a number from 0 to 2147483647; it is \(keys).")
    }
    maxKeys = number
    namesOwner = !isV2 || query["fetch-owner"] == "true"
    startAfter = query[isV2 ? "start-after" : "marker"] ?? ""
    token = isV2 ? query["continuation-token"] : nil
    if let token {
      guard let name = S3Listing.name(ofToken: token) else {
        throw .invalidArgument("The continuation-token is not one of this cache's; start anew.")
      }
      after = name
    } else {
      after = startAfter
    }
  }

  // MARK: Tokens

  /// `1` and the name's bytes in hexadecimal digits.
  static func token(of name: String) -> String { "1" + Hexadecimal.lower(name.utf8) }

  static func name(ofToken token: String) -> String? {
    guard token.hasPrefix("1"), let bytes = Hexadecimal.bytes(token.dropFirst()), !bytes.isEmpty
    else { return nil }
    return String(validating: bytes, as: UTF8.self)
  }

  // MARK: The answer

  func answer(_ page: ListPage) -> S3Answer {
    .document("ListBucketResult") { writer in
      writer.element("Name", bucket)
      writer.element("Prefix", escaped(prefix))
      if !delimiter.isEmpty { writer.element("Delimiter", escaped(delimiter)) }
      writer.element("MaxKeys", String(maxKeys))
      if escapesNames { writer.element("EncodingType", "url") }
      appendPosition(page, to: &writer)
      writer.element("IsTruncated", page.continuesAfter == nil ? "false" : "true")
      for item in page.items { append(item, to: &writer) }
      for prefix in page.prefixes {
        writer.element("CommonPrefixes") { $0.element("Prefix", escaped(prefix)) }
      }
    }
  }

  private func appendPosition(_ page: ListPage, to writer: inout XMLWriter) {
    if isV2 {
      if !startAfter.isEmpty { writer.element("StartAfter", escaped(startAfter)) }
      if let token { writer.element("ContinuationToken", token) }
      if let next = page.continuesAfter {
        writer.element("NextContinuationToken", S3Listing.token(of: next))
      }
      writer.element("KeyCount", String(page.items.count + page.prefixes.count))
    } else {
      writer.element("Marker", escaped(startAfter))
      if let next = page.continuesAfter { writer.element("NextMarker", escaped(next)) }
    }
  }

  private func append(_ item: ListPage.Item, to writer: inout XMLWriter) {
    writer.element("Contents") { writer in
      writer.element("Key", escaped(item.key))
      writer.element("LastModified", HTTPDate.formatISO8601(item.lastModified))
      if !item.version.isEmpty { writer.element("ETag", item.version) }
      writer.element("Size", String(item.size))
      writer.element("StorageClass", "STANDARD")
      if namesOwner { S3Listing.appendOwner(to: &writer) }
    }
  }

  static func appendOwner(to writer: inout XMLWriter) {
    writer.element("Owner") {
      $0.element("ID", "tarn")
      $0.element("DisplayName", "tarn")
    }
  }

  private func escaped(_ name: String) -> String {
    escapesNames ? PercentCoding.encode(name, keepingSlash: true) : name
  }
}
