internal import CPrefetch

/// Who took which block lately, so that a block which many want is given by all who took it.
///
/// A block's owner gives `limit` copies within a window; whoever comes after is sent to one that
/// took the block before, sent-on takers included, drawn by hash of the key and the taker's number:
///
/// - At first from all takers: a random recursive tree, in which n takers are served in about log(n)
///   rounds, and nobody gives more than about log(n) copies.
/// - Once there are more takers than a row remembers, from the older half of those: each gives about
///   one copy, when it most likely has the block.
///
/// Drawn, not in turn: readers that follow each other through an object would all follow the same
/// neighbour, so that some links queued while others were idle. In the long run everyone gives each
/// block about as often as it takes it, once. The tree is that of application-level multicast, the
/// even spread that of Kraken's and Dragonfly's swarms, with the owner for a tracker.
///
/// Sets of four rows, 8 rows at first; a set that is full of rows in use doubles them, up to 1,024.
/// 144 bytes a row; allocated with the first copy given. O(1), amortised.
struct FanOut: ~Copyable {
  /// Takers of a block that are remembered.
  static let takerLimit = 60
  /// A row is forgotten when its block was not asked for in so many windows.
  static let windowsKept: UInt64 = 16

  /// What tells a row from others of its set: four of them fill a line of the processor's cache.
  private struct Label: BitwiseCopyable {
    /// 0 for a row that is not used.
    var tag: UInt64 = 0
    var windowStart = Instant.zero
  }
  private struct Row: BitwiseCopyable {
    /// Copies that this node itself gave within the window.
    var given: UInt32 = 0
    /// Takers so far; taker n lies at n modulo `takerLimit`.
    var takers: UInt32 = 0
    var peers: InlineArray<60, NodeID> = InlineArray(repeating: .none)
  }

  private static let ways = 4
  private static let mostSetBits: UInt64 = 8
  private var labels: UnsafeMutablePointer<Label>?
  private var rows: UnsafeMutablePointer<Row>?
  private var setBits: UInt64 = 1

  init() {}

  deinit {
    labels?.deallocate()
    rows?.deallocate()
  }

  private var rowCount: Int { FanOut.ways << Int(setBits) }

  var residentBytes: Int {
    rows == nil ? 0 : rowCount * (MemoryLayout<Label>.stride + MemoryLayout<Row>.stride)
  }

  /// Brings the labels of `key` closer.
  @inline(__always)
  func prefetch(_ key: BlockKey) {
    if let labels { tarn_prefetch(labels + firstRow(of: FanOut.tag(of: key))) }
  }

  // MARK: Takers

  /// Who `peer` should be sent to instead; nil if this node should give the block itself.
  ///
  /// - Parameters:
  ///   - limit: copies that this node gives within `window`.
  ///   - isWell: whether a taker may be named.
  mutating func target(
    of key: BlockKey, for peer: NodeID, at now: Instant, window: Nanoseconds, limit: UInt8,
    where isWell: (NodeID) -> Bool
  ) -> NodeID? {
    guard let rows, let row = find(key, at: now, window: window),
      rows[row].given >= UInt32(limit)
    else { return nil }
    let number = rows[row].takers
    let all = UInt32(FanOut.takerLimit)
    let first =
      number < all
      ? FanOut.draw(key, number, below: max(1, number))
      : number - all + FanOut.draw(key, number, below: all / 2)
    // The next ones take the place of a taker that can't be named.
    for candidate in first..<min(first + 4, number) {
      let target = rows[row].peers[Int(candidate) % FanOut.takerLimit]
      if target != .none, target != peer, isWell(target) { return target }
    }
    return nil
  }

  private static func draw(_ key: BlockKey, _ number: UInt32, below limit: UInt32) -> UInt32 {
    UInt32(mix64(key.low &+ UInt64(number)).multipliedFullWidth(by: UInt64(limit)).high)
  }

  /// Notes that `peer` takes the block: from this node, or, `sentOn`, from the peer that it was sent
  /// to.
  mutating func took(
    _ key: BlockKey, by peer: NodeID, sentOn: Bool, at now: Instant, window: Nanoseconds
  ) {
    let row = find(key, at: now, window: window) ?? insert(key, at: now, window: window)
    guard let rows else { return }
    rows[row].peers[Int(rows[row].takers) % FanOut.takerLimit] = peer
    rows[row].takers += 1
    if !sentOn { rows[row].given += 1 }
  }

  /// Forgets all takers of a block.
  mutating func forget(_ key: BlockKey) {
    guard let labels, let row = index(of: FanOut.tag(of: key)) else { return }
    labels[row] = Label()
  }

  /// Forgets a taker that did not have what it was named for.
  mutating func forget(_ key: BlockKey, by peer: NodeID) {
    guard let rows, let row = index(of: FanOut.tag(of: key)) else { return }
    for place in 0..<FanOut.takerLimit where rows[row].peers[place] == peer {
      rows[row].peers[place] = .none
    }
  }

  // MARK: Rows

  private static func tag(of key: BlockKey) -> UInt64 { key.low == 0 ? .max : key.low }

  private func firstRow(of tag: UInt64) -> Int {
    let hash = tag &* 0x9E37_79B9_7F4A_7C15
    return FanOut.ways * Int(truncatingIfNeeded: hash >> (64 - setBits))
  }

  private func index(of tag: UInt64) -> Int? {
    guard let labels else { return nil }
    let first = firstRow(of: tag)
    for row in first..<first + FanOut.ways where labels[row].tag == tag { return row }
    return nil
  }

  /// The row of `key`, its window begun anew if it is over; nil if it has none.
  private mutating func find(_ key: BlockKey, at now: Instant, window: Nanoseconds) -> Int? {
    guard let labels, let rows, let row = index(of: FanOut.tag(of: key)) else { return nil }
    let age = now - labels[row].windowStart
    if age > window {
      labels[row].windowStart = now
      rows[row].given = 0
      // Who took it that long ago may have lost it since.
      if age / FanOut.windowsKept > window { rows[row] = Row() }
    }
    return row
  }

  /// A fresh row for `key`, in place of the one of its set that was begun longest ago.
  private mutating func insert(_ key: BlockKey, at now: Instant, window: Nanoseconds) -> Int {
    if labels == nil { allocate() }
    let tag = FanOut.tag(of: key)
    while true {
      let row = oldest(from: firstRow(of: tag))
      guard let labels, let rows else { preconditionFailure("rows are allocated before use") }
      let isFree = labels[row].tag == 0 || now - labels[row].windowStart > window
      guard isFree || setBits == FanOut.mostSetBits else {
        grow()
        continue
      }
      labels[row] = Label(tag: tag, windowStart: now)
      rows[row] = Row()
      return row
    }
  }

  private func oldest(from first: Int) -> Int {
    guard let labels else { return first }
    var oldest = first
    for row in first..<first + FanOut.ways {
      if labels[row].tag == 0 { return row }
      if labels[row].windowStart < labels[oldest].windowStart { oldest = row }
    }
    return oldest
  }

  private mutating func allocate() {
    let freshLabels = UnsafeMutablePointer<Label>.allocate(capacity: rowCount)
    freshLabels.initialize(repeating: Label(), count: rowCount)
    let freshRows = UnsafeMutablePointer<Row>.allocate(capacity: rowCount)
    freshRows.initialize(repeating: Row(), count: rowCount)
    labels = freshLabels
    rows = freshRows
  }

  /// Twice as many sets; a set's rows go to two of them, so that all find room.
  private mutating func grow() {
    guard let oldLabels = labels, let oldRows = rows else { return }
    let oldCount = rowCount
    setBits += 1
    allocate()
    guard let labels, let rows else { return }
    for old in 0..<oldCount where oldLabels[old].tag != 0 {
      let row = oldest(from: firstRow(of: oldLabels[old].tag))
      labels[row] = oldLabels[old]
      rows[row] = oldRows[old]
    }
    oldLabels.deallocate()
    oldRows.deallocate()
  }
}
