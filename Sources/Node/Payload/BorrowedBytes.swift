@_spi(CustomByteBufferAllocator) internal import NIOCore

/// Buffers over memory that someone else owns and keeps alive until the buffer is gone, so that NIO
/// reads into a payload's own memory, and writes from it, without a copy.
extension ByteBuffer {
  /// An empty buffer that fills `memory`. It must not be written beyond the end, nor while there are
  /// copies of it.
  init(filling memory: UnsafeMutableRawBufferPointer) {
    self.init(takingOwnershipOf: memory, allocator: .borrowed, readerIndex: 0, writerIndex: 0)
  }

  /// A full buffer, which must not be written.
  init(borrowing memory: UnsafeRawBufferPointer) {
    self.init(
      takingOwnershipOf: UnsafeMutableRawBufferPointer(mutating: memory), allocator: .borrowed,
      readerIndex: 0, writerIndex: memory.count)
  }
}

extension ByteBufferAllocator {
  /// Owns nothing: freeing does nothing, and nothing is ever allocated.
  fileprivate static let borrowed = ByteBufferAllocator(
    allocate: { _ in preconditionFailure("borrowed memory is never copied") },
    reallocate: { _, _, _ in preconditionFailure("borrowed memory does not grow") },
    deallocate: { _ in },
    copy: { target, source, count in target.copyMemory(from: source, byteCount: count) })
}
