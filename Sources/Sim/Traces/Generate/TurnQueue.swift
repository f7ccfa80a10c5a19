/// A session's next turn, with what the turn before it left.
struct Turn {
  /// When it comes, from the start of the warm-up.
  var seconds: Double
  /// The chain of the last prompt.
  var chain: [UInt64]
  /// Blocks of the chain that belong to the system prompt.
  var systemBlocks: Int
  /// Tokens of the last prompt.
  var inputTokens = 0
  /// The last prompt's number in the session, from 1.
  var number: Int
  /// Whether another turn follows.
  var goesOn: Bool
}

/// Turns by time, the earlier inserted first among equals: a binary heap.
struct TurnQueue {
  private struct Entry {
    var seconds: Double
    var order: UInt64
    var turn: Turn
    func precedes(_ other: Entry) -> Bool {
      seconds == other.seconds ? order < other.order : seconds < other.seconds
    }
  }

  private var heap: [Entry] = []
  private var inserted: UInt64 = 0

  /// When the first turn comes; nil if there is none.
  var earliestTime: Double? { heap.first?.seconds }

  mutating func insert(_ turn: Turn) {
    heap.append(Entry(seconds: turn.seconds, order: inserted, turn: turn))
    inserted += 1
    var child = heap.count - 1
    while child > 0 {
      let parent = (child - 1) / 2
      guard heap[child].precedes(heap[parent]) else { break }
      heap.swapAt(child, parent)
      child = parent
    }
  }

  /// Takes the first turn out; there must be one.
  mutating func removeEarliest() -> Turn {
    precondition(!heap.isEmpty, "a turn is waiting")
    heap.swapAt(0, heap.count - 1)
    let first = heap.removeLast().turn
    var parent = 0
    while true {
      var least = parent
      for child in (2 * parent + 1)..<(2 * parent + 3)
      where child < heap.count && heap[child].precedes(heap[least]) {
        least = child
      }
      if least == parent { return first }
      heap.swapAt(least, parent)
      parent = least
    }
  }
}
