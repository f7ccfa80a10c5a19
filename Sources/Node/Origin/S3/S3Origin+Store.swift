extension S3Origin {
  public func put(
    _ object: OriginObject, _ metadata: ObjectMetadata, length: UInt64, body: OriginBody
  ) async throws(OriginError) -> ObjectAttributes {
    var request = StoreRequest("PUT", S3Origin.path(object))
    request.headers = S3Origin.headers(metadata)
    request.body = .stream(body, length: length)
    let response = try await finish(request)
    guard let version = response.header("etag") else { return try await attributes(of: object) }
    // The server's clock at the end of the request: Last-Modified itself would cost another request.
    let date = response.header("date").flatMap { HTTPDate.parse($0) } ?? HTTPDate.now()
    return ObjectAttributes(
      size: length, version: version, lastModified: date, metadata: metadata)
  }

  public func delete(_ object: OriginObject) async throws(OriginError) {
    do { _ = try await finish(StoreRequest("DELETE", S3Origin.path(object))) } catch {
      guard error == .notFound else { throw error }
    }
  }

  public func copy(
    _ source: OriginObject, to target: OriginObject, replacing metadata: ObjectMetadata?
  ) async throws(OriginError) -> ObjectAttributes {
    var request = StoreRequest("PUT", S3Origin.path(target))
    request.headers = [("x-amz-copy-source", S3Origin.path(source))]
    if let metadata {
      request.headers.append(("x-amz-metadata-directive", "REPLACE"))
      request.headers += S3Origin.headers(metadata)
    }
    _ = try await document(request)
    return try await attributes(of: target)
  }

  public func startUpload(
    _ object: OriginObject, _ metadata: ObjectMetadata
  ) async throws(OriginError) -> String {
    var request = StoreRequest("POST", S3Origin.path(object))
    request.append(parameters: ["uploads": ""])
    request.headers = S3Origin.headers(metadata)
    guard let id = try await document(request)["UploadId"], !id.isEmpty else {
      throw .failed("starting an upload of \(object.key): the server gives no upload id")
    }
    return id
  }

  public func putPart(
    _ object: OriginObject, upload: String, number: Int, length: UInt64, body: OriginBody
  ) async throws(OriginError) -> String {
    var request = StoreRequest("PUT", S3Origin.path(object))
    request.append(parameters: ["partNumber": String(number), "uploadId": upload])
    request.body = .stream(body, length: length)
    let response = try await finish(request)
    guard let version = response.header("etag") else {
      throw .failed("\(response.request): the server gives no ETag for part \(number)")
    }
    return S3Origin.quoted(version)
  }

  public func completeUpload(
    _ object: OriginObject, upload: String, parts: [UploadedPart]
  ) async throws(OriginError) -> ObjectAttributes {
    var request = StoreRequest("POST", S3Origin.path(object))
    request.append(parameters: ["uploadId": upload])
    var writer = XMLWriter()
    writer.element(
      "CompleteMultipartUpload", [("xmlns", "http://s3.amazonaws.com/doc/2006-03-01/")]
    ) { writer in
      for part in parts {
        writer.element("Part") {
          $0.element("PartNumber", String(part.number))
          $0.element("ETag", part.version)
        }
      }
    }
    request.headers = [("content-type", "application/xml")]
    request.body = .bytes(writer.bytes)
    _ = try await document(request)
    return try await attributes(of: object)
  }

  public func abortUpload(_ object: OriginObject, upload: String) async throws(OriginError) {
    var request = StoreRequest("DELETE", S3Origin.path(object))
    request.append(parameters: ["uploadId": upload])
    do { _ = try await finish(request) } catch {
      throw error == .notFound ? .noUpload : error
    }
  }

  /// Sends a request and reads its short answer away, so that the connection can be used again.
  private func finish(_ request: StoreRequest) async throws(OriginError) -> StoreResponse {
    let response = try await succeed(request)
    _ = try await response.collect(limit: 64 << 10)
    return response
  }

  private static func headers(_ metadata: ObjectMetadata) -> [(name: String, value: String)] {
    var headers = metadata.headers
    if let type = metadata.contentType { headers.append(("content-type", type)) }
    return headers + metadata.user.map { ("x-amz-meta-\($0.name)", $0.value) }
  }
}
