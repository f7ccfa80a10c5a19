internal import Glibc

/// Memory of whole pages that starts at a page, as direct I/O wants it.
final class PagedBytes: @unchecked Sendable {
  let bytes: UnsafeMutableRawBufferPointer

  /// `count` bytes, a multiple of 4096, not cleared.
  init(_ count: Int) {
    precondition(count > 0 && count.isMultiple(of: FlashGeometry.pageBytes), "whole pages")
    bytes = .allocate(byteCount: count, alignment: FlashGeometry.pageBytes)
  }

  deinit { bytes.deallocate() }

  /// Sets all from `start` on to zero.
  func clear(from start: Int = 0) {
    guard start < bytes.count, let base = bytes.baseAddress else { return }
    memset(base + start, 0, bytes.count - start)
  }
}
