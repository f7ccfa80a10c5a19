/// List Blobs.
extension AzureOrigin {
  public func list(_ request: ListRequest) async throws(OriginError) -> ListPage {
    var place = ListMarkers.Place(
      container: request.container, prefix: request.prefix, delimiter: request.delimiter,
      after: request.after)
    // A marker of a page that was shown before leads there; otherwise what comes first is skipped.
    var marker = request.after.isEmpty ? "" : markers[place] ?? ""
    let mustSkip = marker.isEmpty
    while true {
      let root = try await document(AzureOrigin.message(request, marker: marker))
      var page = try AzureOrigin.page(root, request, after: mustSkip ? request.after : "")
      marker = root["NextMarker"] ?? ""
      guard !marker.isEmpty else { return page }
      // The service sends pages that are not full, or empty, wherever it likes.
      guard let last = AzureOrigin.lastName(page) else { continue }
      page.continuesAfter = last
      place.after = last
      markers.remember(marker, at: place)
      return page
    }
  }

  private static func message(_ request: ListRequest, marker: String) -> StoreRequest {
    var message = StoreRequest("GET", "/\(PercentCoding.encode(request.container))")
    message.append(parameters: ["restype": "container", "comp": "list"])
    message.append(parameters: ["maxresults": String(request.limit)])
    if !request.prefix.isEmpty { message.append(parameters: ["prefix": request.prefix]) }
    if !request.delimiter.isEmpty { message.append(parameters: ["delimiter": request.delimiter]) }
    if !marker.isEmpty { message.append(parameters: ["marker": marker]) }
    return message
  }

  private static func page(
    _ root: XMLElement, _ request: ListRequest, after: String
  ) throws(OriginError) -> ListPage {
    guard let blobs = root.child("Blobs") else {
      throw .failed("listing \(request.container): the answer is a \(root.name) without Blobs")
    }
    var page = ListPage()
    for entry in blobs.children {
      let name = try name(entry)
      guard after.utf8.lexicographicallyPrecedes(name.utf8) else { continue }
      if entry.name == "BlobPrefix" {
        page.prefixes.append(name)
      } else if entry.name == "Blob", let properties = entry.child("Properties"),
        properties["ResourceType"] != "directory"
      {
        guard let size = properties["Content-Length"].flatMap({ UInt64($0) }) else {
          throw .failed("listing \(request.container): \(name) has no size")
        }
        page.items.append(
          ListPage.Item(
            key: name, size: size, version: S3Origin.quoted(properties["Etag"] ?? ""),
            lastModified: properties["Last-Modified"].flatMap { HTTPDate.parse($0) } ?? 0))
      }
    }
    return page
  }

  /// Names that XML cannot hold are percent-encoded (version 2021-02-12 and later).
  private static func name(_ entry: XMLElement) throws(OriginError) -> String {
    guard let element = entry.child("Name") else { return "" }
    guard element.attributes.contains(where: { $0.name == "Encoded" && $0.value == "true" }) else {
      return element.text
    }
    guard let name = PercentCoding.decode(element.text) else {
      throw .failed("a listing holds the name \(element.text), which is not escaped as UTF-8")
    }
    return name
  }

  private static func lastName(_ page: ListPage) -> String? {
    let names = [page.items.last?.key, page.prefixes.last].compactMap { $0 }
    return names.max { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }
}
