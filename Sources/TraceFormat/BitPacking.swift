/// Values of a fixed number of bits, lowest bit first, one behind the other.
enum BitPacking {
  /// Bytes that `count` values of `width` bits take.
  static func byteCount(_ count: Int, width: UInt8) -> Int { (count * Int(width) + 7) / 8 }

  /// Bits that `value` needs; 0 for 0.
  static func width(of value: UInt64) -> UInt8 { UInt8(64 - value.leadingZeroBitCount) }

  /// Writes `value(index)` for 0 ..< count, each below 2^width, into `target`, which has room for
  /// `byteCount + 8`.
  static func pack(
    count: Int, width: UInt8, into target: UnsafeMutableRawBufferPointer,
    value: (Int) -> UInt64
  ) -> Int {
    guard width > 0 else { return 0 }
    let width = UInt64(width)
    var pending: UInt64 = 0
    var filled: UInt64 = 0
    var offset = 0
    for index in 0..<count {
      let bits = value(index)
      pending |= bits &<< filled
      filled &+= width
      if filled >= 64 {
        target.storeBytes(of: pending.littleEndian, toByteOffset: offset, as: UInt64.self)
        offset += 8
        filled &-= 64
        // A shift by 64 would keep all bits: the value has ended exactly at the word's end.
        pending = filled == 0 ? 0 : bits &>> (width &- filled)
      }
    }
    target.storeBytes(of: pending.littleEndian, toByteOffset: offset, as: UInt64.self)
    return byteCount(count, width: UInt8(width))
  }

  /// Reads `count` values of `width` bits. `source` holds at least `byteCount` bytes.
  static func unpack(
    _ source: UnsafeRawBufferPointer, count: Int, width: UInt8, store: (Int, UInt64) -> Void
  ) {
    precondition(
      source.count >= byteCount(count, width: width), "the caller checked the packed length")
    guard width > 0 else {
      for index in 0..<count { store(index, 0) }
      return
    }
    let mask = width == 64 ? UInt64.max : (1 << UInt64(width)) - 1
    let step = Int(width)
    // Up to here a value and the eight bytes from its first one lie within the source.
    var index = 0
    var bit = 0
    if width <= 56 {
      let lastWhole = source.count - 8
      while index < count, bit >> 3 <= lastWhole {
        let word = source.loadUnaligned(fromByteOffset: bit >> 3, as: UInt64.self)
        store(index, (UInt64(littleEndian: word) &>> UInt64(bit & 7)) & mask)
        index += 1
        bit += step
      }
    }
    while index < count {
      store(index, bits(in: source, from: bit, count: step) & mask)
      index += 1
      bit += step
    }
  }

  /// Up to 64 bits that start anywhere, byte by byte: for wide values and the last few.
  private static func bits(
    in source: UnsafeRawBufferPointer, from bit: Int, count: Int
  ) -> UInt64 {
    var value: UInt64 = 0
    var offset = bit >> 3
    var shift = -(bit & 7)
    while shift < count {
      let byte = UInt64(source[offset])
      value |= shift < 0 ? byte >> UInt64(-shift) : byte << UInt64(shift)
      offset += 1
      shift += 8
    }
    return value
  }
}

/// Signed differences as small unsigned numbers: 0, -1, 1, -2 ... become 0, 1, 2, 3 ...
enum ZigZag {
  static func encode(_ difference: UInt64) -> UInt64 {
    (difference &<< 1) ^ UInt64(bitPattern: Int64(bitPattern: difference) >> 63)
  }
  static func decode(_ value: UInt64) -> UInt64 { (value &>> 1) ^ (0 &- (value & 1)) }
}
