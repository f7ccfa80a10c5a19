import CPrefetch

/// Equal pieces of memory, cut from slabs and recycled last in, first out, so that the piece handed
/// out next is the one most likely still in the processor's cache.
///
/// Slabs go back to the system only with the pool itself: it holds what its busiest moment needed.
struct ChunkPool: ~Copyable {
  /// Bytes in a chunk; chunks are aligned to cache lines.
  let chunkBytes: Int
  private var firstFree: UnsafeMutableRawPointer?
  private var fresh: UnsafeMutableRawPointer?
  private var freshChunks = 0
  private var slabs: [UnsafeMutableRawPointer] = []
  /// Chunks that are out.
  private(set) var chunksInUse = 0
  /// Chunks that were ever cut from a slab: the most that were out at one time.
  private(set) var chunksCut = 0

  private static var smallSlabBytes: Int { 64 << 10 }
  private static var largeSlabBytes: Int { 2 << 20 }

  init(chunkBytes: Int) {
    precondition(chunkBytes >= 64 && chunkBytes.isMultiple(of: 64), "chunks are whole cache lines")
    self.chunkBytes = chunkBytes
  }

  deinit {
    for slab in slabs { slab.deallocate() }
  }

  /// A chunk with undefined contents.
  mutating func take() -> UnsafeMutableRawPointer {
    chunksInUse &+= 1
    if let chunk = firstFree {
      firstFree = chunk.load(as: UnsafeMutableRawPointer?.self)
      return chunk
    }
    return cut()
  }

  /// Returns a chunk that `take` handed out.
  mutating func give(_ chunk: UnsafeMutableRawPointer) {
    chunk.storeBytes(of: firstFree, as: UnsafeMutableRawPointer?.self)
    firstFree = chunk
    chunksInUse &-= 1
  }

  @inline(never)
  private mutating func cut() -> UnsafeMutableRawPointer {
    chunksCut += 1
    if freshChunks > 0, let chunk = fresh {
      freshChunks -= 1
      fresh = chunk + chunkBytes
      return chunk
    }
    // The first slabs are small, so that a simulation of one node stays small; then each is a huge
    // page, because a chain of chunks visits memory in no order that a TLB likes.
    let isLarge = slabs.count >= 4
    let bytes = max(isLarge ? Self.largeSlabBytes : Self.smallSlabBytes, chunkBytes)
    let slab = UnsafeMutableRawPointer.allocate(
      byteCount: bytes, alignment: isLarge ? Self.largeSlabBytes : 64)
    if isLarge { _ = tarn_advise_huge_pages(slab, bytes) }
    slabs.append(slab)
    fresh = slab + chunkBytes
    freshChunks = bytes / chunkBytes - 1
    return slab
  }
}
