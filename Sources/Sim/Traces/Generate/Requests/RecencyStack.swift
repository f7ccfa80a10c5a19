/// The objects `0 ..< count` in order of their last request, for drawing one by its place.
///
/// Every request takes the next slot, and the object's old slot becomes empty; when all slots are
/// used the objects move together. O(log count) a request, amortised.
struct RecencyStack {
  private var objects: [UInt32]
  private var marks: OrderedMarks
  private var nextSlot: Int
  private let count: Int

  /// The stack of `count` objects; the last is the most recent.
  init(of count: Int) {
    self.count = count
    let capacity = count == 0 ? 0 : max(64, count * 2)
    objects = Array(repeating: 0, count: capacity)
    for object in 0..<count { objects[object] = UInt32(object) }
    marks = OrderedMarks(capacity: capacity)
    marks.refill(count: count)
    nextSlot = count
  }

  /// Asks for the object at `place`, 0 for the most recent: it becomes the most recent itself.
  mutating func touch(at place: Int) -> UInt32 {
    let slot = marks.select(count - 1 - place)
    let object = objects[slot]
    marks.remove(slot)
    if nextSlot == objects.count { moveTogether() }
    objects[nextSlot] = object
    marks.insert(nextSlot)
    nextSlot += 1
    return object
  }

  private mutating func moveTogether() {
    var target = 0
    var slot = marks.next(from: 0)
    while let source = slot {
      objects[target] = objects[source]
      target += 1
      slot = marks.next(from: source + 1)
    }
    marks.refill(count: target)
    nextSlot = target
  }
}
