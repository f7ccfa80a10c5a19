/// The readers that said what they will read next, and how far ahead each has been served.
///
/// At most eight streams a node, allocated with the first hint.
struct PrefetchStreams: ~Copyable {
  static let limit = 8

  private struct Stream {
    var hint: PrefetchHint
    /// The order of the epoch; nil for sequential.
    var order: EpochOrder?
    /// Next position to fetch.
    var next: UInt64
    /// Reads that named the stream so far.
    var consumed: UInt64
    /// Blocks fetched ahead so far.
    var issued: UInt64
  }
  private var streams: UnsafeMutablePointer<Stream?>?

  init() {}

  deinit { streams?.deallocate() }

  var residentBytes: Int {
    streams == nil ? 0 : PrefetchStreams.limit * MemoryLayout<Stream?>.stride
  }

  /// Starts, replaces or (with a window of 0) ends a stream. A number beyond the limit is ignored:
  /// hints may be dropped.
  mutating func set(_ hint: PrefetchHint) {
    guard Int(hint.stream) < PrefetchStreams.limit else { return }
    let streams = allocated()
    guard hint.window > 0, hint.count > 0 else {
      streams[Int(hint.stream)] = nil
      return
    }
    streams[Int(hint.stream)] = Stream(
      hint: hint, order: hint.seed == 0 ? nil : EpochOrder(seed: hint.seed, count: hint.count),
      next: UInt64(hint.position), consumed: 0, issued: 0)
  }

  /// A read named the stream: its window moves on.
  mutating func consumed(_ stream: UInt8) {
    guard let streams, Int(stream) < PrefetchStreams.limit else { return }
    streams[Int(stream)]?.consumed += 1
  }

  /// The next block to fetch ahead for the stream, if its window has room.
  mutating func next(_ stream: UInt8) -> (key: BlockKey, hint: PrefetchHint)? {
    guard let streams, Int(stream) < PrefetchStreams.limit, var current = streams[Int(stream)],
      current.issued < current.consumed + UInt64(current.hint.window),
      current.next < UInt64(current.hint.count)
    else { return nil }
    let position = UInt32(current.next)
    let index = current.order.map { $0[position] } ?? position
    current.next += UInt64(max(1, current.hint.stride))
    current.issued += 1
    streams[Int(stream)] = current
    let key = current.hint.object.block(index: index, blockBytes: current.hint.length)
    return (key, current.hint)
  }

  private mutating func allocated() -> UnsafeMutablePointer<Stream?> {
    if let streams { return streams }
    let fresh = UnsafeMutablePointer<Stream?>.allocate(capacity: PrefetchStreams.limit)
    fresh.initialize(repeating: nil, count: PrefetchStreams.limit)
    streams = fresh
    return fresh
  }
}
