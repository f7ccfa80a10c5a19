internal import Synchronization

/// Listings: ListObjectsV2, and ListObjects for servers that know no other.
extension S3Origin {
  public func list(_ request: ListRequest) async throws(OriginError) -> ListPage {
    var token: String?
    // Every round brings names or the end; a server may fill pages with what was listed before.
    for _ in 0..<1_000 {
      let (page, next) = try await round(request, token: token)
      guard let next, page.items.isEmpty, page.prefixes.isEmpty else { return page }
      token = next
    }
    throw .failed("listing \(request.container): the server sends one empty page after the other")
  }

  /// One page, and with which token the next is asked for if this one shows nothing.
  private func round(
    _ request: ListRequest, token: String?
  ) async throws(OriginError) -> (page: ListPage, next: String?) {
    guard !listsByMarker.withLock({ $0 }) else {
      return try await roundByMarker(request, marker: token)
    }
    var message = StoreRequest("GET", "/\(PercentCoding.encode(request.container))")
    message.append(parameters: ["list-type": "2", "encoding-type": "url"])
    message.append(parameters: ["max-keys": String(request.limit)])
    if !request.prefix.isEmpty { message.append(parameters: ["prefix": request.prefix]) }
    if !request.delimiter.isEmpty { message.append(parameters: ["delimiter": request.delimiter]) }
    if let token {
      message.append(parameters: ["continuation-token": token])
    } else if !request.after.isEmpty {
      message.append(parameters: ["start-after": request.after])
    }
    do {
      let root = try await document(message)
      // Who does not know version 2 ignores its parameters and answers in version 1.
      if root.child("KeyCount") != nil || root.child("Marker") == nil {
        let page = try S3Origin.page(root, request)
        return (page, root["IsTruncated"] == "true" ? root["NextContinuationToken"] : nil)
      }
    } catch {
      switch error {
      case .unsupported, .rejected("MethodNotAllowed", _), .rejected("NotImplemented", _),
        .rejected("InvalidArgument", _):
        // Only if the older listing does better was it the version that the server minded.
        let answer = try await roundByMarker(request, marker: nil)
        listsByMarker.withLock { $0 = true }
        return answer
      default: throw error
      }
    }
    listsByMarker.withLock { $0 = true }
    return try await roundByMarker(request, marker: nil)
  }

  private func roundByMarker(
    _ request: ListRequest, marker: String?
  ) async throws(OriginError) -> (page: ListPage, next: String?) {
    var message = StoreRequest("GET", "/\(PercentCoding.encode(request.container))")
    message.append(parameters: ["encoding-type": "url", "max-keys": String(request.limit)])
    if !request.prefix.isEmpty { message.append(parameters: ["prefix": request.prefix]) }
    if !request.delimiter.isEmpty { message.append(parameters: ["delimiter": request.delimiter]) }
    let marker = marker ?? request.after
    if !marker.isEmpty { message.append(parameters: ["marker": marker]) }
    let root = try await document(message)
    let page = try S3Origin.page(root, request)
    guard root["IsTruncated"] == "true" else { return (page, nil) }
    let names = try S3Origin.names(root)
    return (page, names.last)
  }

  /// Reads a page of either version. Names that do not come after `after` are left out: a server may
  /// roll up what lies behind it to a prefix that does not.
  private static func page(
    _ root: XMLElement, _ request: ListRequest
  ) throws(OriginError) -> ListPage {
    guard root.name == "ListBucketResult" else {
      throw .failed("listing \(request.container): the answer is a \(root.name)")
    }
    let isEncoded = root["EncodingType"] == "url"
    var page = ListPage()
    for entry in root.children("Contents") {
      let key = try text(entry["Key"] ?? "", isEncoded: isEncoded)
      guard request.after.utf8.lexicographicallyPrecedes(key.utf8) else { continue }
      guard let size = entry["Size"].flatMap({ UInt64($0.trimmingBlanks) }) else {
        throw .failed("listing \(request.container): \(key) has no size")
      }
      let date = entry["LastModified"].flatMap { HTTPDate.parseISO8601($0) } ?? 0
      page.items.append(
        ListPage.Item(
          key: key, size: size, version: quoted(entry["ETag"] ?? ""), lastModified: date))
    }
    for entry in root.children("CommonPrefixes") {
      let prefix = try text(entry["Prefix"] ?? "", isEncoded: isEncoded)
      guard request.after.utf8.lexicographicallyPrecedes(prefix.utf8) else { continue }
      page.prefixes.append(prefix)
    }
    if root["IsTruncated"] == "true" { page.continuesAfter = try names(root).last }
    return page
  }

  /// All keys and prefixes of a page in byte order.
  private static func names(_ root: XMLElement) throws(OriginError) -> [String] {
    let isEncoded = root["EncodingType"] == "url"
    var names: [String] = []
    for entry in root.children {
      switch entry.name {
      case "Contents": names.append(try text(entry["Key"] ?? "", isEncoded: isEncoded))
      case "CommonPrefixes": names.append(try text(entry["Prefix"] ?? "", isEncoded: isEncoded))
      default: break
      }
    }
    return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  private static func text(_ text: String, isEncoded: Bool) throws(OriginError) -> String {
    guard isEncoded else { return text }
    guard let decoded = PercentCoding.decode(text, plusIsSpace: true) else {
      throw .failed("a listing holds the key \(text), which is not escaped as UTF-8")
    }
    return decoded
  }

  /// An ETag with quotes, as headers have it; some servers' listings leave them out.
  static func quoted(_ version: String) -> String {
    version.isEmpty || version.hasPrefix("\"") || version.hasPrefix("W/")
      ? version : "\"\(version)\""
  }
}
