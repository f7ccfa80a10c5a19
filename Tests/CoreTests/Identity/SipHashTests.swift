import TarnCore
import Testing

/// Expected values: the authors' reference vectors (`vectors.h`: key 00 01 ... 0f, message the bytes
/// 0 ..< n) and, for the reduced rounds, `openssl mac -macopt c-rounds:1 -macopt d-rounds:3`.
struct SipHashTests {
  private func hex(_ words: UInt64...) -> String {
    var text = ""
    for word in words {
      for byte in 0..<8 {
        let value = UInt8(truncatingIfNeeded: word >> UInt64(8 * byte))
        text += (value < 16 ? "0" : "") + String(value, radix: 16)
      }
    }
    return text
  }
  private let key0: UInt64 = 0x0706_0504_0302_0100
  private let key1: UInt64 = 0x0f0e_0d0c_0b0a_0908

  @Test(arguments: [
    (0, "a3817f04ba25a8e66df67214c7550293"), (1, "da87c1d86b99af44347659119b22fc45"),
    (7, "a1f1ebbed8dbc153c0b84aa61ff08239"), (8, "3b62a9ba6258f5610f83e264f31497b4"),
    (15, "5493e99933b0a8117e08ec0f97cfc3d9"), (16, "6ee2a4ca67b054bbfd3315bf85230577"),
    (33, "77c6077146f01c32b6b69d5f4ea9ffcf"), (63, "5150d1772f50834a503e069a973fbd7c"),
  ])
  func `128 bits are as in the reference`(_ vector: (length: Int, expected: String)) {
    var hash = SipHash(wideKey0: key0, key1: key1)
    hash.append(bytes: (0..<vector.length).map { UInt8($0) })
    let (first, second) = hash.finish128()
    #expect(hex(first, second) == vector.expected)
  }

  @Test(arguments: [
    (0, "310e0edd47db6f72"), (1, "fd67dc93c539f874"), (7, "37d1018bf50002ab"),
    (8, "6224939a79f5f593"), (16, "db9bc2577fcc2a3f"), (63, "724506eb4c328a95"),
  ])
  func `64 bits are as in the reference`(_ vector: (length: Int, expected: String)) {
    var hash = SipHash(key0: key0, key1: key1)
    hash.append(bytes: (0..<vector.length).map { UInt8($0) })
    #expect(hex(hash.finish64()) == vector.expected)
  }

  @Test(arguments: [
    (0, "e77ebcb22788a5befd62db6add303001"), (8, "aa12fee1d5e3dab4724f16ab35f9c799"),
    (33, "c5f57bae1320fcf4b4e868e71d56c66b"),
  ])
  func `fewer rounds are as in OpenSSL`(_ vector: (length: Int, expected: String)) {
    var hash = SipHash(wideKey0: key0, key1: key1, compressionRounds: 1, finalRounds: 3)
    hash.append(bytes: (0..<vector.length).map { UInt8($0) })
    let (first, second) = hash.finish128()
    #expect(hex(first, second) == vector.expected)
  }

  @Test func `integers go in little-endian, fields behind their length`() {
    var one = SipHash(key0: 1, key1: 2)
    one.append(integer: UInt32(0x0403_0201))
    one.append(field: [UInt8](repeating: 9, count: 3))
    var other = SipHash(key0: 1, key1: 2)
    other.append(bytes: [1, 2, 3, 4, 3, 0, 0, 0, 9, 9, 9])
    #expect(one.finish64() == other.finish64())
  }
}
