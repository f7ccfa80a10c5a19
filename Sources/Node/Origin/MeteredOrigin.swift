internal import NIOCore
internal import Synchronization
internal import TarnCore

/// How many bytes of an opened object were wanted.
private final class TakenBytes: Sendable {
  let count = Atomic<UInt64>(0)
}

/// An origin that counts what it is asked and how that ends, and paces what is asked about objects.
/// From any thread.
final class MeteredOrigin: Origin {
  private let origin: any Origin
  let name: String
  private let requests = Atomic<UInt64>(0)
  private let bytes = Atomic<UInt64>(0)
  private let throttled = Atomic<UInt64>(0)
  private let failures = Atomic<UInt64>(0)
  private let changed = Atomic<UInt64>(0)
  private let questions = Atomic<UInt64>(0)
  private let deferred = Atomic<UInt64>(0)
  private let refused = Atomic<UInt64>(0)
  private let pace: QuestionPace
  /// 0: not asked yet; 1: its last answer was one; 2: it was none.
  private let reach = Atomic<UInt8>(0)

  /// - Parameter requestsPerSecond: what the cell may ask about objects.
  init(_ origin: any Origin, name: String, requestsPerSecond: UInt64) {
    self.origin = origin
    self.name = name
    pace = QuestionPace(requestsPerSecond: requestsPerSecond)
  }

  /// The cell has so many members, this node included.
  func share(with members: Int) { pace.share(with: members) }

  var description: String { origin.description }

  /// What was counted so far.
  var counts: NodeSnapshot.OriginCounts {
    var counts = NodeSnapshot.OriginCounts(name: name)
    counts.requests = requests.load(ordering: .relaxed)
    counts.bytes = bytes.load(ordering: .relaxed)
    counts.throttled = throttled.load(ordering: .relaxed)
    counts.failures = failures.load(ordering: .relaxed)
    counts.changed = changed.load(ordering: .relaxed)
    counts.questions = questions.load(ordering: .relaxed)
    counts.questionsDeferred = deferred.load(ordering: .relaxed)
    counts.questionsRefused = refused.load(ordering: .relaxed)
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
    case .throttled(let milliseconds):
      throttled.add(1, ordering: .relaxed)
      pace.throttled(at: Shard.now, retryAfterMilliseconds: milliseconds)
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

  /// Waits until the origin may be asked about an object. Throws `.throttled` if that is too long.
  private func waitForTurn() async throws(OriginError) {
    switch pace.turn(at: Shard.now) {
    case .after(0): break
    case .after(let span):
      deferred.add(1, ordering: .relaxed)
      do { try await Task.sleep(nanoseconds: span) } catch {
        throw .failed("the call was given up")
      }
    case .refused(let span):
      refused.add(1, ordering: .relaxed)
      throw .throttled(retryAfterMilliseconds: UInt32(clamping: span / 1_000_000))
    }
    questions.add(1, ordering: .relaxed)
  }

  // MARK: Origin

  func attributes(of object: OriginObject) async throws(OriginError) -> ObjectAttributes {
    try await waitForTurn()
    return try await metered { () throws(OriginError) in try await origin.attributes(of: object) }
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
    try await waitForTurn()
    let taken = TakenBytes()
    let attributes = try await metered { () throws(OriginError) in
      try await origin.open(object, range: range) { attributes in
        let payload = await room(attributes)
        taken.count.store(UInt64(payload?.count ?? 0), ordering: .relaxed)
        return payload
      }
    }
    bytes.add(taken.count.load(ordering: .relaxed), ordering: .relaxed)
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
