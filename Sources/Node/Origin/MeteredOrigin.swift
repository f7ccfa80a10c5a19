internal import NIOCore
internal import Synchronization
internal import TarnCore

/// How many bytes of an opened object were wanted.
private final class TakenBytes: Sendable {
  let count = Atomic<UInt64>(0)
}

/// An origin that counts what it is asked and how that ends, and asks leave for what it is asked about
/// objects. From any thread.
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
  private let budget = AtomicLazyReference<Budget>()
  /// 0: not asked yet; 1: its last answer was one; 2: it was none.
  private let reach = Atomic<UInt8>(0)

  /// The longest that a question waits for leave.
  static let patienceNanoseconds: Nanoseconds = 2_000_000_000
  /// A question that waited for so long was kept back by the budget, not by the way to its keeper.
  private static let deferralNanoseconds: Nanoseconds = 10_000_000

  /// The cores, which read from this origin and so refer to it.
  private final class Budget: Sendable {
    weak let leave: (any OriginLeave)?
    init(_ leave: any OriginLeave) { self.leave = leave }
  }

  init(_ origin: any Origin, name: String) {
    self.origin = origin
    self.name = name
  }

  /// From now on questions need leave.
  func needsLeave(of leave: any OriginLeave) { _ = budget.storeIfNil(Budget(leave)) }

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

  /// - Parameter isBlock: a core asked for it, and hears of its end.
  private func metered<Answer>(
    bytes count: UInt64 = 0, isBlock: Bool = false,
    _ body: () async throws(OriginError) -> Answer
  ) async throws(OriginError) -> Answer {
    requests.add(1, ordering: .relaxed)
    do {
      let answer = try await body()
      bytes.add(count, ordering: .relaxed)
      reach.store(1, ordering: .relaxed)
      return answer
    } catch {
      note(error, isBlock: isBlock)
      throw error
    }
  }

  private func note(_ error: OriginError, isBlock: Bool) {
    switch error {
    case .throttled(let milliseconds):
      throttled.add(1, ordering: .relaxed)
      if !isBlock { budget.load()?.leave?.throttled(retryAfterMilliseconds: milliseconds) }
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

  /// Waits until the origin may be asked about the object. Throws `.throttled` if that is too long.
  private func waitForLeave(toAskAbout object: OriginObject) async throws(OriginError) {
    if let leave = budget.load()?.leave {
      let start = Shard.now
      let failure = await leave.leave(
        toAskAbout: object, by: start + MeteredOrigin.patienceNanoseconds)
      guard failure == .none else {
        refused.add(1, ordering: .relaxed)
        throw .throttled(retryAfterMilliseconds: 1_000)
      }
      if Shard.now - start >= MeteredOrigin.deferralNanoseconds {
        deferred.add(1, ordering: .relaxed)
      }
    }
    questions.add(1, ordering: .relaxed)
  }

  // MARK: Origin

  func attributes(of object: OriginObject) async throws(OriginError) -> ObjectAttributes {
    try await waitForLeave(toAskAbout: object)
    return try await metered { () throws(OriginError) in try await origin.attributes(of: object) }
  }

  func read(
    _ object: OriginObject, version: String, range: Range<UInt64>,
    into buffer: UnsafeMutableRawBufferPointer
  ) async throws(OriginError) {
    try await metered(bytes: UInt64(range.count), isBlock: true) { () throws(OriginError) in
      try await origin.read(object, version: version, range: range, into: buffer)
    }
  }

  func open(
    _ object: OriginObject, range: Range<UInt64>,
    room: @Sendable (ObjectAttributes) async -> Payload?
  ) async throws(OriginError) -> ObjectAttributes {
    try await waitForLeave(toAskAbout: object)
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
