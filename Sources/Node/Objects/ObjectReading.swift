public import NIOCore
internal import Synchronization
public import TarnCore

/// Reads of objects through the cache, as protocol front ends (S3 today) see them.
public protocol ObjectReading: Sendable {
  /// Finds out which version of the object is to be read, by its container's consistency: from the
  /// node's memory, its home in the cell, or the origin. `completion` is called on `loop`, once; at
  /// once, from inside the call, if the answer is known.
  ///
  /// - Parameter offset: the first byte that will be read, if one will be; a block that is certainly
  ///   wanted may come with the origin's first answer.
  func open(
    tenant: TenantID, container: String, key: String, wanting offset: UInt64?,
    on loop: any EventLoop,
    completion: @escaping @Sendable (Result<OpenObject, ObjectFailure>) -> Void)

  /// Reads `range` of the version that was opened, block by block, into `sink` on `loop`. Nothing
  /// comes before the first `more()`. All bytes are of that one version, or the read fails.
  func read(
    _ object: OpenObject, range: Range<UInt64>, on loop: any EventLoop, into sink: any ObjectSink
  ) -> any ObjectRead

  /// An object was stored, deleted or copied over through this node: what is known of it is old.
  func forget(tenant: TenantID, container: String, key: String)
}

/// A version of an object, opened for reading. One reference, because it is handed on at every read.
public final class OpenObject: Sendable {
  public let object: ObjectVersion
  public let attributes: ObjectAttributes
  private let written = AtomicLazyReference<HTTPFieldLines>()

  public init(object: ObjectVersion, attributes: ObjectAttributes) {
    self.object = object
    self.attributes = attributes
  }

  /// What answers say about the object in their headers: the same each time, so `write` is asked once
  /// or, by threads that come together, a few times.
  func lines(_ write: (ObjectAttributes) -> HTTPFieldLines) -> HTTPFieldLines {
    if let lines = written.load() { return lines }
    return written.storeIfNil(write(attributes))
  }
}

/// A read under way. Confined to its event loop.
public protocol ObjectRead: AnyObject {
  /// The sink can take one more slice.
  func more()
  /// Nothing more is wanted; the sink hears nothing more.
  func cancel()
}

/// Takes an object's bytes. Called on the read's event loop, from inside `more()` too.
public protocol ObjectSink: AnyObject {
  /// The next bytes in order: at most one block, one slice for each `more()`.
  func take(_ slice: PayloadSlice, source: Source)
  /// After the last slice, or with what went wrong; nothing comes after it.
  func end(_ failure: ObjectFailure?)
}

/// Why an object cannot be read.
public enum ObjectFailure: Error, Equatable, Sendable {
  case noObject
  case noContainer
  /// Another version took its place while it was read. Before the first byte: open it again.
  case changed
  /// Try again after so many milliseconds: the origin throttles, or the node has no memory free.
  case busy(retryAfterMilliseconds: UInt32)
  /// It took longer than the deadline of reads.
  case deadline
  /// The origin refused Tarn's credentials.
  case denied(String)
  /// The origin can't be reached, or answers nonsense.
  case failed(String)
}
