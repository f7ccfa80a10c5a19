@testable import TarnCore

/// A policy written from its paper over plain arrays: index 0 is the next victim's end.
protocol NaiveModel {
  init(capacity: UInt64)
  mutating func prepare(_ block: Block)
  mutating func insert(_ block: Block)
  mutating func insertCold(_ block: Block)
  mutating func hit(_ id: UInt64)
  mutating func evict() -> UInt64?
  mutating func remove(_ id: UInt64)
}

/// A block by number and bytes.
struct Block: Equatable {
  var id: UInt64
  var bytes: UInt64
}

extension [Block] {
  var bytes: UInt64 { reduce(0) { $0 + $1.bytes } }

  func position(of id: UInt64) -> Int? { firstIndex { $0.id == id } }

  mutating func take(_ id: UInt64) -> Block? { position(of: id).map { remove(at: $0) } }

  mutating func trim(to limit: UInt64) {
    while bytes > limit { removeFirst() }
  }
}

struct NaiveLRU: NaiveModel {
  var queue: [Block] = []
  init(capacity: UInt64) {}
  mutating func prepare(_ block: Block) {}
  mutating func insert(_ block: Block) { queue.append(block) }
  mutating func insertCold(_ block: Block) { queue.insert(block, at: 0) }
  mutating func hit(_ id: UInt64) { if let block = queue.take(id) { queue.append(block) } }
  mutating func evict() -> UInt64? { queue.isEmpty ? nil : queue.removeFirst().id }
  mutating func remove(_ id: UInt64) { _ = queue.take(id) }
}

struct NaiveFIFO: NaiveModel {
  var queue: [Block] = []
  init(capacity: UInt64) {}
  mutating func prepare(_ block: Block) {}
  mutating func insert(_ block: Block) { queue.append(block) }
  mutating func insertCold(_ block: Block) { queue.insert(block, at: 0) }
  mutating func hit(_ id: UInt64) {}
  mutating func evict() -> UInt64? { queue.isEmpty ? nil : queue.removeFirst().id }
  mutating func remove(_ id: UInt64) { _ = queue.take(id) }
}

struct NaiveCLOCK: NaiveModel {
  var ring: [Block] = []
  var referenced: Set<UInt64> = []
  init(capacity: UInt64) {}
  mutating func prepare(_ block: Block) {}
  mutating func insert(_ block: Block) { ring.append(block) }
  mutating func insertCold(_ block: Block) { ring.insert(block, at: 0) }
  mutating func hit(_ id: UInt64) { referenced.insert(id) }
  mutating func evict() -> UInt64? {
    while let first = ring.first {
      ring.removeFirst()
      if referenced.remove(first.id) == nil { return first.id }
      ring.append(first)
    }
    return nil
  }
  mutating func remove(_ id: UInt64) {
    _ = ring.take(id)
    referenced.remove(id)
  }
}

/// The hand is a position: it stands before `queue[hand]`, the next block to look at.
struct NaiveSIEVE: NaiveModel {
  var queue: [Block] = []
  var visited: Set<UInt64> = []
  var hand = 0
  init(capacity: UInt64) {}
  mutating func prepare(_ block: Block) {}
  mutating func insert(_ block: Block) {
    // A hand that has passed the newest block starts again at the oldest, not at the newcomer.
    if hand >= queue.count { hand = 0 }
    queue.append(block)
  }
  mutating func insertCold(_ block: Block) {
    if hand >= queue.count { hand = 0 }
    queue.insert(block, at: hand)
  }
  mutating func hit(_ id: UInt64) { visited.insert(id) }
  mutating func evict() -> UInt64? {
    if queue.isEmpty { return nil }
    while true {
      if hand >= queue.count { hand = 0 }
      if visited.remove(queue[hand].id) == nil { return queue.remove(at: hand).id }
      hand += 1
    }
  }
  mutating func remove(_ id: UInt64) {
    guard let position = queue.position(of: id) else { return }
    if hand >= queue.count { hand = 0 }
    queue.remove(at: position)
    if position < hand { hand -= 1 }
    visited.remove(id)
  }
}
