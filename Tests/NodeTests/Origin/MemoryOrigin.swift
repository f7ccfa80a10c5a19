import Synchronization

@testable import TarnNode

/// Objects in memory, for reading only: each of one repeated byte, a version a byte, all in the
/// container `c`. Counts what it is asked; its reads fail and pause as a test says.
final class MemoryOrigin: Origin {
  struct State {
    var objects: [String: (size: UInt64, byte: UInt8)] = [:]
    /// What the next reads fail with.
    var failures: [OriginError] = []
    /// Requests for attributes.
    var questions = 0
    /// Requests for attributes and a range together.
    var opens = 0
    /// Requests for ranges.
    var reads = 0
    var largestRead = 0
    /// Reads wait as long as this is true.
    var isHeld = false
    /// Questions fail as if nobody could be reached.
    var isSilent = false
    /// Hears of each read, before it is carried out, how many there were.
    var beforeRead: (@Sendable (Int) -> Void)?
  }
  let state: Mutex<State>
  let description = "memory:test"

  /// Objects of these sizes, full of ones.
  init(_ objects: [String: UInt64] = [:], failing failures: [OriginError] = []) {
    var state = State()
    state.objects = objects.mapValues { ($0, 1) }
    state.failures = failures
    self.state = Mutex(state)
  }

  func put(_ key: String, size: UInt64, byte: UInt8) {
    state.withLock { $0.objects[key] = (size, byte) }
  }

  private func find(_ object: OriginObject) throws(OriginError) -> (size: UInt64, byte: UInt8) {
    guard object.container == "c" else { throw .noContainer }
    guard let found = state.withLock({ $0.objects[object.key] }) else { throw .notFound }
    return found
  }

  func attributes(of object: OriginObject) async throws(OriginError) -> ObjectAttributes {
    let isSilent = state.withLock { state in
      state.questions += 1
      return state.isSilent
    }
    if isSilent { throw .failed("nobody answers") }
    let found = try find(object)
    return ObjectAttributes(size: found.size, version: "\"\(found.byte)\"", lastModified: 0)
  }

  func open(
    _ object: OriginObject, range: Range<UInt64>,
    room: @Sendable (ObjectAttributes) async -> Payload?
  ) async throws(OriginError) -> ObjectAttributes {
    state.withLock { $0.opens += 1 }
    let found = try find(object)
    let attributes = ObjectAttributes(
      size: found.size, version: "\"\(found.byte)\"", lastModified: 0)
    guard range.lowerBound < found.size, let payload = await room(attributes) else {
      return attributes
    }
    while state.withLock({ $0.isHeld }) { try? await Task.sleep(for: .milliseconds(1)) }
    let failure = state.withLock { $0.failures.isEmpty ? nil : $0.failures.removeFirst() }
    if let failure { throw failure }
    payload.bytes.initializeMemory(as: UInt8.self, repeating: found.byte)
    return attributes
  }

  func read(
    _ object: OriginObject, version: String, range: Range<UInt64>,
    into buffer: UnsafeMutableRawBufferPointer
  ) async throws(OriginError) {
    let (hook, count, failure) = state.withLock { state in
      state.reads += 1
      state.largestRead = max(state.largestRead, buffer.count)
      let failure = state.failures.isEmpty ? nil : state.failures.removeFirst()
      return (state.beforeRead, state.reads, failure)
    }
    hook?(count)
    while state.withLock({ $0.isHeld }) { try? await Task.sleep(for: .milliseconds(1)) }
    if let failure { throw failure }
    let found = try find(object)
    guard version == "\"\(found.byte)\"" else { throw .changed }
    guard range.upperBound <= found.size, range.count == buffer.count else {
      throw .failed("a read outside of the object")
    }
    buffer.initializeMemory(as: UInt8.self, repeating: found.byte)
  }

  func containers() async throws(OriginError) -> [ContainerListing] {
    [ContainerListing(name: "c", created: 0)]
  }

  /// Pages of two keys.
  func list(_ request: ListRequest) async throws(OriginError) -> ListPage {
    guard request.container == "c" else { throw .noContainer }
    let objects = state.withLock { $0.objects }
    var page = ListPage()
    let keys = objects.keys.sorted().filter { $0 > request.after }
    for key in keys.prefix(2) {
      page.items.append(
        .init(key: key, size: objects[key]?.size ?? 0, version: "\"1\"", lastModified: 0))
    }
    page.continuesAfter = keys.count > 2 ? keys[1] : nil
    return page
  }

  func put(
    _ object: OriginObject, _ metadata: ObjectMetadata, length: UInt64, body: OriginBody
  ) async throws(OriginError) -> ObjectAttributes { throw .unsupported("put") }
  func delete(_ object: OriginObject) async throws(OriginError) { throw .unsupported("delete") }
  func copy(
    _ source: OriginObject, to target: OriginObject, replacing metadata: ObjectMetadata?
  ) async throws(OriginError) -> ObjectAttributes { throw .unsupported("copy") }
  func startUpload(
    _ object: OriginObject, _ metadata: ObjectMetadata
  ) async throws(OriginError) -> String { throw .unsupported("startUpload") }
  func putPart(
    _ object: OriginObject, upload: String, number: Int, length: UInt64, body: OriginBody
  ) async throws(OriginError) -> String { throw .unsupported("putPart") }
  func completeUpload(
    _ object: OriginObject, upload: String, parts: [UploadedPart]
  ) async throws(OriginError) -> ObjectAttributes { throw .unsupported("completeUpload") }
  func abortUpload(_ object: OriginObject, upload: String) async throws(OriginError) {
    throw .unsupported("abortUpload")
  }
  func shutdown() async {}
}
