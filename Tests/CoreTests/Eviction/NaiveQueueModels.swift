@testable import TarnCore

/// 2Q with A1in, A1out and Am as arrays.
struct NaiveTwoQ: NaiveModel {
  var newcomers: [ModelBlock] = []
  var frequent: [ModelBlock] = []
  var ghosts: [ModelBlock] = []
  var promised: [UInt64] = []
  let newcomerShare: UInt64
  let ghostShare: UInt64

  init(capacity: UInt64) { (newcomerShare, ghostShare) = (capacity / 4, capacity / 2) }

  mutating func prepare(_ block: ModelBlock) {
    let isRemembered = ghosts.take(block.id) != nil
    if isRemembered && block.bytes <= newcomerShare { promised.append(block.id) }
  }
  mutating func insert(_ block: ModelBlock) {
    if let position = promised.firstIndex(of: block.id) {
      promised.remove(at: position)
      frequent.append(block)
    } else {
      newcomers.append(block)
    }
  }
  mutating func insertCold(_ block: ModelBlock) {
    if takesNewcomer { newcomers.insert(block, at: 0) } else { frequent.insert(block, at: 0) }
  }
  mutating func hit(_ id: UInt64) { if let block = frequent.take(id) { frequent.append(block) } }
  var takesNewcomer: Bool {
    !newcomers.isEmpty && (newcomers.bytes > newcomerShare || frequent.isEmpty)
  }
  mutating func evict() -> UInt64? {
    guard takesNewcomer else { return frequent.isEmpty ? nil : frequent.removeFirst().id }
    let victim = newcomers.removeFirst()
    while !ghosts.isEmpty && ghosts.bytes + victim.bytes > ghostShare { ghosts.removeFirst() }
    if victim.bytes <= ghostShare { ghosts.append(victim) }
    return victim.id
  }
  mutating func remove(_ id: UInt64) { if newcomers.take(id) == nil { _ = frequent.take(id) } }
}

/// LFU: the smallest count leaves, of equal ones the one that got its count first.
struct NaiveLFU: NaiveModel {
  /// In order of the last change of their count.
  var blocks: [ModelBlock] = []
  var counts: [UInt64: Int] = [:]

  init(capacity: UInt64) {}

  mutating func prepare(_ block: ModelBlock) {}
  mutating func insert(_ block: ModelBlock) {
    blocks.append(block)
    counts[block.id] = 1
  }
  mutating func insertCold(_ block: ModelBlock) {
    blocks.insert(block, at: 0)
    counts[block.id] = 0
  }
  mutating func hit(_ id: UInt64) {
    counts[id, default: 0] += 1
    if let block = blocks.take(id) { blocks.append(block) }
  }
  mutating func evict() -> UInt64? {
    let least = blocks.map { counts[$0.id] ?? 0 }.min()
    guard let victim = blocks.first(where: { counts[$0.id] == least }) else { return nil }
    remove(victim.id)
    return victim.id
  }
  mutating func remove(_ id: UInt64) {
    _ = blocks.take(id)
    counts[id] = nil
  }
}

/// GDSF: the smallest L + count / bytes leaves, of equal ones the one touched longest ago.
struct NaiveGDSF: NaiveModel {
  /// In order of the last touch.
  var blocks: [ModelBlock] = []
  var counts: [UInt64: Double] = [:]
  var priorities: [UInt64: Double] = [:]
  var inflation = 0.0
  var arrivingInflation: Double?

  init(capacity: UInt64) {}

  mutating func prepare(_ block: ModelBlock) { arrivingInflation = inflation }
  mutating func insert(_ block: ModelBlock) {
    blocks.append(block)
    counts[block.id] = 1
    priorities[block.id] = (arrivingInflation ?? inflation) + 1e6 / Double(block.bytes)
    arrivingInflation = nil
  }
  mutating func insertCold(_ block: ModelBlock) {
    blocks.append(block)
    counts[block.id] = 0
    priorities[block.id] = -.infinity
  }
  mutating func hit(_ id: UInt64) {
    guard let block = blocks.take(id) else { return }
    blocks.append(block)
    counts[id, default: 0] += 1
    priorities[id] = inflation + (counts[id] ?? 0) * 1e6 / Double(block.bytes)
  }
  mutating func evict() -> UInt64? {
    let least = blocks.compactMap { priorities[$0.id] }.min()
    guard let least, let victim = blocks.first(where: { priorities[$0.id] == least }) else {
      return nil
    }
    inflation = max(inflation, least)
    remove(victim.id)
    return victim.id
  }
  mutating func remove(_ id: UInt64) {
    _ = blocks.take(id)
    counts[id] = nil
    priorities[id] = nil
  }
}

/// LIRS with S and Q as arrays; the last of `stack` is its top.
struct NaiveLIRS: NaiveModel {
  enum Kind { case staying, resident, ghost }
  struct Element {
    var block: ModelBlock
    var kind: Kind
  }

  var stack: [Element] = []
  var queue: [ModelBlock] = []
  /// Ghosts in the order in which they left.
  var ghosts: [ModelBlock] = []
  var promised: [UInt64] = []
  let capacity: UInt64
  let stayingShare: UInt64
  let trialShare: UInt64

  init(capacity: UInt64) {
    self.capacity = capacity
    trialShare = max(1, capacity / 100)
    stayingShare = capacity - trialShare
  }

  var stayingBytes: UInt64 { stack.filter { $0.kind == .staying }.map(\.block).bytes }

  mutating func prepare(_ block: ModelBlock) {
    guard ghosts.take(block.id) != nil else { return }
    stack.removeAll { $0.block.id == block.id }
    if block.bytes <= trialShare { promised.append(block.id) }
  }
  mutating func insert(_ block: ModelBlock) {
    if let position = promised.firstIndex(of: block.id) {
      promised.remove(at: position)
      keep(block)
    } else if stayingBytes + block.bytes <= stayingShare {
      keep(block)
    } else {
      putOnTrial(block)
    }
  }
  mutating func insertCold(_ block: ModelBlock) { queue.insert(block, at: 0) }
  mutating func hit(_ id: UInt64) {
    if let place = stack.firstIndex(where: { $0.block.id == id && $0.kind == .staying }) {
      stack.append(stack.remove(at: place))
      return prune()
    }
    guard let block = queue.take(id) else { return }
    if let place = stack.firstIndex(where: { $0.block.id == id }) {
      stack.remove(at: place)
      keep(block)
    } else {
      putOnTrial(block)
    }
  }
  mutating func evict() -> UInt64? {
    if queue.isEmpty { demote() }
    guard !queue.isEmpty else { return nil }
    let victim = queue.removeFirst()
    if stack.contains(where: { $0.block.id == victim.id }) {
      while !ghosts.isEmpty && ghosts.bytes + victim.bytes > capacity {
        let forgotten = ghosts.removeFirst()
        stack.removeAll { $0.block.id == forgotten.id }
      }
      for index in stack.indices where stack[index].block.id == victim.id {
        stack[index].kind = .ghost
      }
      ghosts.append(victim)
    }
    return victim.id
  }
  mutating func remove(_ id: UInt64) {
    _ = queue.take(id)
    stack.removeAll { $0.block.id == id }
    prune()
  }

  private mutating func keep(_ block: ModelBlock) {
    stack.append(Element(block: block, kind: .staying))
    while stayingBytes > stayingShare { demote() }
  }
  private mutating func putOnTrial(_ block: ModelBlock) {
    queue.append(block)
    stack.append(Element(block: block, kind: .resident))
    prune()
  }
  private mutating func demote() {
    prune()
    guard let bottom = stack.first else { return }
    stack.removeFirst()
    queue.append(bottom.block)
    prune()
  }
  private mutating func prune() {
    while let bottom = stack.first, bottom.kind != .staying {
      stack.removeFirst()
      if bottom.kind == .ghost { _ = ghosts.take(bottom.block.id) }
    }
  }
}
