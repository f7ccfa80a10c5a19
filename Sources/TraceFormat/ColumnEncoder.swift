/// Writes columns, each in the encoding that is smallest for its values.
struct ColumnEncoder: ~Copyable {
  private var dictionary = ColumnDictionary()

  /// Appends `values` to `sink`. `mayRepeat` says that a dictionary is worth a try.
  mutating func encode(
    _ values: UnsafeBufferPointer<UInt64>, mayRepeat: Bool, into sink: inout ByteSink
  ) {
    let shape = ColumnShape(values)
    let plain = shape.best(count: values.count)
    // Below two bytes a value a dictionary cannot win enough to pay for itself.
    guard mayRepeat, plain.bytes > values.count * 2, dictionary.build(values) else {
      Self.encode(values, shape: shape, as: plain.encoding, into: &sink)
      return
    }
    let distinct = dictionary.distinctValues
    let indexes = dictionary.indexes
    let distinctShape = ColumnShape(distinct)
    let indexShape = ColumnShape(indexes)
    let distinctBest = distinctShape.best(count: distinct.count)
    let indexBest = indexShape.best(count: indexes.count)
    guard distinctBest.bytes + indexBest.bytes < plain.bytes else {
      Self.encode(values, shape: shape, as: plain.encoding, into: &sink)
      return
    }
    sink.append(ColumnEncoding.dictionary.rawValue)
    sink.append(UInt32(distinct.count))
    let lengthAt = sink.count
    sink.append(UInt32(0))
    Self.encode(distinct, shape: distinctShape, as: distinctBest.encoding, into: &sink)
    sink.patch(UInt32(sink.count - lengthAt - 4), at: lengthAt)
    Self.encode(indexes, shape: indexShape, as: indexBest.encoding, into: &sink)
  }

  private static func encode(
    _ values: UnsafeBufferPointer<UInt64>, shape: ColumnShape, as encoding: ColumnEncoding,
    into sink: inout ByteSink
  ) {
    sink.append(encoding.rawValue)
    switch encoding {
    case .packed:
      sink.append(shape.packedWidth)
      sink.append(shape.smallest)
      let base = shape.smallest
      pack(values.count, width: shape.packedWidth, into: &sink) { values[$0] &- base }
    case .packedDeltas:
      sink.append(shape.packedDeltaWidth)
      sink.append(values.first ?? 0)
      sink.append(shape.smallestDelta)
      let base = shape.smallestDelta
      pack(max(0, values.count - 1), width: shape.packedDeltaWidth, into: &sink) {
        values[$0 + 1] &- values[$0] &- base
      }
    case .deltas:
      sink.append(values.first ?? 0)
      sink.append(upTo: shape.varintBytes + 8) { writeVarints(of: values, into: $0) }
    case .dictionary:
      preconditionFailure("a dictionary is not nested")
    }
  }

  private static func pack(
    _ count: Int, width: UInt8, into sink: inout ByteSink, value: (Int) -> UInt64
  ) {
    sink.append(upTo: BitPacking.byteCount(count, width: width) + 8) { target in
      BitPacking.pack(count: count, width: width, into: target, value: value)
    }
  }

  private static func writeVarints(
    of values: UnsafeBufferPointer<UInt64>, into target: UnsafeMutableRawBufferPointer
  ) -> Int {
    var offset = 0
    for index in 1..<max(1, values.count) {
      var rest = ZigZag.encode(values[index] &- values[index - 1])
      while rest >= 0x80 {
        target[offset] = UInt8(truncatingIfNeeded: rest) | 0x80
        rest &>>= 7
        offset &+= 1
      }
      target[offset] = UInt8(truncatingIfNeeded: rest)
      offset &+= 1
    }
    return offset
  }
}
