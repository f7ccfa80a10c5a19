import TarnCore

/// A reader's open object, from the open to the last block.
struct ObjectOpen: Sendable {
  var object: UInt32 = 0
  /// The reader's node, by its number in the workload.
  var node: UInt32 = 0
  /// Grows when the place is given to another: answers to earlier ones are stale.
  var generation: UInt16 = 0
  var isUsed = false
  /// Whether it still waits to know which version to read.
  var isAsking = false
  /// Whether the version that it had before turned out to be replaced.
  var isAgain = false
  var startedAt = Instant.zero
  /// The version of the handle: all of its blocks are of this one.
  var version: UInt32 = 0
  var identity = ObjectIdentity(high: 0, low: 0)
  /// The next block to ask for, and those that came.
  var next: UInt32 = 0
  var arrived: UInt32 = 0
  /// When each block was asked for; `Instant.never` once it came.
  var askedAt: [Instant] = []
}

/// A question about an object that a node has asked.
struct ObjectQuestion: Sendable {
  /// Who waits for an answer.
  enum Waiter: Sendable {
    case open(UInt32, generation: UInt16)
    /// Another node's question, which asked this node as the home of the name.
    case question(UInt32, generation: UInt16)
  }
  var object: UInt32 = 0
  var node: UInt32 = 0
  var generation: UInt16 = 0
  var isUsed = false
  /// When it was sent: what its answer is worth.
  var askedAt = Instant.zero
  /// Whether the origin was asked, and not only the name's home in the cell.
  var asksOrigin = false
  /// Who is served by it, and who came too late for it.
  var waiting: [Waiter] = []
  var next: [Waiter] = []
  /// The answer that is under way.
  var answer: UInt32?
}

/// Records by number, which are given again to others.
struct ObjectSlots<Record: Sendable>: Sendable {
  private(set) var records: [Record] = []
  private var free: [UInt32] = []

  /// Takes a number; `make` makes a record where there is none yet.
  mutating func take(_ make: @autoclosure () -> Record) -> UInt32 {
    if let number = free.popLast() { return number }
    records.append(make())
    return UInt32(records.count - 1)
  }

  mutating func give(_ number: UInt32) { free.append(number) }

  subscript(number: UInt32) -> Record {
    get { records[Int(number)] }
    _modify { yield &records[Int(number)] }
  }
}
