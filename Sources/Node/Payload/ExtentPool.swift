internal import CKernel
internal import Glibc

/// Blocks of whole pages in a file in memory.
///
/// The file is sparse and far larger than the memory that it may use: each power of two of sizes has
/// a region of its own, so nothing fragments, and a page exists only while a block lies on it. Pages
/// that a socket may still refer to are never written again: they go back to the kernel, which keeps
/// them for the socket and gives new ones (`fallocate(2)`, FALLOC_FL_PUNCH_HOLE).
struct ExtentPool: ~Copyable {
  struct Place: Sendable {
    /// Where in the file; the region follows from it.
    var offset: Int
    /// Whole pages.
    var capacity: Int
  }
  private struct Region {
    /// Bytes of a place in it.
    let placeBytes: Int
    let start: Int
    let end: Int
    /// Where nothing was placed yet.
    var frontier: Int
    /// Offsets of places without pages, and of whole ones whose pages exist.
    var cold: [Int] = []
    var warm: [Int] = []
  }

  private let file: CInt
  private let base: UInt
  private let mappedBytes: Int
  private let spareBytes: Int
  private let regionShift: Int
  private let regionBytes: Int
  private var regions: [Region]
  private var spare = 0
  private var used = 0

  init(
    capacityBytes: Int, largestBlock: Int, spareBytes: Int
  ) throws(PayloadMemoryError) {
    let smallestShift = 16
    let largestShift = max(
      smallestShift, Int.bitWidth - (wholePages(largestBlock) - 1).leadingZeroBitCount)
    // What is in flight comes on top of the capacity; address space is cheap.
    let regionBytes =
      max(2 * capacityBytes + (1 << 30), 4 << largestShift) & ~((1 << largestShift) - 1)
    let mapped = regionBytes * (largestShift - smallestShift + 1)
    let file = tarn_memfd("tarn-payload")
    guard file >= 0, ftruncate(file, mapped) == 0 else { throw .noFile(errno: errno) }
    guard
      let address = mmap(nil, mapped, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, file, 0),
      address != MAP_FAILED
    else {
      let code = errno
      close(file)
      throw .noAddressSpace(bytes: mapped, errno: code)
    }
    // Taken where the kernel's shmem_enabled says "advise"; refused elsewhere, which is no error.
    if capacityBytes >= 256 << 20 { madvise(address, mapped, MADV_HUGEPAGE) }
    let regions = (smallestShift...largestShift).enumerated().map { index, shift in
      Region(
        placeBytes: 1 << shift, start: index * regionBytes, end: (index + 1) * regionBytes,
        frontier: index * regionBytes)
    }
    self.init(
      file: file, base: UInt(bitPattern: address), mappedBytes: mapped, spareBytes: spareBytes,
      regionShift: smallestShift, regionBytes: regionBytes, regions: regions)
  }

  private init(
    file: CInt, base: UInt, mappedBytes: Int, spareBytes: Int, regionShift: Int, regionBytes: Int,
    regions: [Region]
  ) {
    self.file = file
    self.base = base
    self.mappedBytes = mappedBytes
    self.spareBytes = spareBytes
    self.regionShift = regionShift
    self.regionBytes = regionBytes
    self.regions = regions
  }

  deinit {
    munmap(UnsafeMutableRawPointer(bitPattern: base), mappedBytes)
    close(file)
  }

  /// Bytes of pages that blocks or spare places hold.
  var residentBytes: Int { used + spare }

  /// Pages for `count` bytes; nil if the block is too large or its region is full.
  mutating func allocate(_ count: Int) -> (file: CInt, address: UInt, place: Place)? {
    let capacity = wholePages(count)
    let index = max(0, Int.bitWidth - (capacity - 1).leadingZeroBitCount - regionShift)
    guard index < regions.count, let offset = takePlace(index, capacity) else { return nil }
    used += capacity
    return (file, base + UInt(offset), Place(offset: offset, capacity: capacity))
  }

  private mutating func takePlace(_ index: Int, _ capacity: Int) -> Int? {
    let placeBytes = regions[index].placeBytes
    if capacity == placeBytes, let warm = regions[index].warm.popLast() {
      spare -= placeBytes
      return warm
    }
    if let cold = regions[index].cold.popLast() { return cold }
    let offset = regions[index].frontier
    guard offset + placeBytes <= regions[index].end else { return nil }
    regions[index].frontier = offset + placeBytes
    return offset
  }

  mutating func free(_ place: Place, wasSentByFile: Bool) {
    let index = place.offset / regionBytes
    used -= place.capacity
    let isWhole = place.capacity == regions[index].placeBytes
    if isWhole, !wasSentByFile, spare + place.capacity <= spareBytes {
      spare += place.capacity
      regions[index].warm.append(place.offset)
      return
    }
    let isGone = tarn_punch_hole(file, Int64(place.offset), Int64(place.capacity)) == 0
    precondition(isGone, "pages of a file in memory can be given back")
    regions[index].cold.append(place.offset)
  }
}
