public import AsyncHTTPClient
internal import Synchronization

/// An S3 service as origin: Amazon's, or any server that speaks its protocol. Requests are in path
/// style and signed by Signature Version 4; bodies go unsigned, as HTTPS protects them.
///
/// Servers differ. Where one ignores preconditions or ranges, what it sends is checked against what
/// was asked. Where one lists in another order than byte order, so does this: paging then follows the
/// server's own order.
public final class S3Origin: Origin {
  public let description: String
  private let store: StoreClient
  private let signer: SigV4Signer?
  private let buckets = S3Buckets()
  /// The server knows only the older listing.
  let listsByMarker = Mutex(false)

  /// An origin at `endpoint`, a URL such as `http://127.0.0.1:8333`.
  ///
  /// - Parameters:
  ///   - region: As the server's own, `us-east-1` where it has none.
  ///   - accessKey: Nil, as is the secret key, to read without signing.
  ///   - client: See `HTTPClient.forOrigins`; it is not shut down here.
  ///
  /// Throws `.failed` if the endpoint is no URL.
  public init(
    endpoint: String, region: String, accessKey: String?, secretKey: String?, client: HTTPClient
  ) throws(OriginError) {
    let place = try Endpoint(endpoint)
    store = StoreClient(endpoint: place, client: client)
    description = "s3:\(place.text)"
    switch (accessKey, secretKey) {
    case (let accessKey?, let secretKey?):
      signer = SigV4Signer(accessKey: accessKey, secretKey: secretKey, region: region)
    case (nil, nil): signer = nil
    default:
      throw .failed("the origin \(place.text) has one of access key and secret key; give both")
    }
  }

  public func attributes(of object: OriginObject) async throws(OriginError) -> ObjectAttributes {
    let response: StoreResponse
    do { response = try await succeed(StoreRequest("HEAD", S3Origin.path(object))) } catch {
      guard error == .notFound, try await isMissing(bucket: object.container) else { throw error }
      throw .noContainer
    }
    buckets.note(object.container)
    return try S3Origin.attributes(
      response, size: response.header("content-length").flatMap { UInt64($0) })
  }

  private static func attributes(
    _ response: StoreResponse, size: UInt64?
  ) throws(OriginError) -> ObjectAttributes {
    guard let size, let version = response.header("etag") else {
      throw .failed("\(response.request): the server tells neither size nor ETag")
    }
    return ObjectAttributes(
      size: size, version: version,
      lastModified: response.header("last-modified").flatMap { HTTPDate.parse($0) } ?? 0,
      metadata: response.metadata(keeping: Self.storedHeaders, userPrefix: "x-amz-meta-"))
  }

  public func open(
    _ object: OriginObject, range: Range<UInt64>,
    room: @Sendable (ObjectAttributes) async -> Payload?
  ) async throws(OriginError) -> ObjectAttributes {
    guard !range.isEmpty else { return try await attributes(of: object) }
    var request = StoreRequest("GET", S3Origin.path(object))
    request.headers = [("range", "bytes=\(range.lowerBound)-\(range.upperBound - 1)")]
    let response: StoreResponse
    do { response = try await succeed(request) } catch {
      // The object ends before the range, as an empty one always does.
      if case .rejected("InvalidRange", _) = error { return try await attributes(of: object) }
      // Some servers' GETs tell of a missing bucket no more than HEAD does.
      guard error == .notFound, try await isMissing(bucket: object.container) else { throw error }
      throw .noContainer
    }
    buckets.note(object.container)
    guard let (size, part) = response.part(of: range) else {
      return try await attributes(of: object)
    }
    let found = try S3Origin.attributes(response, size: size)
    try await response.fill(part, found, room)
    return found
  }

  /// Whether a bucket that was not seen lately is missing.
  private func isMissing(bucket: String) async throws(OriginError) -> Bool {
    if buckets.wasSeen(bucket) { return false }
    do {
      _ = try await succeed(StoreRequest("HEAD", "/\(PercentCoding.encode(bucket))"))
    } catch {
      switch error {
      case .notFound, .noContainer: return true
      // Who may read objects need not be allowed to look at their bucket.
      case .denied, .rejected, .unsupported: break
      case .throttled, .failed, .changed, .noUpload: throw error
      }
    }
    buckets.note(bucket)
    return false
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
    var request = StoreRequest("GET", S3Origin.path(object))
    request.headers = [
      ("range", "bytes=\(range.lowerBound)-\(range.upperBound - 1)"), ("if-match", version),
    ]
    let response: StoreResponse
    do { response = try await succeed(request) } catch {
      // A server without preconditions says so of an object that has become shorter.
      if case .rejected("InvalidRange", _) = error,
        try await attributes(of: object).version != version
      {
        throw .changed
      }
      throw error
    }
    guard response.header("etag") == version else { throw .changed }
    try S3Origin.check(response, range)
    try await response.fill(buffer)
  }

  public func containers() async throws(OriginError) -> [ContainerListing] {
    let root = try await document(StoreRequest("GET", "/"))
    let buckets = (root.child("Buckets")?.children("Bucket") ?? []).map { bucket in
      ContainerListing(
        name: bucket["Name"] ?? "",
        created: bucket["CreationDate"].flatMap { HTTPDate.parseISO8601($0) } ?? 0)
    }
    return buckets.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
  }

  public func shutdown() async { await store.shutdown() }

  // MARK: Requests

  static func path(_ object: OriginObject) -> String {
    "/\(PercentCoding.encode(object.container))/"
      + PercentCoding.encode(object.key, keepingSlash: true)
  }

  /// Signs and sends a request; what is no success becomes the error that it means.
  func succeed(_ request: StoreRequest) async throws(OriginError) -> StoreResponse {
    let response = try await store.send(try signed(request))
    guard (200..<300).contains(response.status) else {
      let failure = try await S3Failure(of: response)
      throw failure.origin(response.request, retryAfter: response.header("retry-after"))
    }
    return response
  }

  /// The XML that answers a request. An error that comes with status 200 is an error.
  func document(_ request: StoreRequest) async throws(OriginError) -> XMLElement {
    let response = try await succeed(request)
    let bytes = try await response.collect(limit: 16 << 20)
    do {
      let root = try XMLElement.parse(bytes)
      guard root.name != "Error" else {
        throw S3Failure(status: 200, body: bytes).origin(response.request, retryAfter: nil)
      }
      return root
    } catch let error as OriginError {
      throw error
    } catch { throw .failed("\(response.request): the answer is no XML: \(error)") }
  }

  private func signed(_ request: StoreRequest) throws(OriginError) -> StoreRequest {
    guard let signer else { return request }
    var request = request
    request.headers.append(("host", store.endpoint.authority))
    let path = store.endpoint.path + request.path
    do {
      request.headers += try signer.sign(
        method: request.method, path: path, query: request.query, headers: request.headers,
        payload: .unsigned, now: HTTPDate.now())
    } catch { throw .failed("\(request.method) \(path) cannot be signed: \(error.message)") }
    return request
  }

  // MARK: Responses

  /// Whether the response is the range that was asked for, and all of it.
  private static func check(
    _ response: StoreResponse, _ range: Range<UInt64>
  ) throws(OriginError) {
    if let length = response.header("content-length"), UInt64(length) != UInt64(range.count) {
      throw .failed(
        "\(response.request): asked for \(range.count) bytes, offered \(length); "
          + "does the server ignore ranges?")
    }
    // rclone answers ranges with status 200, so it is the header that counts.
    guard let given = response.header("content-range") else {
      guard response.status == 200, response.header("content-length") != nil,
        range.lowerBound == 0
      else { throw .failed("\(response.request): the server ignores ranges") }
      return
    }
    let start = "bytes \(range.lowerBound)-\(range.upperBound - 1)/"
    guard given.hasPrefix(start) else {
      throw .failed("\(response.request): asked for \(start) and got \(given)")
    }
  }

  private static let storedHeaders = [
    "cache-control", "content-disposition", "content-encoding", "content-language", "expires",
  ]

}
