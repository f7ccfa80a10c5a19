/// Cuts a stream of bytes into frames. Keeps only what a read has left of a frame that is not whole.
struct FrameAssembler: ~Copyable {
  private var partial: UnsafeMutableRawBufferPointer?
  private var filled = 0
  /// The longest frame that may come now.
  var limit = FrameHeader.longestGreeting

  init() {}

  deinit { partial?.deallocate() }

  /// Bytes kept of a frame that is not whole.
  var keptBytes: Int { filled }

  /// Takes bytes up to the end of the first frame at most, and hands the frame to `body` if it is
  /// whole. Answers how many bytes it took: all of them unless a frame ended before.
  mutating func take(
    _ bytes: UnsafeRawBufferPointer,
    _ body: (UnsafeRawBufferPointer) throws(PeerFault) -> Void
  ) throws(PeerFault) -> Int {
    if filled == 0, bytes.count >= FrameHeader.lengthRange.upperBound {
      let length = try FrameHeader.length(startingWith: bytes, limit: limit)
      if bytes.count >= length {
        try body(UnsafeRawBufferPointer(rebasing: bytes[..<length]))
        return length
      }
    }
    return try keep(bytes, body)
  }

  private mutating func keep(
    _ bytes: UnsafeRawBufferPointer,
    _ body: (UnsafeRawBufferPointer) throws(PeerFault) -> Void
  ) throws(PeerFault) -> Int {
    var taken = 0
    if filled < FrameHeader.size {
      taken += copy(bytes, upTo: FrameHeader.size, from: 0)
      guard filled >= FrameHeader.lengthRange.upperBound else { return taken }
    }
    let length = try FrameHeader.length(startingWith: kept, limit: limit)
    taken += copy(bytes, upTo: length, from: taken)
    guard filled == length else { return taken }
    defer { release() }
    try body(kept)
    return taken
  }

  private var kept: UnsafeRawBufferPointer {
    guard let partial else { return UnsafeRawBufferPointer(start: nil, count: 0) }
    return UnsafeRawBufferPointer(rebasing: partial[..<filled])
  }

  /// Copies from `bytes[offset...]` until `length` bytes are kept; answers how many.
  private mutating func copy(
    _ bytes: UnsafeRawBufferPointer, upTo length: Int, from offset: Int
  ) -> Int {
    let count = min(bytes.count - offset, length - filled)
    guard count > 0 else { return 0 }
    let room = reserve(length)
    UnsafeMutableRawBufferPointer(rebasing: room[filled...])
      .copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[offset..<(offset + count)]))
    filled += count
    return count
  }

  private mutating func reserve(_ length: Int) -> UnsafeMutableRawBufferPointer {
    if let partial, partial.count >= length { return partial }
    let larger = UnsafeMutableRawBufferPointer.allocate(byteCount: length, alignment: 8)
    if let partial {
      larger.copyMemory(from: UnsafeRawBufferPointer(rebasing: partial[..<filled]))
      partial.deallocate()
    }
    partial = larger
    return larger
  }

  /// Thousands of links lie idle: what they keep is given back.
  private mutating func release() {
    partial?.deallocate()
    partial = nil
    filled = 0
  }
}
