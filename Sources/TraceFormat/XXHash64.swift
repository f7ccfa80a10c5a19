/// XXH64, the checksum of Tarn's trace format.
///
/// Written from its specification, "xxHash fast digest algorithm", version 0.1.1 (Y. Collet),
/// https://github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md. Golden vectors in the tests.
public enum XXHash64 {
  private static let prime1: UInt64 = 0x9E37_79B1_85EB_CA87
  private static let prime2: UInt64 = 0xC2B2_AE3D_27D4_EB4F
  private static let prime3: UInt64 = 0x1656_67B1_9E37_79F9
  private static let prime4: UInt64 = 0x85EB_CA77_C2B2_AE63
  private static let prime5: UInt64 = 0x27D4_EB2F_1656_67C5

  /// The 64-bit digest of `bytes`.
  public static func hash(_ bytes: UnsafeRawBufferPointer, seed: UInt64 = 0) -> UInt64 {
    var position = 0
    var digest: UInt64
    if bytes.count >= 32 {
      digest = stripes(of: bytes, seed: seed, position: &position)
    } else {
      digest = seed &+ prime5
    }
    digest &+= UInt64(bytes.count)
    return avalanche(remainder(of: bytes, from: position, digest: digest))
  }

  /// The 64-bit digest of `bytes`.
  public static func hash(_ bytes: [UInt8], seed: UInt64 = 0) -> UInt64 {
    bytes.withUnsafeBytes { hash($0, seed: seed) }
  }

  private static func stripes(
    of bytes: UnsafeRawBufferPointer, seed: UInt64, position: inout Int
  ) -> UInt64 {
    var lane1 = seed &+ prime1 &+ prime2
    var lane2 = seed &+ prime2
    var lane3 = seed
    var lane4 = seed &- prime1
    while position + 32 <= bytes.count {
      lane1 = round(lane1, word(bytes, position))
      lane2 = round(lane2, word(bytes, position + 8))
      lane3 = round(lane3, word(bytes, position + 16))
      lane4 = round(lane4, word(bytes, position + 24))
      position += 32
    }
    var digest = rotate(lane1, 1) &+ rotate(lane2, 7) &+ rotate(lane3, 12) &+ rotate(lane4, 18)
    digest = merge(digest, lane1)
    digest = merge(digest, lane2)
    digest = merge(digest, lane3)
    return merge(digest, lane4)
  }

  private static func remainder(
    of bytes: UnsafeRawBufferPointer, from start: Int, digest: UInt64
  ) -> UInt64 {
    var digest = digest
    var position = start
    while position + 8 <= bytes.count {
      digest ^= round(0, word(bytes, position))
      digest = rotate(digest, 27) &* prime1 &+ prime4
      position += 8
    }
    if position + 4 <= bytes.count {
      let half = UInt32(
        littleEndian: bytes.loadUnaligned(fromByteOffset: position, as: UInt32.self))
      digest ^= UInt64(half) &* prime1
      digest = rotate(digest, 23) &* prime2 &+ prime3
      position += 4
    }
    while position < bytes.count {
      digest ^= UInt64(bytes[position]) &* prime5
      digest = rotate(digest, 11) &* prime1
      position += 1
    }
    return digest
  }

  private static func avalanche(_ value: UInt64) -> UInt64 {
    var digest = value
    digest ^= digest >> 33
    digest &*= prime2
    digest ^= digest >> 29
    digest &*= prime3
    return digest ^ (digest >> 32)
  }

  private static func word(_ bytes: UnsafeRawBufferPointer, _ offset: Int) -> UInt64 {
    UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
  }

  private static func round(_ lane: UInt64, _ input: UInt64) -> UInt64 {
    rotate(lane &+ input &* prime2, 31) &* prime1
  }

  private static func merge(_ digest: UInt64, _ lane: UInt64) -> UInt64 {
    (digest ^ round(0, lane)) &* prime1 &+ prime4
  }

  private static func rotate(_ value: UInt64, _ count: UInt64) -> UInt64 {
    (value &<< count) | (value &>> (64 &- count))
  }
}
