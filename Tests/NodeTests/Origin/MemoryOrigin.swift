import Synchronization

@testable import TarnNode

/// Objects in memory, for reading only; the first reads of ranges fail as a test says.
final class MemoryOrigin: Origin {
  let objects: [String: UInt64]
  let failures: Mutex<[OriginError]>
  let largestRead = Mutex<Int>(0)

  init(_ objects: [String: UInt64], failing failures: [OriginError] = []) {
    self.objects = objects
    self.failures = Mutex(failures)
  }

  let description = "memory:test"

  func attributes(of object: OriginObject) async throws(OriginError) -> ObjectAttributes {
    guard object.container == "c" else { throw .noContainer }
    guard let size = objects[object.key] else { throw .notFound }
    return ObjectAttributes(size: size, version: "\"1\"", lastModified: 0)
  }

  func read(
    _ object: OriginObject, version: String, range: Range<UInt64>,
    into buffer: UnsafeMutableRawBufferPointer
  ) async throws(OriginError) {
    let failure = failures.withLock { $0.isEmpty ? nil : $0.removeFirst() }
    if let failure { throw failure }
    guard let size = objects[object.key] else { throw .notFound }
    guard range.upperBound <= size, range.count == buffer.count, version == "\"1\"" else {
      throw .failed("a read outside of the object")
    }
    largestRead.withLock { $0 = max($0, buffer.count) }
    buffer.initializeMemory(as: UInt8.self, repeating: 1)
  }

  func containers() async throws(OriginError) -> [ContainerListing] {
    [ContainerListing(name: "c", created: 0)]
  }

  /// Pages of two keys.
  func list(_ request: ListRequest) async throws(OriginError) -> ListPage {
    guard request.container == "c" else { throw .noContainer }
    var page = ListPage()
    let keys = objects.keys.sorted().filter { $0 > request.after }
    for key in keys.prefix(2) {
      page.items.append(
        .init(key: key, size: objects[key] ?? 0, version: "\"1\"", lastModified: 0))
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
