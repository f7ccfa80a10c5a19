@testable import TarnCore

/// S3-FIFO with a ghost share of 90 %, or without ghosts.
struct NaiveS3FIFO: NaiveModel {
  var small: [ModelBlock] = []
  var main: [ModelBlock] = []
  var ghosts: [ModelBlock] = []
  var promised: [UInt64] = []
  var hits: [UInt64: Int] = [:]
  var filling = true
  let smallShare: UInt64
  let mainShare: UInt64
  let ghostShare: UInt64

  init(capacity: UInt64) { self.init(capacity: capacity, ghostShare: capacity * 9 / 10) }
  init(capacity: UInt64, ghostShare: UInt64) {
    smallShare = max(1, capacity / 10)
    mainShare = capacity - min(smallShare, capacity)
    self.ghostShare = ghostShare
  }

  mutating func prepare(_ block: ModelBlock) {
    if ghosts.take(block.id) != nil { promised.append(block.id) }
  }
  mutating func insert(_ block: ModelBlock) {
    if let position = promised.firstIndex(of: block.id) {
      promised.remove(at: position)
      main.append(block)
    } else if filling && small.bytes >= smallShare {
      main.append(block)
    } else {
      small.append(block)
    }
  }
  mutating func insertCold(_ block: ModelBlock) {
    if takesFromSmall { small.insert(block, at: 0) } else { main.insert(block, at: 0) }
  }
  mutating func hit(_ id: UInt64) { hits[id] = min(3, hits[id, default: 0] + 1) }
  var takesFromSmall: Bool { !small.isEmpty && (main.bytes <= mainShare || main.isEmpty) }
  mutating func evict() -> UInt64? {
    filling = false
    while takesFromSmall {
      while !small.isEmpty {
        let block = small.removeFirst()
        if hits.removeValue(forKey: block.id) ?? 0 >= 2 {
          main.append(block)
        } else {
          ghosts.append(block)
          ghosts.trim(to: ghostShare)
          return block.id
        }
      }
    }
    while !main.isEmpty {
      let block = main.removeFirst()
      guard let count = hits[block.id], count > 0 else { return block.id }
      hits[block.id] = count - 1
      main.append(block)
    }
    return nil
  }
  mutating func remove(_ id: UInt64) {
    hits.removeValue(forKey: id)
    if small.take(id) == nil { _ = main.take(id) }
  }
}

/// W-TinyLFU over the real sketch, whose estimates are tested on their own.
final class NaiveWTinyLFU: NaiveModel {
  var window: [ModelBlock] = []
  var probation: [ModelBlock] = []
  var protected: [ModelBlock] = []
  var cold: Set<UInt64> = []
  var winner: UInt64?
  var sketch = DoorkeptSketch()
  var arriving: UInt64 = 0
  let capacity: UInt64
  let windowShare: UInt64
  let mainShare: UInt64
  let protectedShare: UInt64

  init(capacity: UInt64) {
    self.capacity = capacity
    windowShare = capacity / 100
    mainShare = capacity - windowShare
    protectedShare = mainShare * 6 / 10
  }

  func hash(_ id: UInt64) -> UInt64 { numberedKey(id).sketchHash }

  func prepare(_ block: ModelBlock) {
    let all = window + probation + protected
    sketch.reserve(all.count + 1)
    sketch.count(hash(block.id), weight: 4)
    let isLarge = block.bytes > windowShare && all.bytes + block.bytes > capacity
    if isLarge, !all.isEmpty, block.bytes > 2 * all.bytes / UInt64(all.count) { return }
    arriving = block.bytes
  }
  func insert(_ block: ModelBlock) {
    arriving = 0
    window.append(block)
    while window.count > 1, window.bytes > windowShare,
      probation.bytes + protected.bytes + window[0].bytes <= mainShare
    {
      enterMain()
    }
  }
  /// The window's oldest goes to probation while that has room, then to protected while that has.
  func enterMain() {
    winner = nil
    let block = window.removeFirst()
    let fits = probation.bytes + block.bytes <= mainShare - protectedShare
    if !fits && protected.bytes + block.bytes <= protectedShare {
      protected.append(block)
    } else {
      probation.append(block)
    }
  }
  func insertCold(_ block: ModelBlock) {
    cold.insert(block.id)
    probation.insert(block, at: 0)
  }
  func hit(_ id: UInt64) {
    if winner == id { winner = nil }
    if let block = window.take(id) { return window.append(block) }
    cold.remove(id)
    sketch.reserve(1)
    sketch.count(hash(id), weight: 2)
    if let block = protected.take(id) {
      protected.append(block)
    } else if let block = probation.take(id) {
      protected.append(block)
      while protected.bytes > protectedShare, protected.count > 1 {
        probation.append(protected.removeFirst())
      }
    }
  }
  func evict() -> UInt64? {
    if let overdue = probation.first,
      probation.bytes - overdue.bytes > mainShare - protectedShare
    {
      remove(overdue.id)
      return overdue.id
    }
    guard let victim = probation.first ?? protected.first else {
      winner = nil
      return window.isEmpty ? nil : window.removeFirst().id
    }
    if let candidate = window.first, window.bytes + arriving > windowShare {
      if winner != candidate.id && !wins(candidate, over: victim) {
        winner = nil
        return window.removeFirst().id
      }
      winner = candidate.id
      remove(victim.id)
      if probation.bytes + protected.bytes + candidate.bytes <= mainShare { enterMain() }
      return victim.id
    }
    remove(victim.id)
    return victim.id
  }
  func wins(_ candidate: ModelBlock, over victim: ModelBlock) -> Bool {
    if candidate.bytes > mainShare { return false }
    if cold.contains(victim.id) { return true }
    let lead = sketch.estimate(hash(candidate.id)) - sketch.estimate(hash(victim.id))
    return lead > 1 || (lead >= 0 && candidate.bytes < victim.bytes)
  }
  func remove(_ id: UInt64) {
    if winner == id { winner = nil }
    cold.remove(id)
    window.removeAll { $0.id == id }
    probation.removeAll { $0.id == id }
    protected.removeAll { $0.id == id }
  }
}

/// ARC with the four lists of the paper and its real-valued p, whose step is the greatest common
/// divisor of the lengths.
struct NaiveARC: NaiveModel {
  var t1: [ModelBlock] = []
  var t2: [ModelBlock] = []
  var b1: [ModelBlock] = []
  var b2: [ModelBlock] = []
  var p = 0.0
  var page: UInt64 = 0
  var promised: [UInt64] = []
  var arriving: UInt64 = 0
  var isRemembered = false
  var fromB2 = false
  let c: UInt64

  init(capacity: UInt64) { c = capacity }

  mutating func prepare(_ block: ModelBlock) {
    let (bytes1, bytes2) = (Double(b1.bytes), Double(b2.bytes))
    page = (1...block.bytes).last { block.bytes % $0 == 0 && page % $0 == 0 } ?? 1
    (arriving, isRemembered, fromB2) = (block.bytes, true, false)
    if b1.take(block.id) != nil {
      p = min(Double(c), p + Double(page) * max(1, bytes2 / bytes1))
    } else if b2.take(block.id) != nil {
      p = max(0, p - Double(page) * max(1, bytes1 / bytes2))
      fromB2 = true
    } else {
      isRemembered = false
    }
    if isRemembered { promised.append(block.id) }
  }
  mutating func insert(_ block: ModelBlock) {
    if let position = promised.firstIndex(of: block.id) {
      promised.remove(at: position)
      t2.append(block)
    } else {
      t1.append(block)
    }
    (arriving, isRemembered, fromB2) = (0, false, false)
  }
  mutating func insertCold(_ block: ModelBlock) {
    if takesFromT1 || t2.isEmpty { t1.insert(block, at: 0) } else { t2.insert(block, at: 0) }
  }
  mutating func hit(_ id: UInt64) {
    if let block = t1.take(id) ?? t2.take(id) { t2.append(block) }
  }
  var takesFromT1: Bool {
    !t1.isEmpty && (Double(t1.bytes) > p || (fromB2 && Double(t1.bytes) == p))
  }
  mutating func evict() -> UInt64? {
    if !isRemembered {
      if t1.bytes + b1.bytes + arriving > c {
        if b1.isEmpty && !t1.isEmpty { return t1.removeFirst().id }
        if !b1.isEmpty { b1.removeFirst() }
      } else if t1.bytes + t2.bytes + b1.bytes + b2.bytes >= 2 * c, !b2.isEmpty {
        b2.removeFirst()
      }
    }
    if takesFromT1 || (t2.isEmpty && !t1.isEmpty) {
      b1.append(t1.removeFirst())
      return b1.last?.id
    }
    guard !t2.isEmpty else { return nil }
    b2.append(t2.removeFirst())
    return b2.last?.id
  }
  mutating func remove(_ id: UInt64) { if t1.take(id) == nil { _ = t2.take(id) } }
}
