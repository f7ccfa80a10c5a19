/// How a column of a block is written. See traces/FORMAT.md, "Columns".
enum ColumnEncoding: UInt8 {
  /// Distance from the smallest value, in a fixed number of bits.
  case packed = 0
  /// Zigzag differences from value to value as LEB128 varints.
  case deltas = 1
  /// Differences less the smallest one, in a fixed number of bits.
  case packedDeltas = 2
  /// The distinct values in order of appearance, then an index into them for each value.
  case dictionary = 3
}

/// What one pass over a column says about its cheapest encoding.
struct ColumnShape {
  let smallest: UInt64
  let packedWidth: UInt8
  let smallestDelta: UInt64
  let packedDeltaWidth: UInt8
  /// Bytes of all differences as varints.
  let varintBytes: Int

  init(_ values: UnsafeBufferPointer<UInt64>) {
    var low = values.first ?? 0
    var high = low
    var previous = low
    var lowDelta = Int64.max
    var highDelta = Int64.min
    var bytes = 0
    for index in 1..<max(1, values.count) {
      let value = values[index]
      low = min(low, value)
      high = max(high, value)
      let delta = value &- previous
      previous = value
      let signed = Int64(bitPattern: delta)
      lowDelta = min(lowDelta, signed)
      highDelta = max(highDelta, signed)
      bytes &+= Varint.byteCount(ZigZag.encode(delta))
    }
    if values.count < 2 { (lowDelta, highDelta) = (0, 0) }
    smallest = low
    packedWidth = BitPacking.width(of: high - low)
    smallestDelta = UInt64(bitPattern: lowDelta)
    packedDeltaWidth = BitPacking.width(of: UInt64(bitPattern: highDelta &- lowDelta))
    varintBytes = bytes
  }

  /// The cheapest plain encoding of `count` values, and its bytes. On a tie differences win: runs
  /// and sequences then become repeated bytes, which the block's lz4 removes.
  func best(count: Int) -> (encoding: ColumnEncoding, bytes: Int) {
    let deltas = varintBytes
    let packedDeltas = BitPacking.byteCount(max(0, count - 1), width: packedDeltaWidth)
    let packed = BitPacking.byteCount(count, width: packedWidth)
    if packedDeltas <= deltas && packedDeltas <= packed { return (.packedDeltas, packedDeltas) }
    return deltas <= packed ? (.deltas, deltas) : (.packed, packed)
  }
}

/// LEB128: seven bits a byte, lowest first, the top bit says that more follow.
enum Varint {
  static let longest = 10

  static func byteCount(_ value: UInt64) -> Int {
    // (bits + 6) / 7 for at least one bit; 37/256 is 1/7 closely enough for 1 ... 64.
    ((64 &- (value | 1).leadingZeroBitCount) &* 37 &+ 219) &>> 8
  }
}
