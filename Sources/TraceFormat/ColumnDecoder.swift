/// Reads columns. Every length and index is checked, so bytes that pass the checksum and are still
/// nonsense give `false`, never a crash.
struct ColumnDecoder {
  private var distinct: [UInt64] = []

  /// Fills `values` with the `count` values of a column body; false if the body is malformed.
  mutating func decode(
    _ body: UnsafeRawBufferPointer, count: Int, into values: inout [UInt64]
  ) -> Bool {
    var cursor = ByteCursor(body)
    guard let code = cursor.next(UInt8.self) else { return false }
    guard code == ColumnEncoding.dictionary.rawValue else {
      return Self.decodePlain(body, count: count, into: &values)
    }
    guard let distinctCount = cursor.next(UInt32.self), distinctCount <= count, distinctCount > 0,
      let length = cursor.next(UInt32.self), let distinctBody = cursor.next(count: Int(length)),
      Self.decodePlain(distinctBody, count: Int(distinctCount), into: &distinct),
      Self.decodePlain(cursor.rest(), count: count, into: &values)
    else { return false }
    return distinct.withUnsafeBufferPointer { distinct in
      values.withUnsafeMutableBufferPointer { values in
        let limit = UInt64(distinct.count)
        for position in 0..<values.count {
          guard values[position] < limit else { return false }
          values[position] = distinct[Int(truncatingIfNeeded: values[position])]
        }
        return true
      }
    }
  }

  private static func decodePlain(
    _ body: UnsafeRawBufferPointer, count: Int, into values: inout [UInt64]
  ) -> Bool {
    var cursor = ByteCursor(body)
    guard let code = cursor.next(UInt8.self), let encoding = ColumnEncoding(rawValue: code) else {
      return false
    }
    resize(&values, to: count)
    switch encoding {
    case .packed:
      guard let width = cursor.next(UInt8.self), width <= 64, let base = cursor.next(UInt64.self),
        let packed = exact(&cursor, BitPacking.byteCount(count, width: width))
      else { return false }
      values.withUnsafeMutableBufferPointer { values in
        BitPacking.unpack(packed, count: count, width: width) { values[$0] = base &+ $1 }
      }
      return true
    case .packedDeltas:
      let steps = max(0, count - 1)
      guard let width = cursor.next(UInt8.self), width <= 64, let first = cursor.next(UInt64.self),
        let base = cursor.next(UInt64.self),
        let packed = exact(&cursor, BitPacking.byteCount(steps, width: width))
      else { return false }
      values.withUnsafeMutableBufferPointer { values in
        if count > 0 { values[0] = first }
        var value = first
        BitPacking.unpack(packed, count: steps, width: width) { index, delta in
          value &+= base &+ delta
          values[index + 1] = value
        }
      }
      return true
    case .deltas:
      guard let first = cursor.next(UInt64.self) else { return false }
      return readVarints(cursor.rest(), first: first, into: &values)
    case .dictionary:
      return false
    }
  }

  /// The cursor's remaining bytes, which must be exactly `length`.
  private static func exact(
    _ cursor: inout ByteCursor, _ length: Int
  ) -> UnsafeRawBufferPointer? {
    cursor.remaining == length ? cursor.next(count: length) : nil
  }

  private static func resize(_ values: inout [UInt64], to count: Int) {
    if values.count > count {
      values.removeLast(values.count - count)
    } else if values.count < count {
      values.append(contentsOf: repeatElement(0, count: count - values.count))
    }
  }

  private static func readVarints(
    _ bytes: UnsafeRawBufferPointer, first: UInt64, into values: inout [UInt64]
  ) -> Bool {
    values.withUnsafeMutableBufferPointer { values in
      guard values.count > 0 else { return bytes.isEmpty }
      values[0] = first
      var value = first
      var offset = 0
      for index in 1..<values.count {
        guard offset < bytes.count else { return false }
        var delta = UInt64(bytes[offset])
        offset &+= 1
        if delta >= 0x80 {
          delta &= 0x7F
          var shift: UInt64 = 7
          while true {
            guard offset < bytes.count, shift < 64 else { return false }
            let byte = UInt64(bytes[offset])
            offset &+= 1
            delta |= (byte & 0x7F) &<< shift
            if byte < 0x80 { break }
            shift &+= 7
          }
        }
        value &+= ZigZag.decode(delta)
        values[index] = value
      }
      return offset == bytes.count
    }
  }
}
