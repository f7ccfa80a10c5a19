import Testing

@testable import TarnCore

struct LogarithmTests {
  /// Expected: floor or ceiling of -log2((hash + 1) / 2^64) * 2^40, computed with 60 digits.
  @Test(arguments: [
    (UInt64.max, UInt64(0)), (UInt64.max >> 1, 1 << 40), (0, 64 << 40),
    (0xb504_f333_f9de_6483, 549_755_813_888), (0xffff_ffff_0000_0000, 369),
    (0x0123_4567_89ab_cdef, 8_591_343_276_641), (0xc000_0000_0000_0000, 456_338_556_420),
  ])
  func `logarithms are right to a unit`(_ vector: (hash: UInt64, expected: UInt64)) {
    let log = negativeLog2(vector.hash)
    #expect(log + 1 >= vector.expected && log <= vector.expected + 1, "\(log)")
  }

  @Test func `logarithms fall as hashes rise, and bound the hash's distance from 1`() {
    var last = UInt64.max
    for step in 0..<2_000 as Range<UInt64> {
      let hash = step &* 0x0020_c49b_a5e3_53f7
      let log = negativeLog2(hash)
      #expect(log <= last)
      #expect(log >= ~hash >> 24)
      last = log
    }
  }
}
