/// Objects, numbered from 0, in order of their last request: the LRU stack. Place 0 is the most
/// recent. Some of them can be marked, and the marked ones be counted off by place too.
///
/// Every request takes the next slot, and the object's old slot becomes empty; when all slots are
/// used the objects move together. O(log count) a request, amortised.
struct RecencyStack {
  /// By slot.
  private var objects: [UInt32] = []
  /// By object.
  private var slots: [UInt32] = []
  private var used: OrderedMarks
  private var marked: OrderedMarks
  private var nextSlot = 0

  /// The stack of `count` objects; the last is the most recent.
  init(of count: Int) {
    slots = (0..<count).map { UInt32($0) }
    let capacity = max(64, count * 2)
    objects = slots + Array(repeating: 0, count: capacity - count)
    used = OrderedMarks(capacity: capacity)
    marked = OrderedMarks(capacity: capacity)
    used.refill(count: count)
    nextSlot = count
  }

  /// Objects.
  var count: Int { slots.count }
  /// Marked objects.
  var markedCount: Int { marked.count }

  /// The object at `place`.
  func object(at place: Int) -> Int { Int(objects[used.select(count - 1 - place)]) }

  /// Objects asked for since `object` was.
  func place(of object: Int) -> Int { count - 1 - used.rank(of: Int(slots[object])) }

  /// Puts a new object on top, and returns its number: the count so far.
  @discardableResult
  mutating func push() -> Int {
    if nextSlot == objects.count { moveTogether() }
    let object = slots.count
    slots.append(UInt32(nextSlot))
    objects[nextSlot] = UInt32(object)
    used.insert(nextSlot)
    nextSlot += 1
    return object
  }

  /// Asks for `object` again: it becomes the most recent.
  mutating func touch(_ object: Int) {
    if nextSlot == objects.count { moveTogether() }
    let slot = Int(slots[object])
    used.remove(slot)
    used.insert(nextSlot)
    if marked.contains(slot) {
      marked.remove(slot)
      marked.insert(nextSlot)
    }
    objects[nextSlot] = UInt32(object)
    slots[object] = UInt32(nextSlot)
    nextSlot += 1
  }

  /// Asks for the object at `place`, and returns it.
  mutating func touch(at place: Int) -> Int {
    let object = object(at: place)
    touch(object)
    return object
  }

  /// Marks `object`, or takes its mark away.
  mutating func mark(_ object: Int, _ isMarked: Bool) {
    let slot = Int(slots[object])
    guard marked.contains(slot) != isMarked else { return }
    if isMarked { marked.insert(slot) } else { marked.remove(slot) }
  }

  /// The marked objects at `places`, as ranks among the marked, oldest first.
  func markedRanks(in places: Range<Int>) -> Range<Int> {
    let newest = used.select(count - 1 - places.lowerBound)
    let oldest = used.select(count - places.upperBound)
    let end = marked.rank(of: newest) + (marked.contains(newest) ? 1 : 0)
    return marked.rank(of: oldest)..<end
  }

  /// The marked objects of these ranks, appended to `found`.
  func appendMarked(_ ranks: Range<Int>, to found: inout [UInt32]) {
    guard var slot = ranks.isEmpty ? nil : marked.select(ranks.lowerBound) else { return }
    for rank in ranks {
      found.append(objects[slot])
      guard rank + 1 < ranks.upperBound, let next = marked.next(from: slot + 1) else { return }
      slot = next
    }
  }

  /// Closes the gaps, and makes room for as many requests as there are objects.
  private mutating func moveTogether() {
    let marks = slots.map { marked.contains(Int($0)) }
    var target = 0
    var slot = used.next(from: 0)
    while let source = slot {
      let object = objects[source]
      objects[target] = object
      slots[Int(object)] = UInt32(target)
      target += 1
      slot = used.next(from: source + 1)
    }
    if target > objects.count / 2 {
      objects += Array(repeating: 0, count: objects.count)
      used = OrderedMarks(capacity: objects.count)
      marked = OrderedMarks(capacity: objects.count)
    }
    used.refill(count: target)
    marked.refill(count: target) { marks[Int(objects[$0])] }
    nextSlot = target
  }
}
