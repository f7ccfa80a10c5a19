import CPrefetch

/// A fixed run of plain values, with one owner and without reference counts.
///
/// `Array` checks at every change whether it is shared; a workload makes tens of millions. Every
/// access checks its bounds.
struct FlatArray<Element: BitwiseCopyable>: ~Copyable {
  private var storage: UnsafeMutablePointer<Element>
  private(set) var count: Int

  /// `count` times `element`.
  init(repeating element: Element, count: Int) {
    self.count = count
    storage = Self.allocate(count)
    storage.initialize(repeating: element, count: count)
  }

  deinit { storage.deallocate() }

  subscript(index: Int) -> Element {
    @inline(__always)
    get {
      precondition(index >= 0 && index < count, "the index is out of bounds")
      return storage[index]
    }
    @inline(__always)
    _modify {
      precondition(index >= 0 && index < count, "the index is out of bounds")
      yield &storage[index]
    }
  }

  subscript(index: UInt32) -> Element {
    @inline(__always)
    get { self[Int(index)] }
    @inline(__always)
    _modify { yield &self[Int(index)] }
  }

  /// Makes room for `larger` elements, the new ones all `element`.
  mutating func grow(to larger: Int, repeating element: Element) {
    precondition(larger >= count, "growing does not shrink")
    let roomier = Self.allocate(larger)
    roomier.moveInitialize(from: storage, count: count)
    (roomier + count).initialize(repeating: element, count: larger - count)
    storage.deallocate()
    storage = roomier
    count = larger
  }

  /// Asks the processor to bring the element closer; an index beyond the end is ignored.
  @inline(__always)
  func prefetch(_ index: Int) {
    if index >= 0 && index < count { tarn_prefetch(storage + index) }
  }

  /// Elements of a fleet are visited in no order, so large arrays ask for huge pages.
  private static func allocate(_ count: Int) -> UnsafeMutablePointer<Element> {
    let hugePage = 2 << 20
    let bytes = max(count, 1) * MemoryLayout<Element>.stride
    guard bytes >= 2 * hugePage else { return .allocate(capacity: max(count, 1)) }
    let raw = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: hugePage)
    _ = tarn_advise_huge_pages(raw, bytes)
    return raw.bindMemory(to: Element.self, capacity: count)
  }
}
