internal import NIOCore
internal import Synchronization

/// An origin that counts what it is asked and how that ends. From any thread.
final class MeteredOrigin: Origin {
  private let origin: any Origin
  let name: String
  private let requests = Atomic<UInt64>(0)
  private let bytes = Atomic<UInt64>(0)
  private let throttled = Atomic<UInt64>(0)
  private let failures = Atomic<UInt64>(0)
  private let changed = Atomic<UInt64>(0)
  /// 0: not asked yet; 1: its last answer was one; 2: it was none.
  private let reach = Atomic<UInt8>(0)

  init(_ origin: any Origin, name: String) {
    self.origin = origin
    self.name = name
  }

  var description: String { origin.description }

  /// What was counted so far.
  var counts: NodeSnapshot.OriginCounts {
    var counts = NodeSnapshot.OriginCounts(name: name)
    counts.requests = requests.load(ordering: .relaxed)
    counts.bytes = bytes.load(ordering: .relaxed)
    counts.throttled = throttled.load(ordering: .relaxed)
    counts.failures = failures.load(ordering: .relaxed)
    counts.changed = changed.load(ordering: .relaxed)
    counts.isReachable = [nil, true, false][Int(reach.load(ordering: .relaxed))]
    return counts
  }

  private func metered<Answer>(
    bytes count: UInt64 = 0, _ body: () async throws(OriginError) -> Answer
  ) async throws(OriginError) -> Answer {
    requests.add(1, ordering: .relaxed)
    do {
      let answer = try await body()
      bytes.add(count, ordering: .relaxed)
      reach.store(1, ordering: .relaxed)
      return answer
    } catch {
      note(error)
      throw error
    }
  }

  private func note(_ error: OriginError) {
    switch error {
    case .throttled: throttled.add(1, ordering: .relaxed)
    case .changed: changed.add(1, ordering: .relaxed)
    case .failed, .denied:
      // A read that was called off says nothing about the origin.
      if Task.isCancelled { return }
      failures.add(1, ordering: .relaxed)
      return reach.store(2, ordering: .relaxed)
    case .notFound, .noContainer, .noUpload, .rejected, .unsupported: break
    }
    reach.store(1, ordering: .relaxed)
  }

  // MARK: Origin

  func attributes(of object: OriginObject) async throws(OriginError) -> ObjectAttributes {
    try await metered { () throws(OriginError) in try await origin.attributes(of: object) }
  }

  func read(
    _ object: OriginObject, version: String, range: Range<UInt64>,
    into buffer: UnsafeMutableRawBufferPointer
  ) async throws(OriginError) {
    try await metered(bytes: UInt64(range.count)) { () throws(OriginError) in
      try await origin.read(object, version: version, range: range, into: buffer)
    }
  }

  func open(
    _ object: OriginObject, range: Range<UInt64>,
    room: @Sendable (ObjectAttributes) async -> Payload?
  ) async throws(OriginError) -> ObjectAttributes {
    let length = Mutex<UInt64>(0)
    let attributes = try await metered { () throws(OriginError) in
      try await origin.open(object, range: range) { attributes in
        let payload = await room(attributes)
        length.withLock { $0 = UInt64(payload?.count ?? 0) }
        return payload
      }
    }
    bytes.add(length.withLock { $0 }, ordering: .relaxed)
    return attributes
  }

  func containers() async throws(OriginError) -> [ContainerListing] {
    try await metered { () throws(OriginError) in try await origin.containers() }
  }

  func list(_ request: ListRequest) async throws(OriginError) -> ListPage {
    try await metered { () throws(OriginError) in try await origin.list(request) }
  }

  func put(
    _ object: OriginObject, _ metadata: ObjectMetadata, length: UInt64, body: OriginBody
  ) async throws(OriginError) -> ObjectAttributes {
    try await metered { () throws(OriginError) in
      try await origin.put(object, metadata, length: length, body: body)
    }
  }

  func delete(_ object: OriginObject) async throws(OriginError) {
    try await metered { () throws(OriginError) in try await origin.delete(object) }
  }

  func copy(
    _ source: OriginObject, to target: OriginObject, replacing metadata: ObjectMetadata?
  ) async throws(OriginError) -> ObjectAttributes {
    try await metered { () throws(OriginError) in
      try await origin.copy(source, to: target, replacing: metadata)
    }
  }

  func startUpload(
    _ object: OriginObject, _ metadata: ObjectMetadata
  ) async throws(OriginError) -> String {
    try await metered { () throws(OriginError) in
      try await origin.startUpload(object, metadata)
    }
  }

  func putPart(
    _ object: OriginObject, upload: String, number: Int, length: UInt64, body: OriginBody
  ) async throws(OriginError) -> String {
    try await metered { () throws(OriginError) in
      try await origin.putPart(
        object, upload: upload, number: number, length: length, body: body)
    }
  }

  func completeUpload(
    _ object: OriginObject, upload: String, parts: [UploadedPart]
  ) async throws(OriginError) -> ObjectAttributes {
    try await metered { () throws(OriginError) in
      try await origin.completeUpload(object, upload: upload, parts: parts)
    }
  }

  func abortUpload(_ object: OriginObject, upload: String) async throws(OriginError) {
    try await metered { () throws(OriginError) in
      try await origin.abortUpload(object, upload: upload)
    }
  }

  func shutdown() async { await origin.shutdown() }
}
