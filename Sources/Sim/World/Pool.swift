import CPrefetch

/// A growable slab of plain values with a free list: what is under way is put in and taken out by
/// number, and a steady run allocates nothing.
struct Pool<Element: BitwiseCopyable>: ~Copyable {
  private var elements: UnsafeMutablePointer<Element>
  private var free: UnsafeMutablePointer<UInt32>
  private var capacity: Int
  private var freeCount = 0
  private var used = 0

  init(capacity: Int = 1024) {
    self.capacity = capacity
    elements = .allocate(capacity: capacity)
    free = .allocate(capacity: capacity)
  }

  deinit {
    elements.deallocate()
    free.deallocate()
  }

  /// Elements in the pool.
  var count: Int { used - freeCount }

  /// Stores `element` and returns its number.
  mutating func put(_ element: Element) -> UInt32 {
    if freeCount > 0 {
      freeCount -= 1
      let index = free[freeCount]
      elements[Int(index)] = element
      return index
    }
    if used == capacity { grow() }
    (elements + used).initialize(to: element)
    used += 1
    return UInt32(used - 1)
  }

  /// Takes the element out; its number may be given to another.
  mutating func take(_ index: UInt32) -> Element {
    free[freeCount] = index
    freeCount += 1
    return elements[Int(index)]
  }

  /// Brings an element closer.
  @inline(__always)
  func prefetch(_ index: UInt32) { tarn_prefetch(elements + Int(index)) }

  /// The element, left where it is.
  subscript(index: UInt32) -> Element { elements[Int(index)] }

  private mutating func grow() {
    let larger = UnsafeMutablePointer<Element>.allocate(capacity: capacity * 2)
    larger.moveInitialize(from: elements, count: used)
    elements.deallocate()
    elements = larger
    let moreFree = UnsafeMutablePointer<UInt32>.allocate(capacity: capacity * 2)
    moreFree.moveInitialize(from: free, count: freeCount)
    free.deallocate()
    free = moreFree
    capacity *= 2
  }
}
