import TarnTraceFormat

/// Where the fields of a fixed-size binary record lie; all little-endian.
///
/// oracleGeneral and lcs are formats of libCacheSim. The layouts were found out from files that its
/// Python package wrote (version 0.3.5) and checked against what its reader returns:
///
/// | format | record, byte offsets |
/// | --- | --- |
/// | oracleGeneral | time s u32 at 0, id u64 at 4, size u32 at 12, next access i64 at 16 |
/// | lcs 1 | the same |
/// | lcs 2 | the same up to 16, operation u8 at 16, tenant u24 at 17, next access i64 at 20 |
/// | lcs 3 | time 0, id 4, size u64 at 12, operation 20, tenant 21, TTL s u32 at 24, next access 28 |
/// | lcs 4 to 8 | as lcs 3, then 1, 2, 4, 8 or 16 features of 4 bytes |
///
/// The next access is the number of the request, counted from 1, that wants the object next; -1, or
/// in lcs 2^63 - 1, if none does.
struct RecordLayout: Equatable {
  /// Bytes in a record.
  var stride: Int
  /// Bytes of a size: 4 or 8.
  var sizeBytes: Int
  /// Where operation and tenant lie; nil without them.
  var operation: Int?
  /// Where the first record begins.
  var start = 0

  static let timeOffset = 0
  static let idOffset = 4
  static let sizeOffset = 12

  static let oracleGeneral = RecordLayout(stride: 24, sizeBytes: 4, operation: nil)

  /// The magic at the start of an lcs header, and again in its last eight bytes.
  static let lcsMagic: UInt64 = 0x1234_5678_9ABC_DEF0
  /// Bytes of an lcs header: magic, version, and figures about the trace.
  static let lcsHeaderBytes = 8192
  /// Where the header has the number of requests.
  static let lcsCountOffset = 24

  /// The layout of an lcs version; nil for one that is not known here.
  static func lcs(version: UInt64) -> RecordLayout? {
    switch version {
    case 1: RecordLayout(stride: 24, sizeBytes: 4, operation: nil, start: lcsHeaderBytes)
    case 2: RecordLayout(stride: 28, sizeBytes: 4, operation: 16, start: lcsHeaderBytes)
    case 3: RecordLayout(stride: 36, sizeBytes: 8, operation: 20, start: lcsHeaderBytes)
    case 4...8:
      RecordLayout(
        stride: 36 + (4 << Int(version - 4)), sizeBytes: 8, operation: 20, start: lcsHeaderBytes)
    default: nil
    }
  }

  /// What an operation code of lcs means.
  static func operation(code: UInt8) -> TraceOperation {
    switch code {
    case 9: .delete
    // set, add, cas, replace, append, prepend, incr, decr, write, update
    case 3...8, 10, 11, 13, 14: .write
    // nop, get, gets, read
    default: .read
    }
  }
}
