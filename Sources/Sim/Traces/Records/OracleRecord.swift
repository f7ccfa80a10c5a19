import TarnTraceFormat

/// A record of oracleGeneral as it is written; see `RecordLayout`.
struct OracleRecord {
  var seconds: UInt32
  var key: UInt64
  var size: UInt32
  /// Number of the next request for the key, from 1; -1 for none.
  var next: Int64

  /// Appends its 24 bytes: one call into the sink's module for a record instead of four.
  @inline(__always)
  func append(to sink: inout ByteSink) {
    sink.append(upTo: 24) { room in
      room.storeBytes(
        of: seconds.littleEndian, toByteOffset: RecordLayout.timeOffset, as: UInt32.self)
      room.storeBytes(of: key.littleEndian, toByteOffset: RecordLayout.idOffset, as: UInt64.self)
      room.storeBytes(of: size.littleEndian, toByteOffset: RecordLayout.sizeOffset, as: UInt32.self)
      room.storeBytes(of: next.littleEndian, toByteOffset: 16, as: Int64.self)
      return 24
    }
  }
}
