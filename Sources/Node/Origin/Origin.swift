public import NIOCore

/// An object store behind the cache. Every call is one request or a short series of them; retries,
/// budgets and coalescing are the core's business, not an origin's.
///
/// Containers and keys are UTF-8 text exactly as clients name them; an origin escapes what its
/// protocol wants escaped. Cancelling the task of a call gives the request up.
public protocol Origin: Sendable {
  /// For logs and metrics: `file:traces`, `s3:http://127.0.0.1:8333`.
  var description: String { get }
  /// What is known of an object. Throws `.notFound` if there is none.
  func attributes(of object: OriginObject) async throws(OriginError) -> ObjectAttributes
  /// Reads `range` of exactly this version into `buffer`, whose size is the range's. Throws
  /// `.changed` if the object has another version now, also where the store ignores preconditions.
  func read(
    _ object: OriginObject, version: String, range: Range<UInt64>,
    into buffer: UnsafeMutableRawBufferPointer
  ) async throws(OriginError)
  /// Finds out about an object and reads `range` of it, as far as it has that, in one request. Of an
  /// origin that has no such request, and of an object without a byte in the range, the attributes
  /// are all that comes.
  ///
  /// `room` is told the attributes before the bytes come, once, and answers where they go, in a
  /// payload of their number; nil if they are not wanted. If it was not called, there are none; an
  /// error after its call is one of the bytes alone.
  func open(
    _ object: OriginObject, range: Range<UInt64>,
    room: @Sendable (ObjectAttributes) async -> Payload?
  ) async throws(OriginError) -> ObjectAttributes
  /// The containers that the origin's credentials see, in order of their names.
  func containers() async throws(OriginError) -> [ContainerListing]
  /// One page of a container's keys in byte order.
  func list(_ request: ListRequest) async throws(OriginError) -> ListPage
  /// Stores an object from a stream of `length` bytes; answers the new attributes.
  func put(
    _ object: OriginObject, _ metadata: ObjectMetadata, length: UInt64, body: OriginBody
  ) async throws(OriginError) -> ObjectAttributes
  /// Deletes an object; one that does not exist counts as deleted.
  func delete(_ object: OriginObject) async throws(OriginError)
  /// Copies within the origin; answers the new object's attributes.
  func copy(
    _ source: OriginObject, to target: OriginObject, replacing metadata: ObjectMetadata?
  ) async throws(OriginError) -> ObjectAttributes
  /// Starts a multipart upload; answers its id.
  func startUpload(
    _ object: OriginObject, _ metadata: ObjectMetadata
  ) async throws(OriginError) -> String
  /// Stores part `number` (1 to 10,000); answers its ETag with quotes.
  func putPart(
    _ object: OriginObject, upload: String, number: Int, length: UInt64, body: OriginBody
  ) async throws(OriginError) -> String
  /// Makes the object of these parts, in this order.
  func completeUpload(
    _ object: OriginObject, upload: String, parts: [UploadedPart]
  ) async throws(OriginError) -> ObjectAttributes
  /// Forgets an upload and its parts.
  func abortUpload(_ object: OriginObject, upload: String) async throws(OriginError)
  /// Closes connections.
  func shutdown() async
}

extension Origin {
  public func open(
    _ object: OriginObject, range: Range<UInt64>,
    room: @Sendable (ObjectAttributes) async -> Payload?
  ) async throws(OriginError) -> ObjectAttributes { try await attributes(of: object) }
}

/// A stream of an object's bytes on their way to the origin.
public typealias OriginBody = AsyncThrowingStream<ByteBuffer, any Error>

/// An object as its origin names it.
public struct OriginObject: Hashable, Sendable {
  /// Bucket or container.
  public var container: String
  /// The key inside it, without a leading slash of its own.
  public var key: String
  /// The object `key` of `container`.
  public init(container: String, key: String) {
    self.container = container
    self.key = key
  }
}

/// What clients may say about an object that they store.
public struct ObjectMetadata: Sendable, Equatable {
  public var contentType: String?
  /// Header names in lower case: cache-control, content-disposition, content-encoding,
  /// content-language, expires.
  public var headers: [(name: String, value: String)] = []
  /// User metadata without the protocol's prefix (`x-amz-meta-`, `x-ms-meta-`), names in lower case.
  public var user: [(name: String, value: String)] = []
  public init() {}

  public static func == (left: ObjectMetadata, right: ObjectMetadata) -> Bool {
    left.contentType == right.contentType
      && left.headers.elementsEqual(right.headers, by: ==)
      && left.user.elementsEqual(right.user, by: ==)
  }
}

/// What an origin says about an object.
public struct ObjectAttributes: Sendable, Equatable {
  /// Bytes.
  public var size: UInt64
  /// The origin's ETag as it came, quotes and all: the object's version.
  public var version: String
  /// Last-Modified in seconds since 1970, UTC.
  public var lastModified: Int64
  /// Content type and other headers.
  public var metadata: ObjectMetadata
  /// Attributes of these values.
  public init(
    size: UInt64, version: String, lastModified: Int64, metadata: ObjectMetadata = ObjectMetadata()
  ) {
    self.size = size
    self.version = version
    self.lastModified = lastModified
    self.metadata = metadata
  }
}

/// A container in a listing.
public struct ContainerListing: Sendable, Equatable {
  public var name: String
  /// Seconds since 1970; 0 if the origin does not say.
  public var created: Int64
  public init(name: String, created: Int64) {
    self.name = name
    self.created = created
  }
}

/// Which keys are asked for.
public struct ListRequest: Sendable, Equatable {
  public var container: String
  public var prefix = ""
  /// Keys that continue beyond this after the prefix are rolled up; empty for none.
  public var delimiter = ""
  /// Only keys (and rolled-up prefixes) after this one in byte order; empty for the start.
  public var after = ""
  /// Keys and prefixes together, 1 to 1,000.
  public var limit = 1_000
  public init(container: String) { self.container = container }
}

/// Keys of a listing.
public struct ListPage: Sendable, Equatable {
  public struct Item: Sendable, Equatable {
    public var key: String
    public var size: UInt64
    /// As in `ObjectAttributes`; empty if the origin's listing does not say.
    public var version: String
    public var lastModified: Int64
    public init(key: String, size: UInt64, version: String, lastModified: Int64) {
      self.key = key
      self.size = size
      self.version = version
      self.lastModified = lastModified
    }
  }
  /// In byte order.
  public var items: [Item] = []
  /// Rolled-up prefixes in byte order, the delimiter included.
  public var prefixes: [String] = []
  /// The last key or prefix of this page if there is more; nil at the end.
  public var continuesAfter: String?
  public init() {}
}

/// A part that `putPart` stored.
public struct UploadedPart: Sendable, Equatable {
  public var number: Int
  public var version: String
  public init(number: Int, version: String) {
    self.number = number
    self.version = version
  }
}

/// Why an origin gave no answer.
public enum OriginError: Error, Equatable, Sendable {
  /// No such object.
  case notFound
  /// No such container.
  case noContainer
  /// No such upload.
  case noUpload
  /// The object has another version than the one asked for.
  case changed
  /// 503 or 429; Retry-After in milliseconds, 0 if the origin did not say.
  case throttled(retryAfterMilliseconds: UInt32)
  /// 401 or 403: the credentials that Tarn was given do not do.
  case denied(String)
  /// The request itself is at fault: S3's error code and a sentence.
  case rejected(code: String, String)
  /// The origin does not offer this operation.
  case unsupported(String)
  /// Anything else: refused connections, time-outs, nonsense.
  case failed(String)
}
