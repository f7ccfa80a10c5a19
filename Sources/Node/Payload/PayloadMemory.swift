internal import Dispatch
internal import Glibc
internal import Synchronization

/// The memory in which one shard keeps payload bytes.
///
/// Blocks above 32 KiB are extents of whole pages; smaller ones are chunks of slabs. Both live in
/// reserved address space whose pages exist only while bytes lie there: the resident size follows
/// what is allocated, plus at most `spareBytes` of extents and `SlabPool.spareSlabs` slabs that are
/// kept for the next block, plus what partly empty slabs hold.
///
/// The kernel clears pages before it hands them out, which for a large block takes as long as a read of
/// flash. So a thread of its own gets a few ahead, and event loops seldom wait for it.
///
/// Payloads are freed by whichever thread drops the last reference, so one lock guards the pools.
public final class PayloadMemory: Sendable {
  /// The largest block that is a chunk of a slab.
  public static let largestChunk = 32 << 10
  /// Bytes of freed extents that stay resident for the next blocks.
  public static let spareBytes = 64 << 20

  private struct Pools: ~Copyable {
    var extents: ExtentPool
    var slabs: SlabPool
  }
  private let pools: Mutex<Pools>
  private let preparesPages: Bool
  /// One for all shards: the kernel's work is the same whoever asks.
  private static let preparer = DispatchQueue(label: "tarn.pages")

  /// Where a payload lies.
  enum Place: Sendable {
    case extent(ExtentPool.Place)
    case chunk(address: UInt)
    /// Allocated singly because the reserved address space was full.
    case single(address: UInt)
  }

  /// Memory for about `capacityBytes` of payload in blocks of at most `largestBlock` bytes.
  ///
  /// Throws if the kernel refuses the address space.
  ///
  /// - Parameter preparesPages: Get pages for the next blocks ahead, within `spareBytes`.
  public init(
    capacityBytes: UInt64, largestBlock: Int, preparesPages: Bool = false
  ) throws(PayloadMemoryError) {
    self.preparesPages = preparesPages
    let capacity = Int(capacityBytes)
    let extents = try ExtentPool(
      capacityBytes: capacity, largestBlock: largestBlock,
      spareBytes: min(Self.spareBytes, capacity / 16))
    let slabs = try SlabPool(capacityBytes: capacity)
    pools = Mutex(Pools(extents: extents, slabs: slabs))
  }

  /// Memory for a block of `count` bytes, not cleared.
  public func allocate(_ count: Int) -> Payload {
    precondition(count > 0, "a block has at least one byte")
    return count <= Self.largestChunk ? chunk(count) : extent(count)
  }

  private func chunk(_ count: Int) -> Payload {
    guard let chunk = pools.withLock({ $0.slabs.allocate(count) }) else { return single(count) }
    let bytes = UnsafeMutableRawBufferPointer(
      start: UnsafeMutableRawPointer(bitPattern: chunk.address), count: count)
    return Payload(
      bytes: bytes, capacity: chunk.bytes, place: .chunk(address: chunk.address), memory: self)
  }

  private func extent(_ count: Int) -> Payload {
    let (extent, short) = pools.withLock { pools in
      let extent = pools.extents.allocate(count)
      return (extent, preparesPages ? pools.extents.startPreparing(for: count) : nil)
    }
    if let short { preparePages(short) }
    guard let extent else { return single(count) }
    let bytes = UnsafeMutableRawBufferPointer(
      start: UnsafeMutableRawPointer(bitPattern: extent.address), count: count)
    return Payload(
      bytes: bytes, capacity: extent.place.capacity, place: .extent(extent.place), memory: self)
  }

  private func preparePages(_ region: Int) {
    Self.preparer.async { [self] in
      while let (address, place) = pools.withLock({ $0.extents.nextToPrepare(region) }) {
        // A kernel that can't gives the pages when they are first written.
        madvise(
          UnsafeMutableRawPointer(bitPattern: address), place.capacity, MADV_POPULATE_WRITE)
        pools.withLock { $0.extents.wasPrepared(place) }
      }
    }
  }

  private func single(_ count: Int) -> Payload {
    let capacity = wholePages(count)
    let base = UnsafeMutableRawPointer.allocate(byteCount: capacity, alignment: pageBytes)
    return Payload(
      bytes: UnsafeMutableRawBufferPointer(start: base, count: count), capacity: capacity,
      place: .single(address: UInt(bitPattern: base)), memory: self)
  }

  /// - Parameter canWrite: The pages may serve another block; else they are given up.
  func free(_ place: Place, canWrite: Bool) {
    switch place {
    case .extent(let place): pools.withLock { $0.extents.free(place, canWrite: canWrite) }
    case .chunk(let address): pools.withLock { $0.slabs.free(address) }
    case .single(let address): UnsafeMutableRawPointer(bitPattern: address)?.deallocate()
    }
  }

  /// Bytes of pages that hold payloads or are kept for the next ones.
  public var residentBytes: Int {
    pools.withLock { $0.extents.residentBytes + $0.slabs.residentBytes }
  }
}

/// The kernel gave no memory for payloads.
public enum PayloadMemoryError: Error, Equatable, CustomStringConvertible {
  case noAddressSpace(bytes: Int, errno: CInt)

  public var description: String {
    switch self {
    case .noAddressSpace(let bytes, let code):
      "no \(bytes) bytes of address space for the memory tier: \(String(cString: strerror(code))); "
        + "raise the limit of virtual memory (ulimit -v) or make cache.memory.capacity smaller"
    }
  }
}

let pageBytes = 4096

/// `count` rounded up to whole pages.
func wholePages(_ count: Int) -> Int { (count + pageBytes - 1) & ~(pageBytes - 1) }
