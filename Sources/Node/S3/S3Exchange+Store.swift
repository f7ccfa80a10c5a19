internal import NIOCore

/// Storing, copying and deleting: the origin does it, and the cache forgets what it knew.
///
/// It forgets whether or not the origin says that all went well: what fails half-way may have been
/// done.
extension S3Exchange {
  // MARK: PutObject

  func putObject() throws(S3Error) {
    let place = try place()
    let metadata = try S3Metadata.of(head)
    let conditions = try storeConditions()
    let body = try S3UploadBody(self)
    let object = object(in: place)
    run { [self] in
      try await check(conditions, object, place)
      defer { forget(target.key) }
      let stored = try await storing(body) { () throws(OriginError) in
        try await place.origin.put(object, metadata, length: body.length, body: body.stream)
      }
      return S3Answer(headers: [("ETag", stored.version)])
    }
  }

  /// Runs a call of the origin that reads the body; if the body was at fault, says so.
  func storing<Value: Sendable>(
    _ body: S3UploadBody, _ call: () async throws(OriginError) -> Value
  ) async throws -> Value {
    do {
      return try await call()
    } catch {
      if let fault = body.error { throw fault }
      throw error
    }
  }

  /// `If-None-Match: *` stores only what is not there, `If-Match` only over that version.
  private func storeConditions() throws(S3Error) -> S3Conditions {
    let conditions = S3Conditions(head)
    guard conditions.ifNoneMatch == nil || conditions.ifNoneMatch?.trimmingBlanks == "*" else {
      throw .notImplemented("stores with another If-None-Match than *")
    }
    return conditions
  }

  /// Asks the origin before it stores. Two clients that store at the same time may both pass: an
  /// origin's calls have no conditions.
  private func check(
    _ conditions: S3Conditions, _ object: OriginObject, _ place: ContainerPlace
  ) async throws {
    guard conditions.ifNoneMatch != nil || conditions.ifMatch != nil else { return }
    var version: String?
    do throws(OriginError) {
      version = try await place.origin.attributes(of: object).version
    } catch {
      guard error == .notFound else { throw error }
    }
    if conditions.ifNoneMatch != nil, version != nil { throw S3Error.preconditionFailed }
    guard let ifMatch = conditions.ifMatch else { return }
    guard let version else { throw S3Error.noSuchKey }
    guard S3Conditions.list(ifMatch, has: version, weakly: false) else {
      throw S3Error.preconditionFailed
    }
  }

  // MARK: CopyObject

  func copyObject() throws(S3Error) {
    let place = try place()
    let source = try S3CopySource(head)
    guard
      let sourcePlace = service.containers.place(container: source.bucket, tenant: caller.tenant)
    else { throw .noSuchBucket }
    guard sourcePlace.origin.description == place.origin.description else {
      throw .notImplemented("copies from one origin to another")
    }
    let directive = head.header("x-amz-metadata-directive") ?? "COPY"
    guard directive == "COPY" || directive == "REPLACE" else {
      throw .invalidArgument(
        "x-amz-metadata-directive must be COPY or REPLACE; it is \(directive).")
    }
    let metadata: ObjectMetadata? = directive == "REPLACE" ? try S3Metadata.of(head) : nil
    let from = OriginObject(container: sourcePlace.name, key: source.key)
    let to = object(in: place)
    guard metadata != nil || from != to else {
      throw S3Error(
        "InvalidRequest", 400,
        "An object is copied to itself only with x-amz-metadata-directive: REPLACE.")
    }
    let conditions = S3Conditions(head, prefix: "x-amz-copy-source-")
    run { [self] in
      if !conditions.isEmpty {
        let known = try await place.origin.attributes(of: from)
        let outcome = conditions.outcome(version: known.version, lastModified: known.lastModified)
        guard outcome == .proceed else { throw S3Error.preconditionFailed }
      }
      defer { forget(target.key) }
      let copied = try await place.origin.copy(from, to: to, replacing: metadata)
      return .document("CopyObjectResult") {
        $0.element("LastModified", HTTPDate.formatISO8601(copied.lastModified))
        $0.element("ETag", copied.version)
      }
    }
  }

  // MARK: Deleting

  func deleteObject() throws(S3Error) {
    let place = try place()
    let object = object(in: place)
    run { [self] in
      defer { forget(target.key) }
      try await place.origin.delete(object)
      return S3Answer(status: 204)
    }
  }

  func deleteObjects() throws(S3Error) {
    let place = try place()
    let body = try S3UploadBody(self)
    guard body.length <= S3Documents.limit else { throw .malformedXML }
    run { [self] in
      let list = try S3DeleteList(try await S3Documents.collect(body))
      let errors = await delete(list.keys, at: place)
      return .document("DeleteResult") { writer in
        for key in list.keys {
          if let error = errors[key] {
            writer.element("Error") {
              $0.element("Key", key)
              $0.element("Code", error.code)
              $0.element("Message", error.message)
            }
          } else if !list.isQuiet {
            writer.element("Deleted") { $0.element("Key", key) }
          }
        }
      }
    }
  }

  /// Deletes keys, eight at a time; answers what went wrong by key.
  private func delete(_ keys: [String], at place: ContainerPlace) async -> [String: S3Error] {
    await withTaskGroup(of: (String, S3Error?).self) { group in
      var errors: [String: S3Error] = [:]
      var waiting = keys.makeIterator()
      func startNext() {
        guard let key = waiting.next() else { return }
        group.addTask { [self] in
          defer { forget(key) }
          do throws(OriginError) {
            try await place.origin.delete(OriginObject(container: place.name, key: key))
            return (key, nil)
          } catch {
            return (key, S3Error(error))
          }
        }
      }
      for _ in 0..<8 { startNext() }
      for await (key, error) in group {
        errors[key] = error
        startNext()
      }
      return errors
    }
  }
}
