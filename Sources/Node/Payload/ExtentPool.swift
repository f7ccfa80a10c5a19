internal import Glibc

/// Blocks of whole pages in reserved address space.
///
/// Each power of two of sizes has a region of its own, far larger than the memory that it may use, so
/// nothing fragments, and pages exist only where a block lies or lay a moment ago. Blocks of a huge
/// page or more that fill their place have regions apart, on huge pages where the kernel gives them
/// (`madvise(2)`, MADV_HUGEPAGE): a device and a socket then find one page where they would look up
/// 512. All others lie on small pages, so that none holds more of them than it needs.
struct ExtentPool: ~Copyable {
  struct Place: Sendable {
    /// Counted from the pool's start; the region follows from it.
    var offset: Int
    /// Whole pages.
    var capacity: Int
  }
  private struct Region {
    /// Bytes of a place in it.
    let placeBytes: Int
    let end: Int
    /// Where nothing was placed yet.
    var frontier: Int
    /// Offsets of places without pages, and of whole ones whose pages exist.
    var cold: [Int] = []
    var warm: [Int] = []
    /// Someone is getting pages for the next blocks.
    var isPreparing = false
  }

  private static let smallestShift = 16
  private static let hugeShift = 21
  /// What the next blocks of one size are to find ready; see `startPreparing`.
  private static let preparedBytes = 8 << 20

  private let reservation: UnsafeMutableRawBufferPointer
  /// Start of the first region.
  private let base: UInt
  private let spareBytes: Int
  private let regionBytes: Int
  /// One a power of two from `smallestShift` on; then those on huge pages, from `hugeShift` on.
  private var regions: [Region] = []
  private let smallRegions: Int
  private var spare = 0
  private var used = 0

  init(
    capacityBytes: Int, largestBlock: Int, spareBytes: Int
  ) throws(PayloadMemoryError) {
    let largestShift = max(Self.hugeShift, Self.shift(of: wholePages(largestBlock)))
    let largest = 1 << largestShift
    let shifts = Array(Self.smallestShift...largestShift) + Array(Self.hugeShift...largestShift)
    // What is in flight comes on top of the capacity; address space is cheap.
    regionBytes = max(2 * capacityBytes + (1 << 30), 4 * largest) & ~(largest - 1)
    smallRegions = largestShift - Self.smallestShift + 1
    self.spareBytes = spareBytes
    reservation = try Self.reserve(regionBytes * shifts.count + largest)
    base = (UInt(bitPattern: reservation.baseAddress) + UInt(largest) - 1) & ~(UInt(largest) - 1)
    for (index, shift) in shifts.enumerated() {
      let start = index * regionBytes
      regions.append(Region(placeBytes: 1 << shift, end: start + regionBytes, frontier: start))
      // A kernel without huge pages refuses, which is no error.
      let isHuge = index >= smallRegions
      madvise(pages(at: start), regionBytes, isHuge ? MADV_HUGEPAGE : MADV_NOHUGEPAGE)
    }
  }

  private static func reserve(
    _ bytes: Int
  ) throws(PayloadMemoryError) -> UnsafeMutableRawBufferPointer {
    let flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE
    guard let address = mmap(nil, bytes, PROT_READ | PROT_WRITE, flags, -1, 0),
      address != MAP_FAILED
    else { throw .noAddressSpace(bytes: bytes, errno: errno) }
    return UnsafeMutableRawBufferPointer(start: address, count: bytes)
  }

  deinit { munmap(reservation.baseAddress, reservation.count) }

  /// Bytes of pages that blocks or spare places hold.
  var residentBytes: Int { used + spare }

  /// Pages for `count` bytes; nil if the block is too large or its region is full.
  mutating func allocate(_ count: Int) -> (address: UInt, place: Place)? {
    let capacity = wholePages(count)
    let index = region(for: capacity)
    guard index < regions.count, let offset = takePlace(index, capacity) else { return nil }
    used += capacity
    return (base + UInt(offset), Place(offset: offset, capacity: capacity))
  }

  /// - Parameter canWrite: The pages may serve another block; else they are given up.
  mutating func free(_ place: Place, canWrite: Bool) {
    let index = place.offset / regionBytes
    used -= place.capacity
    let isWhole = place.capacity == regions[index].placeBytes
    if isWhole, canWrite, spare + place.capacity <= spareBytes {
      spare += place.capacity
      regions[index].warm.append(place.offset)
      return
    }
    madvise(pages(at: place.offset), place.capacity, MADV_DONTNEED)
    regions[index].cold.append(place.offset)
  }

  // MARK: Preparing

  /// The region of blocks of so many bytes, if few places with pages are left there and nobody is
  /// getting more: then the caller has to, until `nextToPrepare` has none.
  mutating func startPreparing(for count: Int) -> Int? {
    let capacity = wholePages(count)
    let index = region(for: capacity)
    guard index < regions.count, capacity == regions[index].placeBytes, !regions[index].isPreparing,
      2 * regions[index].warm.count < preparedPlaces(index), spare + capacity <= spareBytes
    else { return nil }
    regions[index].isPreparing = true
    return index
  }

  private func preparedPlaces(_ index: Int) -> Int {
    min(Self.preparedBytes, spareBytes / 2) / regions[index].placeBytes
  }

  /// A place that is to get its pages; nil if enough have them.
  mutating func nextToPrepare(_ index: Int) -> (address: UInt, place: Place)? {
    let placeBytes = regions[index].placeBytes
    guard regions[index].warm.count < preparedPlaces(index), spare + placeBytes <= spareBytes,
      let offset = takeColdPlace(index)
    else {
      regions[index].isPreparing = false
      return nil
    }
    return (base + UInt(offset), Place(offset: offset, capacity: placeBytes))
  }

  mutating func wasPrepared(_ place: Place) {
    spare += place.capacity
    regions[place.offset / regionBytes].warm.append(place.offset)
  }

  // MARK: Regions

  /// The least power of two, as a shift, that holds `bytes`.
  private static func shift(of bytes: Int) -> Int {
    Int.bitWidth - (bytes - 1).leadingZeroBitCount
  }

  private func region(for capacity: Int) -> Int {
    let shift = max(Self.smallestShift, Self.shift(of: capacity))
    let isHuge = shift >= Self.hugeShift && capacity == 1 << shift
    return isHuge ? smallRegions + shift - Self.hugeShift : smallRegion(shift)
  }

  /// Beyond all regions for blocks that are too large.
  private func smallRegion(_ shift: Int) -> Int {
    let index = shift - Self.smallestShift
    return index < smallRegions ? index : regions.count
  }

  private func pages(at offset: Int) -> UnsafeMutableRawPointer? {
    UnsafeMutableRawPointer(bitPattern: base + UInt(offset))
  }

  private mutating func takePlace(_ index: Int, _ capacity: Int) -> Int? {
    let placeBytes = regions[index].placeBytes
    if capacity == placeBytes, let warm = regions[index].warm.popLast() {
      spare -= placeBytes
      return warm
    }
    return takeColdPlace(index)
  }

  private mutating func takeColdPlace(_ index: Int) -> Int? {
    if let cold = regions[index].cold.popLast() { return cold }
    let (offset, placeBytes) = (regions[index].frontier, regions[index].placeBytes)
    guard offset + placeBytes <= regions[index].end else { return nil }
    regions[index].frontier = offset + placeBytes
    return offset
  }
}
