extension AzureOrigin {
  /// Bodies of more bytes go in blocks of at least `blockBytes`: Put Blob takes 5,000 MiB at most, and
  /// a request that fails half-way is lost whole.
  private static let wholeLimit: UInt64 = 256 << 20
  private static let blockBytes: UInt64 = 64 << 20
  /// The most blocks of a blob.
  private static let blockLimit: UInt64 = 50_000

  public func put(
    _ object: OriginObject, _ metadata: ObjectMetadata, length: UInt64, body: OriginBody
  ) async throws(OriginError) -> ObjectAttributes {
    guard length <= AzureOrigin.wholeLimit else {
      return try await putInBlocks(
        object, metadata, length: length, body: body,
        blockBytes: max(
          AzureOrigin.blockBytes, (length + AzureOrigin.blockLimit - 1) / AzureOrigin.blockLimit))
    }
    var request = StoreRequest("PUT", AzureOrigin.path(object))
    request.headers =
      [("x-ms-blob-type", "BlockBlob")] + AzureOrigin.properties(metadata)
      + AzureOrigin.userHeaders(metadata)
    request.body = .stream(body, length: length)
    let response = try await finish(request)
    return try AzureOrigin.stored(response, length, metadata)
  }

  /// Stores a body block by block, and makes the blob of them when all of it has come.
  func putInBlocks(
    _ object: OriginObject, _ metadata: ObjectMetadata, length: UInt64, body: OriginBody,
    blockBytes: UInt64
  ) async throws(OriginError) -> ObjectAttributes {
    let upload = AzureUploadID(metadata: metadata)
    let cutter = BodyCutter(body)
    var blocks: [String] = []
    var start: UInt64 = 0
    while start < length {
      let count = min(blockBytes, length - start)
      let block = upload.block(part: blocks.count + 1)
      try await putBlock(object, id: block.id, length: count, body: cutter.next(count))
      blocks.append(block.id)
      start += count
    }
    try await cutter.finish(length: length)
    let response = try await commit(object, blocks, metadata)
    return try AzureOrigin.stored(response, length, metadata)
  }

  public func delete(_ object: OriginObject) async throws(OriginError) {
    var request = StoreRequest("DELETE", AzureOrigin.path(object))
    request.headers = [("x-ms-delete-snapshots", "include")]
    do { _ = try await finish(request) } catch {
      guard error == .notFound else { throw error }
    }
  }

  /// Copy Blob takes its time and says so: the copy is asked after until it is done. Azure cannot
  /// replace metadata in the same step; a reader may see the old for a moment.
  public func copy(
    _ source: OriginObject, to target: OriginObject, replacing metadata: ObjectMetadata?
  ) async throws(OriginError) -> ObjectAttributes {
    var request = StoreRequest("PUT", AzureOrigin.path(target))
    request.headers = [("x-ms-copy-source", url(source))]
    let response: StoreResponse
    do { response = try await finish(request) } catch {
      // What is missing here can only be the source, or a container.
      if case .rejected("CannotVerifyCopySource", _) = error { throw .notFound }
      throw error
    }
    var status = response.header("x-ms-copy-status") ?? "success"
    var pause = 50
    while status == "pending" {
      do { try await Task.sleep(for: .milliseconds(pause)) } catch {
        throw .failed("the copy to \(target.key) was given up; Azure may still complete it")
      }
      pause = min(pause * 2, 2_000)
      let answer = try await succeed(StoreRequest("HEAD", AzureOrigin.path(target)))
      status = answer.header("x-ms-copy-status") ?? "success"
    }
    guard status == "success" else {
      throw .failed("the copy of \(source.key) to \(target.key) ended as '\(status)'")
    }
    if let metadata { try await replaceMetadata(target, metadata) }
    return try await attributes(of: target)
  }

  private func replaceMetadata(
    _ object: OriginObject, _ metadata: ObjectMetadata
  ) async throws(OriginError) {
    var properties = StoreRequest("PUT", AzureOrigin.path(object))
    properties.append(parameters: ["comp": "properties"])
    properties.headers = AzureOrigin.properties(metadata)
    _ = try await finish(properties)
    var user = StoreRequest("PUT", AzureOrigin.path(object))
    user.append(parameters: ["comp": "metadata"])
    user.headers = AzureOrigin.userHeaders(metadata)
    _ = try await finish(user)
  }

  // MARK: Multipart uploads

  private static let emptyPart = "\"empty\""

  public func startUpload(
    _ object: OriginObject, _ metadata: ObjectMetadata
  ) async throws(OriginError) -> String {
    AzureUploadID(metadata: metadata).text
  }

  public func putPart(
    _ object: OriginObject, upload: String, number: Int, length: UInt64, body: OriginBody
  ) async throws(OriginError) -> String {
    guard let upload = AzureUploadID(upload) else { throw .noUpload }
    guard (1...10_000).contains(number) else {
      throw .rejected(
        code: "InvalidArgument", "part numbers go from 1 to 10000; \(number) does not")
    }
    guard length > 0 else {
      // Azure has no empty blocks; a part without bytes is left out of the list.
      try await BodyCutter(body).finish(length: 0)
      return AzureOrigin.emptyPart
    }
    let block = upload.block(part: number)
    try await putBlock(object, id: block.id, length: length, body: body)
    return block.version
  }

  public func completeUpload(
    _ object: OriginObject, upload: String, parts: [UploadedPart]
  ) async throws(OriginError) -> ObjectAttributes {
    guard let upload = AzureUploadID(upload) else { throw .noUpload }
    var blocks: [String] = []
    for part in parts where part.version != AzureOrigin.emptyPart {
      guard let id = upload.id(of: part) else {
        throw .rejected(
          code: "InvalidPart",
          "part \(part.number) of \(object.key) was not stored with the ETag \(part.version)")
      }
      blocks.append(id)
    }
    _ = try await commit(object, blocks, upload.metadata)
    return try await attributes(of: object)
  }

  /// Azure has no way to take blocks back; it drops what no list names after a week.
  public func abortUpload(_ object: OriginObject, upload: String) async throws(OriginError) {
    guard AzureUploadID(upload) != nil else { throw .noUpload }
  }

  private func putBlock(
    _ object: OriginObject, id: String, length: UInt64, body: OriginBody
  ) async throws(OriginError) {
    var request = StoreRequest("PUT", AzureOrigin.path(object))
    request.append(parameters: ["comp": "block", "blockid": id])
    request.body = .stream(body, length: length)
    _ = try await finish(request)
  }

  private func commit(
    _ object: OriginObject, _ blocks: [String], _ metadata: ObjectMetadata
  ) async throws(OriginError) -> StoreResponse {
    var request = StoreRequest("PUT", AzureOrigin.path(object))
    request.append(parameters: ["comp": "blocklist"])
    request.headers = AzureOrigin.properties(metadata) + AzureOrigin.userHeaders(metadata)
    var writer = XMLWriter()
    writer.element("BlockList") { writer in
      for block in blocks { writer.element("Uncommitted", block) }
    }
    request.body = .bytes(writer.bytes)
    return try await finish(request)
  }

  private static func stored(
    _ response: StoreResponse, _ length: UInt64, _ metadata: ObjectMetadata
  ) throws(OriginError) -> ObjectAttributes {
    guard let version = response.header("etag") else {
      throw .failed("\(response.request): the server gives no ETag")
    }
    return ObjectAttributes(
      size: length, version: version, lastModified: lastModified(response), metadata: metadata)
  }
}
