/// A timeline of equal weights: a bit for each position, and the dead ones counted.
///
/// Every position was live once, so the live ones before a position are those before it less the
/// dead. The dead are summed by a binary indexed tree (Fenwick, "A new data structure for cumulative
/// frequency tables", Software: Practice and Experience 24, 1994) over blocks of 256 positions, so an
/// append writes a single bit. For a million keys bits and tree take 768 KiB and stay in cache.
struct UnitTimeline: Timeline, ~Copyable {
  static var isSized: Bool { false }
  private static var blockShift: UInt32 { 8 }
  private static var wordsPerBlock: Int { 1 << (Int(blockShift) - 6) }
  private static var smallest: Int { 1 << 12 }

  private var live: UnsafeMutablePointer<UInt64>
  /// Dead positions, as a Fenwick tree over blocks counted from 1.
  private var dead: UnsafeMutablePointer<UInt32>
  private var blockCount: UInt32
  private var end: UInt32 = 0
  private var liveCount: UInt32 = 0

  init() { self.init(positions: Self.smallest) }

  private init(positions: Int) {
    precondition(positions <= 1 << 31, "a timeline holds at most 2^30 keys")
    blockCount = UInt32(positions >> Int(Self.blockShift))
    live = .allocate(capacity: positions / 64)
    live.initialize(repeating: 0, count: positions / 64)
    dead = .allocate(capacity: Int(blockCount) + 1)
    dead.initialize(repeating: 0, count: Int(blockCount) + 1)
  }

  deinit {
    live.deallocate()
    dead.deallocate()
  }

  var isFull: Bool { end == blockCount &<< Self.blockShift }

  @inline(__always)
  mutating func append(_ weight: UInt32) -> UInt32 {
    let position = end
    live[Int(position &>> 6)] |= 1 &<< UInt64(position & 63)
    end = position &+ 1
    liveCount = liveCount &+ 1
    return position
  }

  @inline(__always)
  mutating func remove(_ position: UInt32) -> UInt64 {
    let block = position &>> Self.blockShift
    var before = block &<< Self.blockShift
    var node = block
    while node > 0 {
      before = before &- dead[Int(node)]
      node &= node &- 1
    }
    let word = Int(position &>> 6)
    for index in Int(block) &* Self.wordsPerBlock..<word {
      before = before &+ UInt32(truncatingIfNeeded: live[index].nonzeroBitCount)
    }
    let bit: UInt64 = 1 &<< UInt64(position & 63)
    before = before &+ UInt32(truncatingIfNeeded: (live[word] & (bit &- 1)).nonzeroBitCount)
    live[word] &= ~bit
    node = block &+ 1
    while node <= blockCount {
      dead[Int(node)] = dead[Int(node)] &+ 1
      node = node &+ (node & (0 &- node))
    }
    liveCount = liveCount &- 1
    return UInt64(liveCount &- before)
  }

  mutating func compact(_ relocate: ((UInt32) -> UInt32) -> Void) {
    let words = Int(blockCount) * Self.wordsPerBlock
    let before = UnsafeMutablePointer<UInt32>.allocate(capacity: words)
    defer { before.deallocate() }
    var sum: UInt32 = 0
    for word in 0..<words {
      before[word] = sum
      sum += UInt32(live[word].nonzeroBitCount)
    }
    let bits = live
    relocate { position in
      let below = bits[Int(position >> 6)] & ((1 << UInt64(position & 63)) - 1)
      return before[Int(position >> 6)] + UInt32(below.nonzeroBitCount)
    }
    var positions = words * 64
    while positions < Int(liveCount) * 4 { positions *= 2 }
    var next = UnitTimeline(positions: positions)
    for _ in 0..<liveCount { _ = next.append(1) }
    self = next
  }
}
