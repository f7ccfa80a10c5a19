internal import Glibc

/// Blocks of up to 32 KiB as chunks of slabs, each slab of one size class.
///
/// Four classes a doubling (64, 80, 96, 112, 128, 160, ...), so at most a fifth of a chunk is idle
/// (Bonwick, "The slab allocator", USENIX Summer 1994, with jemalloc's spacing). A slab whose chunks
/// are all free gives its pages back to the kernel, but for a few that wait for the next block.
struct SlabPool: ~Copyable {
  static let slabBytes = 256 << 10
  /// Empty slabs whose pages stay.
  static let spareSlabs = 16
  private static let none = UInt32.max

  private struct Slab {
    var chunkBytes: UInt32 = 0
    var live: UInt32 = 0
    /// Chunks that were never used start here.
    var frontier: UInt32 = 0
    /// First of the freed chunks; each names the next in its first four bytes.
    var firstFree: UInt32 = .max
    var previous: UInt32 = .max
    var next: UInt32 = .max
  }

  private let base: UInt
  private let slabLimit: UInt32
  private var slabs: [Slab] = []
  /// First slab of each class that has a free chunk.
  private var partial: [UInt32]
  /// Empty slabs without pages, and with.
  private var cold: [UInt32] = []
  private var warm: [UInt32] = []

  init(capacityBytes: Int) throws(PayloadMemoryError) {
    let bytes = (2 * capacityBytes + (1 << 30)) / Self.slabBytes * Self.slabBytes
    let flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE
    guard let address = mmap(nil, bytes, PROT_READ | PROT_WRITE, flags, -1, 0),
      address != MAP_FAILED
    else { throw .noAddressSpace(bytes: bytes, errno: errno) }
    self.init(base: UInt(bitPattern: address), slabLimit: UInt32(bytes / Self.slabBytes))
  }

  private init(base: UInt, slabLimit: UInt32) {
    self.base = base
    self.slabLimit = slabLimit
    let classes = Self.sizeClass(PayloadMemory.largestChunk).index + 1
    partial = Array(repeating: Self.none, count: classes)
  }

  deinit {
    munmap(UnsafeMutableRawPointer(bitPattern: base), Int(slabLimit) * Self.slabBytes)
  }

  /// Bytes of slabs that hold chunks or are kept for the next ones.
  var residentBytes: Int { (slabs.count - cold.count) * Self.slabBytes }

  /// The class of blocks of `count` bytes, and the bytes of its chunks.
  static func sizeClass(_ count: Int) -> (index: Int, chunkBytes: Int) {
    if count <= 64 { return (0, 64) }
    let last = count - 1
    let shift = Int.bitWidth - 1 - last.leadingZeroBitCount - 2
    let steps = last >> shift
    return ((shift - 4) * 4 + (steps & 3) + 1, (steps + 1) << shift)
  }

  /// A chunk for `count` bytes; nil if there is no slab left.
  mutating func allocate(_ count: Int) -> (address: UInt, bytes: Int)? {
    let (index, chunkBytes) = Self.sizeClass(count)
    if partial[index] == Self.none {
      guard let slab = openSlab(chunkBytes) else { return nil }
      link(slab, index)
    }
    let slab = partial[index]
    let chunk = takeChunk(of: slab)
    if isFull(slab) { unlink(slab, index) }
    return (address(of: slab) + UInt(chunk) * UInt(chunkBytes), chunkBytes)
  }

  mutating func free(_ address: UInt) {
    let slab = UInt32((address - base) / UInt(Self.slabBytes))
    let chunkBytes = slabs[Int(slab)].chunkBytes
    let index = Self.sizeClass(Int(chunkBytes)).index
    let wasFull = isFull(slab)
    let chunk = UInt32((address - self.address(of: slab)) / UInt(chunkBytes))
    link(of: address).pointee = slabs[Int(slab)].firstFree
    slabs[Int(slab)].firstFree = chunk
    slabs[Int(slab)].live -= 1
    if wasFull { link(slab, index) }
    if slabs[Int(slab)].live == 0 {
      unlink(slab, index)
      retire(slab)
    }
  }

  // MARK: Chunks

  private func address(of slab: UInt32) -> UInt { base + UInt(slab) * UInt(Self.slabBytes) }

  private func link(of chunk: UInt) -> UnsafeMutablePointer<UInt32> {
    guard let link = UnsafeMutablePointer<UInt32>(bitPattern: chunk) else {
      preconditionFailure("a chunk has an address")
    }
    return link
  }

  private mutating func takeChunk(of slab: UInt32) -> UInt32 {
    let state = slabs[Int(slab)]
    slabs[Int(slab)].live += 1
    if state.firstFree != Self.none {
      let chunk = address(of: slab) + UInt(state.firstFree) * UInt(state.chunkBytes)
      slabs[Int(slab)].firstFree = link(of: chunk).pointee
      return state.firstFree
    }
    slabs[Int(slab)].frontier += 1
    return state.frontier
  }

  private func isFull(_ slab: UInt32) -> Bool {
    slabs[Int(slab)].live == UInt32(Self.slabBytes) / slabs[Int(slab)].chunkBytes
  }

  // MARK: Slabs

  private mutating func openSlab(_ chunkBytes: Int) -> UInt32? {
    let slab: UInt32
    if let empty = warm.popLast() ?? cold.popLast() {
      slab = empty
    } else {
      guard slabs.count < slabLimit else { return nil }
      slab = UInt32(slabs.count)
      slabs.append(Slab())
    }
    slabs[Int(slab)] = Slab(chunkBytes: UInt32(chunkBytes))
    return slab
  }

  private mutating func retire(_ slab: UInt32) {
    if warm.count < Self.spareSlabs { return warm.append(slab) }
    madvise(UnsafeMutableRawPointer(bitPattern: address(of: slab)), Self.slabBytes, MADV_DONTNEED)
    cold.append(slab)
  }

  private mutating func link(_ slab: UInt32, _ index: Int) {
    slabs[Int(slab)].previous = Self.none
    slabs[Int(slab)].next = partial[index]
    if partial[index] != Self.none { slabs[Int(partial[index])].previous = slab }
    partial[index] = slab
  }

  private mutating func unlink(_ slab: UInt32, _ index: Int) {
    let (previous, next) = (slabs[Int(slab)].previous, slabs[Int(slab)].next)
    if previous == Self.none {
      partial[index] = next
    } else {
      slabs[Int(previous)].next = next
    }
    if next != Self.none { slabs[Int(next)].previous = previous }
  }
}
