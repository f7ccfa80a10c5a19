/// A block of plain values whose number never changes: no reference counting, no uniqueness checks.
///
/// The models keep a row for each node, rack and link in such blocks.
/// Element types must not be private: Swift 6.3.1 emits a broken module for one in a `~Copyable` type
/// that another file holds.
struct FixedArray<Element: BitwiseCopyable>: ~Copyable {
  private let base: UnsafeMutablePointer<Element>
  let count: Int

  /// `count` copies of `element`.
  init(repeating element: Element, count: Int) {
    self.count = count
    base = .allocate(capacity: max(count, 1))
    base.initialize(repeating: element, count: count)
  }

  /// The elements of `array`.
  init(_ array: [Element]) {
    count = array.count
    base = .allocate(capacity: max(count, 1))
    for (index, element) in array.enumerated() { (base + index).initialize(to: element) }
  }

  deinit { base.deallocate() }

  @inline(__always)
  subscript(index: Int) -> Element {
    get {
      precondition(index >= 0 && index < count, "the row lies outside the model's table")
      return base[index]
    }
    set {
      precondition(index >= 0 && index < count, "the row lies outside the model's table")
      base[index] = newValue
    }
  }
}
