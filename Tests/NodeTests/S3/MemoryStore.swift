import NIOCore
import Synchronization
import TarnCore

@testable import TarnNode

/// An origin, and a cache over it, in memory: what the S3 front end is tested against.
final class MemoryStore: Origin, ObjectReading, ContainerDirectory {
  struct Stored: Sendable {
    var bytes: [UInt8]
    var attributes: ObjectAttributes
  }
  struct State {
    var containers: [String: [String: Stored]] = ["bucket": [:]]
    var uploads: [String: (object: OriginObject, metadata: ObjectMetadata, parts: [Int: [UInt8]])] =
      [:]
    var stores = 0
    var forgotten: [String] = []
    /// What the next opens fail with.
    var openFailures: [ObjectFailure] = []
    /// What the next reads fail with, after so many slices.
    var readFailures: [(after: Int, ObjectFailure)] = []
    var opens = 0
    /// The first byte that each open wanted.
    var wanted: [UInt64?] = []
    var originFailure: OriginError?
  }
  let state = Mutex(State())
  let blockBytes = 64 << 10
  let memory: PayloadMemory
  /// Answers come in a later turn of the loop.
  let isLate: Bool

  init(isLate: Bool = false) throws {
    memory = try PayloadMemory(capacityBytes: 64 << 20, largestBlock: 64 << 10)
    self.isLate = isLate
  }

  var description: String { "memory" }

  @discardableResult
  func add(
    _ key: String, _ bytes: [UInt8], container: String = "bucket",
    metadata: ObjectMetadata = ObjectMetadata()
  ) -> ObjectAttributes {
    state.withLock { state in
      state.stores += 1
      let attributes = ObjectAttributes(
        size: UInt64(bytes.count), version: "\"v\(state.stores)\"", lastModified: 784_111_777,
        metadata: metadata)
      state.containers[container, default: [:]][key] = Stored(bytes: bytes, attributes: attributes)
      return attributes
    }
  }

  func stored(_ key: String, container: String = "bucket") -> Stored? {
    state.withLock { $0.containers[container]?[key] }
  }

  // MARK: ContainerDirectory

  func place(container: String, tenant: TenantID) -> ContainerPlace? {
    // Tenant 1 has no containers.
    guard tenant.rawValue != 1 else { return nil }
    return ContainerPlace(origin: self, name: container, consistency: .validate)
  }

  func all(tenant: TenantID) async throws(OriginError) -> [ContainerListing] {
    try await containers()
  }

  // MARK: ObjectReading

  func open(
    tenant: TenantID, container: String, key: String, wanting offset: UInt64?,
    on loop: any EventLoop,
    completion: @escaping @Sendable (Result<OpenObject, ObjectFailure>) -> Void
  ) {
    let result: Result<OpenObject, ObjectFailure> = state.withLock { state in
      state.opens += 1
      state.wanted.append(offset)
      if !state.openFailures.isEmpty { return .failure(state.openFailures.removeFirst()) }
      guard let objects = state.containers[container] else { return .failure(.noContainer) }
      guard let stored = objects[key] else { return .failure(.noObject) }
      let object = ObjectVersion(
        tenant: tenant, salt: TenantSalt(key0: 1, key1: 2), container: container, key: key,
        version: stored.attributes.version, size: stored.attributes.size,
        blockBytes: UInt32(blockBytes))
      return .success(OpenObject(object: object, attributes: stored.attributes))
    }
    if isLate { loop.execute { completion(result) } } else { completion(result) }
  }

  func read(
    _ object: OpenObject, range: Range<UInt64>, on loop: any EventLoop, into sink: any ObjectSink
  ) -> any ObjectRead {
    let bytes = stored(object.object.key, container: object.object.container)?.bytes ?? []
    let failure = state.withLock { $0.readFailures.isEmpty ? nil : $0.readFailures.removeFirst() }
    return MemoryRead(
      Array(bytes[Int(range.lowerBound)..<Int(range.upperBound)]), store: self, loop: loop,
      sink: sink, failure: failure)
  }

  func forget(tenant: TenantID, container: String, key: String) {
    state.withLock { $0.forgotten.append("\(container)/\(key)") }
  }

  /// Slices of one block each.
  final class MemoryRead: ObjectRead, @unchecked Sendable {
    private let store: MemoryStore
    private let loop: any EventLoop
    private var sink: (any ObjectSink)?
    private var slices: [ArraySlice<UInt8>] = []
    private let failure: (after: Int, ObjectFailure)?
    private var taken = 0

    init(
      _ bytes: [UInt8], store: MemoryStore, loop: any EventLoop, sink: any ObjectSink,
      failure: (after: Int, ObjectFailure)?
    ) {
      self.store = store
      self.loop = loop
      self.sink = sink
      self.failure = failure
      for start in stride(from: 0, to: bytes.count, by: store.blockBytes) {
        slices.append(bytes[start..<min(start + store.blockBytes, bytes.count)])
      }
    }

    func more() {
      if store.isLate { loop.execute { self.deliver() } } else { deliver() }
    }

    private func deliver() {
      guard let sink else { return }
      if let failure, failure.after == taken {
        self.sink = nil
        return sink.end(failure.1)
      }
      guard taken < slices.count else { return }
      let slice = slices[taken]
      taken += 1
      let payload = store.memory.allocate(slice.count)
      payload.bytes.copyBytes(from: slice)
      let isLast = taken == slices.count
      if isLast { self.sink = nil }
      sink.take(PayloadSlice(payload, 0..<slice.count), source: .memory)
      if isLast { sink.end(nil) }
    }

    func cancel() { sink = nil }
  }

  // MARK: Origin

  private func check() throws(OriginError) {
    if let failure = state.withLock({ $0.originFailure }) { throw failure }
  }

  func attributes(of object: OriginObject) async throws(OriginError) -> ObjectAttributes {
    try check()
    guard let stored = stored(object.key, container: object.container) else { throw .notFound }
    return stored.attributes
  }

  func read(
    _ object: OriginObject, version: String, range: Range<UInt64>,
    into buffer: UnsafeMutableRawBufferPointer
  ) async throws(OriginError) { throw .unsupported("reads past the cache") }

  func containers() async throws(OriginError) -> [ContainerListing] {
    try check()
    return state.withLock { $0.containers.keys.sorted() }.map {
      ContainerListing(name: $0, created: 784_111_777)
    }
  }

  func list(_ request: ListRequest) async throws(OriginError) -> ListPage {
    try check()
    guard let objects = state.withLock({ $0.containers[request.container] }) else {
      throw .noContainer
    }
    var page = ListPage()
    var last = ""
    for key in objects.keys.sorted(by: { $0.utf8.lexicographicallyPrecedes($1.utf8) })
    where key.hasPrefix(request.prefix) {
      var name = key
      let rest = key.dropFirst(request.prefix.count)
      let isRolled = !request.delimiter.isEmpty && rest.contains(request.delimiter)
      if isRolled, let end = rest.range(of: request.delimiter) {
        name = request.prefix + rest[..<end.upperBound]
      }
      guard request.after.utf8.lexicographicallyPrecedes(name.utf8), name != last else { continue }
      if page.items.count + page.prefixes.count == request.limit {
        page.continuesAfter = last
        break
      }
      last = name
      if isRolled {
        page.prefixes.append(name)
      } else if let stored = objects[key] {
        page.items.append(
          .init(
            key: key, size: stored.attributes.size, version: stored.attributes.version,
            lastModified: stored.attributes.lastModified))
      }
    }
    return page
  }

  private func collect(_ body: OriginBody, _ length: UInt64) async throws(OriginError) -> [UInt8] {
    var bytes: [UInt8] = []
    do {
      for try await piece in body { bytes += piece.readableBytesView }
    } catch {
      throw .failed("the body fails: \(error)")
    }
    guard UInt64(bytes.count) == length else { throw .failed("the body is too short") }
    return bytes
  }

  func put(
    _ object: OriginObject, _ metadata: ObjectMetadata, length: UInt64, body: OriginBody
  ) async throws(OriginError) -> ObjectAttributes {
    try check()
    let bytes = try await collect(body, length)
    return add(object.key, bytes, container: object.container, metadata: metadata)
  }

  func delete(_ object: OriginObject) async throws(OriginError) {
    try check()
    state.withLock { _ = $0.containers[object.container]?.removeValue(forKey: object.key) }
  }

  func copy(
    _ source: OriginObject, to target: OriginObject, replacing metadata: ObjectMetadata?
  ) async throws(OriginError) -> ObjectAttributes {
    guard let stored = stored(source.key, container: source.container) else { throw .notFound }
    return add(
      target.key, stored.bytes, container: target.container,
      metadata: metadata ?? stored.attributes.metadata)
  }

  func startUpload(
    _ object: OriginObject, _ metadata: ObjectMetadata
  ) async throws(OriginError) -> String {
    state.withLock { state in
      state.uploads["upload&1"] = (object, metadata, [:])
      return "upload&1"
    }
  }

  func putPart(
    _ object: OriginObject, upload: String, number: Int, length: UInt64, body: OriginBody
  ) async throws(OriginError) -> String {
    let bytes = try await collect(body, length)
    let isKnown = state.withLock { state in
      state.uploads[upload]?.parts.updateValue(bytes, forKey: number)
      return state.uploads[upload] != nil
    }
    guard isKnown else { throw .noUpload }
    return "\"part\(number)\""
  }

  func completeUpload(
    _ object: OriginObject, upload: String, parts: [UploadedPart]
  ) async throws(OriginError) -> ObjectAttributes {
    guard let known = state.withLock({ $0.uploads.removeValue(forKey: upload) }) else {
      throw .noUpload
    }
    var bytes: [UInt8] = []
    for part in parts {
      guard part.version == "\"part\(part.number)\"", let more = known.parts[part.number] else {
        throw .rejected(code: "InvalidPart", "There is no such part.")
      }
      bytes += more
    }
    return add(object.key, bytes, container: object.container, metadata: known.metadata)
  }

  func abortUpload(_ object: OriginObject, upload: String) async throws(OriginError) {
    guard state.withLock({ $0.uploads.removeValue(forKey: upload) }) != nil else { throw .noUpload }
  }

  func shutdown() async {}
}

extension Substring {
  fileprivate func range(of text: String) -> Range<Index>? {
    var start = startIndex
    while start < endIndex {
      if self[start...].hasPrefix(text) { return start..<index(start, offsetBy: text.count) }
      start = index(after: start)
    }
    return nil
  }
}
