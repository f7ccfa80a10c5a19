/// A timeline of weights of any size: the weights by position, summed by a Fenwick tree over blocks of
/// 16 positions (see `UnitTimeline`).
///
/// A block enters the tree once it is complete, so an append writes its weight and little else.
struct ByteTimeline: Timeline, ~Copyable {
  static var isSized: Bool { true }
  private static var blockShift: UInt32 { 4 }
  private static var blockSize: Int { 1 << Int(blockShift) }
  private static var smallest: Int { 1 << 12 }

  /// 0 where nothing lies any more.
  private var weights: UnsafeMutablePointer<UInt32>
  /// Weights of complete blocks, as a Fenwick tree over blocks counted from 1.
  private var sums: UnsafeMutablePointer<UInt64>
  private var blockCount: UInt32
  private var end: UInt32 = 0
  private var liveCount = 0
  private var total: UInt64 = 0

  init() { self.init(positions: Self.smallest) }

  private init(positions: Int) {
    precondition(positions <= 1 << 31, "a timeline holds at most 2^30 keys")
    blockCount = UInt32(positions >> Int(Self.blockShift))
    weights = .allocate(capacity: positions)
    weights.initialize(repeating: 0, count: positions)
    sums = .allocate(capacity: Int(blockCount) + 1)
    sums.initialize(repeating: 0, count: Int(blockCount) + 1)
  }

  deinit {
    weights.deallocate()
    sums.deallocate()
  }

  var isFull: Bool { end == blockCount &<< Self.blockShift }

  @inline(__always)
  mutating func append(_ weight: UInt32) -> UInt32 {
    let position = end
    weights[Int(position)] = weight
    end = position &+ 1
    liveCount = liveCount &+ 1
    total = total &+ UInt64(weight)
    if end & UInt32(Self.blockSize &- 1) == 0 {
      let block = position &>> Self.blockShift
      add(sum(block, upTo: Self.blockSize), toBlock: block)
    }
    return position
  }

  @inline(__always)
  mutating func remove(_ position: UInt32) -> UInt64 {
    let block = position &>> Self.blockShift
    let within = Int(position & UInt32(Self.blockSize &- 1))
    var before = sum(block, upTo: within)
    var node = block
    while node > 0 {
      before = before &+ sums[Int(node)]
      node &= node &- 1
    }
    let weight = UInt64(weights[Int(position)])
    weights[Int(position)] = 0
    if block != end &>> Self.blockShift { add(0 &- weight, toBlock: block) }
    liveCount = liveCount &- 1
    total = total &- weight
    return total &- before
  }

  @inline(__always)
  private func sum(_ block: UInt32, upTo count: Int) -> UInt64 {
    let first = weights + Int(block &<< Self.blockShift)
    var sum: UInt64 = 0
    for index in 0..<count { sum = sum &+ UInt64(first[index]) }
    return sum
  }

  /// A negative amount is added as its two's complement.
  @inline(__always)
  private mutating func add(_ amount: UInt64, toBlock block: UInt32) {
    var node = block &+ 1
    while node <= blockCount {
      sums[Int(node)] = sums[Int(node)] &+ amount
      node = node &+ (node & (0 &- node))
    }
  }

  mutating func compact(_ relocate: ((UInt32) -> UInt32) -> Void) {
    let before = UnsafeMutablePointer<UInt32>.allocate(capacity: Int(blockCount))
    defer { before.deallocate() }
    var positions = Int(blockCount) * Self.blockSize
    while positions < liveCount * 4 { positions *= 2 }
    var next = ByteTimeline(positions: positions)
    var moved: UInt32 = 0
    for position in 0..<Int(end) {
      if position % Self.blockSize == 0 { before[position >> Int(Self.blockShift)] = moved }
      if weights[position] == 0 { continue }
      _ = next.append(weights[position])
      moved += 1
    }
    let old = weights
    relocate { position in
      let block = Int(position >> Self.blockShift)
      var place = before[block]
      for index in block * Self.blockSize..<Int(position) where old[index] != 0 { place += 1 }
      return place
    }
    self = next
  }
}
