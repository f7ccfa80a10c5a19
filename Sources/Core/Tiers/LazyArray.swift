internal import CPrefetch

/// A growable array of plain values that costs 16 bytes and no heap until something is put in.
///
/// Elements that were never written read as the filler with which the array grew. It exists beside
/// the standard array because a simulator holds 100,000 logs: no reference count, no header, no
/// exclusivity check, and growth by a half instead of doubling.
struct LazyArray<Element: BitwiseCopyable>: ~Copyable {
  private var storage: UnsafeMutablePointer<Element>?
  private var capacity: UInt32 = 0
  /// Elements that may be read: indices `0 ..< count`.
  private(set) var count: UInt32 = 0

  /// Brings an element closer.
  @inline(__always)
  func prefetch(_ index: UInt32) {
    if let storage, index < count { tarn_prefetch(storage + Int(index)) }
  }

  /// Heap bytes behind it.
  var residentBytes: Int { Int(capacity) * MemoryLayout<Element>.stride }

  /// An empty array without storage.
  init() { storage = nil }

  deinit { storage?.deallocate() }

  /// The element at `index`, which must be below `count`.
  subscript(index: UInt32) -> Element {
    @inline(__always) unsafeAddress {
      guard let storage, index < count else { preconditionFailure("no such element") }
      return UnsafePointer(storage + Int(index))
    }
    @inline(__always) unsafeMutableAddress {
      guard let storage, index < count else { preconditionFailure("no such element") }
      return storage + Int(index)
    }
  }

  /// Makes index `last` readable, filling what is new with `filler`.
  @inline(__always)
  mutating func grow(toInclude last: UInt32, filler: Element) {
    if last >= count { extend(to: last + 1, filler: filler) }
  }

  /// Adds an element at the end.
  mutating func append(_ element: Element) { extend(to: count + 1, filler: element) }

  /// Removes the element at `index`; the last one takes its place.
  mutating func swapRemove(at index: UInt32) {
    self[index] = self[count - 1]
    count -= 1
  }

  private mutating func extend(to wanted: UInt32, filler: Element) {
    if wanted > capacity {
      let grown = max(wanted, capacity + capacity / 2, 8)
      let larger = UnsafeMutablePointer<Element>.allocate(capacity: Int(grown))
      if let storage {
        larger.initialize(from: storage, count: Int(count))
        storage.deallocate()
      }
      storage = larger
      capacity = grown
    }
    if let storage {
      (storage + Int(count)).initialize(repeating: filler, count: Int(wanted - count))
    }
    count = wanted
  }
}
