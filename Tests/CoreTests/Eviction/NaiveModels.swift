@testable import TarnCore

/// A policy written from its paper over plain arrays: index 0 is the next victim's end.
protocol NaiveModel {
  init(capacity: UInt64)
  mutating func prepare(_ block: ModelBlock)
  mutating func insert(_ block: ModelBlock)
  mutating func insertCold(_ block: ModelBlock)
  mutating func hit(_ id: UInt64)
  mutating func evict() -> UInt64?
  mutating func remove(_ id: UInt64)
}

/// A block by number and bytes.
struct ModelBlock: Equatable {
  var id: UInt64
  var bytes: UInt64
}

extension [ModelBlock] {
  var bytes: UInt64 { reduce(0) { $0 + $1.bytes } }

  func position(of id: UInt64) -> Int? { firstIndex { $0.id == id } }

  mutating func take(_ id: UInt64) -> ModelBlock? { position(of: id).map { remove(at: $0) } }

  mutating func trim(to limit: UInt64) {
    while bytes > limit { removeFirst() }
  }
}

struct NaiveLRU: NaiveModel {
  var queue: [ModelBlock] = []
  init(capacity: UInt64) {}
  mutating func prepare(_ block: ModelBlock) {}
  mutating func insert(_ block: ModelBlock) { queue.append(block) }
  mutating func insertCold(_ block: ModelBlock) { queue.insert(block, at: 0) }
  mutating func hit(_ id: UInt64) { if let block = queue.take(id) { queue.append(block) } }
  mutating func evict() -> UInt64? { queue.isEmpty ? nil : queue.removeFirst().id }
  mutating func remove(_ id: UInt64) { _ = queue.take(id) }
}

struct NaiveFIFO: NaiveModel {
  var queue: [ModelBlock] = []
  init(capacity: UInt64) {}
  mutating func prepare(_ block: ModelBlock) {}
  mutating func insert(_ block: ModelBlock) { queue.append(block) }
  mutating func insertCold(_ block: ModelBlock) { queue.insert(block, at: 0) }
  mutating func hit(_ id: UInt64) {}
  mutating func evict() -> UInt64? { queue.isEmpty ? nil : queue.removeFirst().id }
  mutating func remove(_ id: UInt64) { _ = queue.take(id) }
}

struct NaiveCLOCK: NaiveModel {
  var ring: [ModelBlock] = []
  var referenced: Set<UInt64> = []
  init(capacity: UInt64) {}
  mutating func prepare(_ block: ModelBlock) {}
  mutating func insert(_ block: ModelBlock) { ring.append(block) }
  mutating func insertCold(_ block: ModelBlock) { ring.insert(block, at: 0) }
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
  var queue: [ModelBlock] = []
  var visited: Set<UInt64> = []
  var hand = 0
  init(capacity: UInt64) {}
  mutating func prepare(_ block: ModelBlock) {}
  mutating func insert(_ block: ModelBlock) {
    // A hand that has passed the newest block starts again at the oldest, not at the newcomer.
    if hand >= queue.count { hand = 0 }
    queue.append(block)
  }
  mutating func insertCold(_ block: ModelBlock) {
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
