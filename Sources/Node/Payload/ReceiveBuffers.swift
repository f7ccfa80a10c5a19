internal import NIOCore

/// Where the next bytes of a connection go: into the payload that is arriving, or into other memory.
/// Confined to its event loop.
///
/// NIO asks its allocator for a buffer before each read. While a payload arrives it gets one that is
/// the payload's own memory, so the kernel writes the block where it belongs and nothing is copied
/// after that.
final class ReceiveBuffers: @unchecked Sendable {
  /// Scratch memory of one event loop. Lent to one read at a time.
  final class Scratch: @unchecked Sendable {
    static let size = 64 << 10
    var buffer: ByteBuffer?
    init() {}
  }

  /// The most that one read takes into a payload: what is checksummed next should still be in the
  /// processor's cache.
  static let longestRead = 512 << 10
  private static let firstSize = 4 << 10

  private static let ownSize = 16 << 10

  private let scratch: Scratch?
  /// Where the next bytes belong if a payload is arriving.
  var direct: UnsafeMutableRawBufferPointer?
  /// Whether the last read went to `direct`.
  private(set) var isDirect = false
  private var isFirst = true

  /// - Parameter scratch: what connections share whose bytes are dealt with at once; without it each
  ///   read gets memory of its own, which may be kept.
  init(_ scratch: Scratch?) { self.scratch = scratch }

  fileprivate func next(_ allocator: ByteBufferAllocator) -> ByteBuffer {
    isDirect = false
    // NIO keeps the first buffer of a channel for good, so that one is small and nobody else's.
    if isFirst {
      isFirst = false
      return allocator.buffer(capacity: Self.firstSize)
    }
    if let direct {
      isDirect = true
      return ByteBuffer(filling: direct)
    }
    guard let scratch else { return allocator.buffer(capacity: Self.ownSize) }
    guard var buffer = scratch.buffer else { return allocator.buffer(capacity: Scratch.size) }
    scratch.buffer = nil
    buffer.clear()
    return buffer
  }

  /// A read's bytes have been dealt with.
  func giveBack(_ buffer: ByteBuffer) {
    if !isDirect, buffer.capacity >= Scratch.size { scratch?.buffer = buffer }
  }
}

/// The allocator that NIO asks. It always wants another buffer for the next read (`record` says so),
/// and `maxMessagesPerRead` must be 1: with more NIO would keep old buffers and fill them again.
struct ReceiveAllocator: RecvByteBufferAllocator {
  let buffers: ReceiveBuffers
  func buffer(allocator: ByteBufferAllocator) -> ByteBuffer { buffers.next(allocator) }
  mutating func record(actualReadBytes: Int) -> Bool { true }
}
