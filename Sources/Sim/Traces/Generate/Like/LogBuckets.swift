/// Counts and distances in buckets: 0 to 31 each have one of their own, from there on an octave has
/// 16, so that a bucket is at most 6.25 % wide.
enum LogBuckets {
  /// The bucket of `value`.
  static func index(of value: Int) -> Int {
    guard value >= 32 else { return value }
    let octave = Int.bitWidth - 1 - value.leadingZeroBitCount
    return 16 * (octave - 3) + (value >> (octave - 4) & 15)
  }

  /// The values of bucket `index`.
  static func values(of index: Int) -> Range<Int> {
    guard index >= 32 else { return index..<(index + 1) }
    let octave = index / 16 + 3
    let low = (16 + index % 16) << (octave - 4)
    return low..<(low + 1 << (octave - 4))
  }
}
