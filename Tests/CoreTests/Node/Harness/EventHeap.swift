import TarnCore

/// Something that will happen to the cell.
struct HarnessEvent {
  enum Kind {
    case wake(node: Int, life: UInt16)
    case message(index: Int)
    case flash(node: Int, life: UInt16, OperationID)
    case origin(node: Int, life: UInt16, OperationID)
    case view(node: Int, version: Int)
    case call(index: Int)
  }
  var time: Instant
  var sequence: UInt64
  var kind: Kind
}

/// A binary heap of events by time, then by order of scheduling.
struct EventHeap {
  private var events: [HarnessEvent] = []
  private var sequence: UInt64 = 0

  var nextTime: Instant { events.first?.time ?? .never }

  mutating func push(_ kind: HarnessEvent.Kind, at time: Instant) {
    events.append(HarnessEvent(time: time, sequence: sequence, kind: kind))
    sequence += 1
    var child = events.count - 1
    while child > 0, isEarlier(child, (child - 1) / 2) {
      events.swapAt(child, (child - 1) / 2)
      child = (child - 1) / 2
    }
  }

  mutating func pop() -> HarnessEvent? {
    guard let first = events.first else { return nil }
    let last = events.removeLast()
    guard !events.isEmpty else { return first }
    events[0] = last
    var parent = 0
    while true {
      var child = 2 * parent + 1
      guard child < events.count else { return first }
      if child + 1 < events.count, isEarlier(child + 1, child) { child += 1 }
      guard isEarlier(child, parent) else { return first }
      events.swapAt(child, parent)
      parent = child
    }
  }

  private func isEarlier(_ left: Int, _ right: Int) -> Bool {
    let (a, b) = (events[left], events[right])
    return a.time < b.time || (a.time == b.time && a.sequence < b.sequence)
  }
}
