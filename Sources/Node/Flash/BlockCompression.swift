internal import CLZ4

/// Blocks in lz4's block format (Collet), behind 4 bytes that count the compressed ones,
/// little-endian.
///
/// A block is stored so only if that spares the device at least a page. Its extent on flash keeps
/// its full size: what is saved is transfer, not space.
enum BlockCompression {
  private static let prefixBytes = 4

  /// The stored form, `count` bytes, zero behind them; nil if the block does not shrink by a page.
  static func compress(
    _ block: UnsafeMutableRawBufferPointer
  ) -> (pages: PagedBytes, count: Int)? {
    let page = FlashGeometry.pageBytes
    let limit = (block.count + page - 1) / page * page - page
    guard limit >= page, block.count <= Int(LZ4_MAX_INPUT_SIZE) else { return nil }
    let pages = PagedBytes(limit)
    guard let from = block.baseAddress, let to = pages.bytes.baseAddress else { return nil }
    let count = LZ4_compress_default(
      from.assumingMemoryBound(to: CChar.self),
      (to + prefixBytes).assumingMemoryBound(to: CChar.self),
      CInt(block.count), CInt(limit - prefixBytes))
    // 0: it does not fit. The length as stored tells the two forms apart, so it must be less.
    guard count > 0, Int(count) + prefixBytes < block.count else { return nil }
    to.storeBytes(of: UInt32(count).littleEndian, as: UInt32.self)
    let stored = prefixBytes + Int(count)
    pages.clear(from: stored)
    return (pages, stored)
  }

  /// Bytes of the stored form that starts here; nil if it says more than there are.
  static func storedCount(_ stored: UnsafeMutableRawBufferPointer) -> Int? {
    guard stored.count > prefixBytes else { return nil }
    let count = Int(UInt32(littleEndian: stored.loadUnaligned(as: UInt32.self)))
    return count > 0 && count <= stored.count - prefixBytes ? count + prefixBytes : nil
  }

  /// The block from its stored form; false if that is not a block of this size.
  static func expand(
    _ stored: UnsafeRawBufferPointer, into block: UnsafeMutableRawBufferPointer
  ) -> Bool {
    guard let from = stored.baseAddress, let to = block.baseAddress else { return false }
    let count = LZ4_decompress_safe(
      (from + prefixBytes).assumingMemoryBound(to: CChar.self),
      to.assumingMemoryBound(to: CChar.self),
      CInt(stored.count - prefixBytes), CInt(block.count))
    return Int(count) == block.count
  }
}
