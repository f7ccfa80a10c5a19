import TarnSim
import Testing
@testable import TarnTraceFormat

@Suite struct ChecksumTests {
  // From the reference implementation (xxhsum 0.8).
  @Test(
    arguments: [
      ([], 0, 0xef46_db37_51d8_e999), ([], 2_654_435_761, 0xac75_fda2_929b_17ef),
      (Array("a".utf8), 0, 0xd24e_c4f1_a98c_6e5b), (Array("abc".utf8), 0, 0x44bc_2cf5_ad77_0999),
      (Array("message digest".utf8), 0, 0x066e_d728_fcee_b3be),
      (Array(0...100), 0, 0xe990_3849_5f85_381e),
      (Array(0...100), 2_654_435_761, 0xa1c6_d417_4c37_136d),
      (Array(0...255), 0, 0x1fac_be84_06cd_904b),
      (Array(0...255), 2_654_435_761, 0xd481_95f4_5908_996c),
    ] as [([UInt8], UInt64, UInt64)])
  func `XXH64 agrees with the reference`(bytes: [UInt8], seed: UInt64, digest: UInt64) {
    #expect(XXHash64.hash(bytes, seed: seed) == digest)
  }
}
