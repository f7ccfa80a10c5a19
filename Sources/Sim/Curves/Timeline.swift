/// The LRU stack lying on its side: every key at the time of its last request, the oldest first.
///
/// How deep a key lies in the stack is how much lies behind it here. Positions are handed out in
/// order and never again, so a timeline fills up and is then compacted: what is live moves to the
/// front in the same order. At a compaction at most half is live, so it costs a constant a request.
protocol Timeline: ~Copyable {
  /// A timeline that is never asked for sizes may take them all as 1.
  static var isSized: Bool { get }
  init()
  /// Nothing can be appended before the next compaction.
  var isFull: Bool { get }
  /// Puts a weight of 1 or more behind all others; returns its position.
  mutating func append(_ weight: UInt32) -> UInt32
  /// Takes away what lies at `position`; returns the sum of the weights behind it.
  mutating func remove(_ position: UInt32) -> UInt64
  /// Moves what is live to the front; `relocate` is given a function from old positions to new.
  mutating func compact(_ relocate: ((UInt32) -> UInt32) -> Void)
}
