public import AsyncHTTPClient
internal import Synchronization

/// A storage account of Azure Blob Storage as origin, by its REST API.
///
/// Azure lists in its own order, by name but, in accounts with a hierarchical namespace, folder after
/// folder; pages come in that order. It continues a listing only by a marker of its own, so markers
/// are remembered for the pages that follow; who starts in the middle pays for a walk from the start.
/// Directories of a hierarchical namespace are not objects.
public final class AzureOrigin: Origin {
  public let description: String
  let store: StoreClient
  private let credential: AzureCredential
  let markers = ListMarkers()
  /// The version of the REST API that is spoken.
  private static let apiVersion = "2021-12-02"

  /// An origin at `endpoint`, a URL such as `https://account.blob.core.windows.net`.
  ///
  /// - Parameters:
  ///   - sharedKey: The account's key in base 64.
  ///   - sas: The query of a shared access signature; used if there is no key. Without either,
  ///     only public containers can be read.
  ///   - client: See `HTTPClient.forOrigins`; it is not shut down here.
  ///
  /// Throws `.failed` if the endpoint is no URL or the key is not base 64.
  public init(
    endpoint: String, account: String, sharedKey: String?, sas: String?, client: HTTPClient
  ) throws(OriginError) {
    let place = try Endpoint(endpoint)
    store = StoreClient(endpoint: place, client: client)
    description = "azure:\(place.text)"
    if let sharedKey {
      credential = .sharedKey(try SharedKey(account: account, base64: sharedKey))
    } else if let sas {
      credential = .sas(sas.hasPrefix("?") ? String(sas.dropFirst()) : sas)
    } else {
      credential = .anonymous
    }
  }

  public func attributes(of object: OriginObject) async throws(OriginError) -> ObjectAttributes {
    let response = try await succeed(StoreRequest("HEAD", AzureOrigin.path(object)))
    return try AzureOrigin.attributes(
      response, size: response.header("content-length").flatMap { UInt64($0) })
  }

  public func open(
    _ object: OriginObject, range: Range<UInt64>,
    room: @Sendable (ObjectAttributes) async -> Payload?
  ) async throws(OriginError) -> ObjectAttributes {
    guard !range.isEmpty else { return try await attributes(of: object) }
    var request = StoreRequest("GET", AzureOrigin.path(object))
    request.headers = [("x-ms-range", "bytes=\(range.lowerBound)-\(range.upperBound - 1)")]
    let response: StoreResponse
    do { response = try await succeed(request) } catch {
      // The blob ends before the range, as an empty one always does.
      if case .rejected("InvalidRange", _) = error { return try await attributes(of: object) }
      throw error
    }
    guard let (size, part) = response.part(of: range) else {
      return try await attributes(of: object)
    }
    let found = try AzureOrigin.attributes(response, size: size)
    try await response.fill(part, found, room)
    return found
  }

  public func read(
    _ object: OriginObject, version: String, range: Range<UInt64>,
    into buffer: UnsafeMutableRawBufferPointer
  ) async throws(OriginError) {
    precondition(
      UInt64(buffer.count) == UInt64(range.count), "a read's buffer has its range's size")
    guard !range.isEmpty else {
      guard try await attributes(of: object).version == version else { throw .changed }
      return
    }
    var request = StoreRequest("GET", AzureOrigin.path(object))
    request.headers = [
      ("x-ms-range", "bytes=\(range.lowerBound)-\(range.upperBound - 1)"), ("if-match", version),
    ]
    let response = try await succeed(request)
    guard response.header("etag") == version else { throw .changed }
    let start = "bytes \(range.lowerBound)-\(range.upperBound - 1)/"
    guard response.status == 206, let given = response.header("content-range"),
      given.hasPrefix(start)
    else {
      throw .failed(
        "\(response.request): asked for \(start) and got "
          + (response.header("content-range") ?? "no content-range"))
    }
    try await response.fill(buffer)
  }

  public func containers() async throws(OriginError) -> [ContainerListing] {
    var containers: [ContainerListing] = []
    var marker = ""
    repeat {
      var request = StoreRequest("GET", "/")
      request.append(parameters: ["comp": "list"])
      if !marker.isEmpty { request.append(parameters: ["marker": marker]) }
      let root = try await document(request)
      for entry in root.child("Containers")?.children("Container") ?? [] {
        let date = entry.child("Properties")?["Last-Modified"].flatMap { HTTPDate.parse($0) }
        containers.append(ContainerListing(name: entry["Name"] ?? "", created: date ?? 0))
      }
      marker = root["NextMarker"] ?? ""
    } while !marker.isEmpty
    return containers.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
  }

  public func shutdown() async { await store.shutdown() }

  // MARK: Requests

  static func path(_ object: OriginObject) -> String {
    "/\(PercentCoding.encode(object.container))/"
      + PercentCoding.encode(object.key, keepingSlash: true)
  }

  /// The object's URL as a source of a copy, with what authorises reading it.
  func url(_ object: OriginObject) -> String {
    let url = store.endpoint.text + AzureOrigin.path(object)
    if case .sas(let query) = credential { return "\(url)?\(query)" }
    return url
  }

  /// Authorises and sends a request; what is no success becomes the error that it means.
  func succeed(_ request: StoreRequest) async throws(OriginError) -> StoreResponse {
    let response = try await store.send(try authorised(request))
    guard (200..<300).contains(response.status) else {
      let failure = try await AzureFailure(of: response)
      throw failure.origin(response.request, retryAfter: response.header("retry-after"))
    }
    return response
  }

  /// Sends a request and reads its short answer away, so that the connection can be used again.
  func finish(_ request: StoreRequest) async throws(OriginError) -> StoreResponse {
    let response = try await succeed(request)
    _ = try await response.collect(limit: 64 << 10)
    return response
  }

  /// The XML that answers a request.
  func document(_ request: StoreRequest) async throws(OriginError) -> XMLElement {
    let response = try await succeed(request)
    let bytes = try await response.collect(limit: 16 << 20)
    do { return try XMLElement.parse(bytes) } catch {
      throw .failed("\(response.request): the answer is no XML: \(error)")
    }
  }

  private func authorised(_ request: StoreRequest) throws(OriginError) -> StoreRequest {
    var request = request
    request.headers.append(("x-ms-version", AzureOrigin.apiVersion))
    request.headers.append(("x-ms-date", HTTPDate.format(HTTPDate.now())))
    switch credential {
    case .sharedKey(let key):
      let path = store.endpoint.path + request.path
      request.headers.append(("authorization", try key.authorization(for: request, path: path)))
    case .sas(let query): request.query += (request.query.isEmpty ? "" : "&") + query
    case .anonymous: break
    }
    return request
  }

  // MARK: Responses

  private static func attributes(
    _ response: StoreResponse, size: UInt64?
  ) throws(OriginError) -> ObjectAttributes {
    guard let size, let version = response.header("etag") else {
      throw .failed("\(response.request): the server tells neither size nor ETag")
    }
    return ObjectAttributes(
      size: size, version: version, lastModified: lastModified(response),
      metadata: response.metadata(keeping: Self.storedHeaders, userPrefix: "x-ms-meta-"))
  }

  static func lastModified(_ response: StoreResponse) -> Int64 {
    response.header("last-modified").flatMap { HTTPDate.parse($0) } ?? HTTPDate.now()
  }

  /// Headers that Azure keeps; it has none for `expires`.
  private static let storedHeaders = [
    "cache-control", "content-disposition", "content-encoding", "content-language",
  ]

  /// `x-ms-blob-content-type` and its kin.
  static func properties(_ metadata: ObjectMetadata) -> [(name: String, value: String)] {
    var headers = metadata.headers.filter { storedHeaders.contains($0.name) }
      .map { (name: "x-ms-blob-\($0.name)", value: $0.value) }
    if let type = metadata.contentType { headers.append(("x-ms-blob-content-type", type)) }
    return headers
  }

  static func userHeaders(_ metadata: ObjectMetadata) -> [(name: String, value: String)] {
    metadata.user.map { ("x-ms-meta-\($0.name)", $0.value) }
  }
}
