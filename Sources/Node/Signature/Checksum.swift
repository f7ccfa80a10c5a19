internal import Crypto
internal import FoundationEssentials

/// A running checksum that S3 clients may send along: `x-amz-checksum-...` or `content-md5`.
struct Checksum: Sendable {
  private enum State: Sendable {
    case crc(CRC)
    case sha1(Insecure.SHA1)
    case sha256(SHA256)
    case md5(Insecure.MD5)
  }
  private var state: State

  /// The checksum that a header or trailer of this lower-case name carries; nil if it carries none,
  /// or one that Tarn does not know.
  init?(header name: String) {
    switch name {
    case "x-amz-checksum-crc32": state = .crc(CRC(.ieee))
    case "x-amz-checksum-crc32c": state = .crc(CRC(.castagnoli))
    case "x-amz-checksum-crc64nvme": state = .crc(CRC(.nvme))
    case "x-amz-checksum-sha1": state = .sha1(Insecure.SHA1())
    case "x-amz-checksum-sha256": state = .sha256(SHA256())
    case "content-md5": state = .md5(Insecure.MD5())
    default: return nil
    }
  }

  /// Takes the next bytes.
  mutating func update(_ bytes: UnsafeRawBufferPointer) {
    switch state {
    case .crc(var crc):
      crc.update(bytes)
      state = .crc(crc)
    case .sha1(var hash):
      hash.update(bufferPointer: bytes)
      state = .sha1(hash)
    case .sha256(var hash):
      hash.update(bufferPointer: bytes)
      state = .sha256(hash)
    case .md5(var hash):
      hash.update(bufferPointer: bytes)
      state = .md5(hash)
    }
  }

  /// The checksum of the bytes so far as the header writes it: base 64, most significant byte first.
  var base64: String {
    switch state {
    case .crc(let crc): Data(crc.bytes).base64EncodedString()
    case .sha1(let hash): Data(hash.finalize()).base64EncodedString()
    case .sha256(let hash): Data(hash.finalize()).base64EncodedString()
    case .md5(let hash): Data(hash.finalize()).base64EncodedString()
    }
  }
}

/// A cyclic redundancy check with reflected bits, all ones at the start and inverted at the end.
///
/// Eight bytes at a time by eight tables ("slicing by 8": Kounavis and Berry, "A systematic approach
/// to building high performance software-based CRC generators", ISCC 2005). Narrower checks use the
/// low bits of the same 64.
struct CRC: Sendable {
  /// A polynomial, its bits reflected.
  struct Polynomial: Sendable {
    let bits: Int
    let tables: [UInt64]

    private init(_ polynomial: UInt64, bits: Int) {
      self.bits = bits
      var tables = [UInt64](repeating: 0, count: 8 * 256)
      for byte in 0..<256 {
        var value = UInt64(byte)
        for _ in 0..<8 { value = value & 1 == 1 ? value &>> 1 ^ polynomial : value &>> 1 }
        tables[byte] = value
      }
      for index in 256..<(8 * 256) {
        let before = tables[index - 256]
        tables[index] = before &>> 8 ^ tables[Int(before & 255)]
      }
      self.tables = tables
    }

    /// CRC-32 of Ethernet and zip (IEEE 802.3).
    static let ieee = Polynomial(0xEDB8_8320, bits: 32)
    /// CRC-32C of iSCSI (RFC 3720).
    static let castagnoli = Polynomial(0x82F6_3B78, bits: 32)
    /// CRC-64/NVME (NVM Express NVM Command Set Specification, section 5.2.1.3.4).
    static let nvme = Polynomial(0x9A6C_9329_AC4B_C9B5, bits: 64)
  }

  private let polynomial: Polynomial
  private var value: UInt64

  init(_ polynomial: Polynomial) {
    self.polynomial = polynomial
    value = .max &>> UInt64(64 - polynomial.bits)
  }

  mutating func update(_ bytes: UnsafeRawBufferPointer) {
    var value = value
    polynomial.tables.withUnsafeBufferPointer { tables in
      var offset = 0
      while offset &+ 8 <= bytes.count {
        let word =
          UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
          ^ value
        value = 0
        for lane in 0..<8 {
          let byte = Int(truncatingIfNeeded: word &>> UInt64(truncatingIfNeeded: lane &* 8)) & 255
          value ^= tables[(7 &- lane) &* 256 &+ byte]
        }
        offset &+= 8
      }
      while offset < bytes.count {
        value = value &>> 8 ^ tables[Int(truncatingIfNeeded: value ^ UInt64(bytes[offset])) & 255]
        offset &+= 1
      }
    }
    self.value = value
  }

  /// The check of the bytes so far, most significant byte first.
  var bytes: [UInt8] {
    let inverted = ~value
    return stride(from: polynomial.bits - 8, through: 0, by: -8).map {
      UInt8(truncatingIfNeeded: inverted &>> UInt64($0))
    }
  }
}
