import TarnCore
import Testing

/// Expected values were computed apart from this code: OpenSSL's SIPHASH over the documented bytes,
/// with the salt 00 01 ... 0f.
struct IdentityTests {
  private let salt = TenantSalt(key0: 0x0706_0504_0302_0100, key1: 0x0f0e_0d0c_0b0a_0908)

  @Test func `an object's identity is as specified`() {
    let identity = ObjectIdentity(
      salt: salt, container: "models", object: "llama-405b/shard-00001.safetensors",
      version: "\"0x8DC1F2A3B4C5D6E\"")
    #expect(identity == ObjectIdentity(high: 0x3428_4713_03ef_222e, low: 0x459e_eeef_7f61_d317))
  }

  @Test func `text is hashed as UTF-8`() {
    let identity = ObjectIdentity(
      salt: salt, container: "data", object: "größe/東京.bin", version: "7")
    #expect(identity == ObjectIdentity(high: 0x2197_7bab_ba35_5f98, low: 0x957b_20b4_9d5c_9a4a))
    let bytes = ObjectIdentity(
      salt: salt, container: Array("data".utf8), object: Array("größe/東京.bin".utf8),
      version: Array("7".utf8))
    #expect(bytes == identity)
  }

  @Test func `empty names have an identity`() {
    let identity = ObjectIdentity(salt: salt, container: "", object: "", version: "")
    #expect(identity == ObjectIdentity(high: 0x1322_7618_890d_7927, low: 0x1179_10fe_0dd9_fcfa))
  }

  @Test func `where a name ends matters`() {
    let one = ObjectIdentity(salt: salt, container: "ab", object: "c", version: "d")
    let other = ObjectIdentity(salt: salt, container: "a", object: "bc", version: "d")
    #expect(one == ObjectIdentity(high: 0x5931_0b8c_a887_b898, low: 0xf4b6_19c2_99dd_51ba))
    #expect(other == ObjectIdentity(high: 0xd596_499d_ad3d_b203, low: 0xbe14_4845_668f_e2fc))
  }

  @Test(arguments: [
    (UInt32(0), UInt32(4 << 20), BlockKey(high: 0x9113_ad8c_cb70_18fc, low: 0x6c02_3007_91d1_b09c)),
    (1, 4 << 20, BlockKey(high: 0x75fc_089a_d943_2838, low: 0xb14b_af95_9bde_2644)),
    (.max, 1 << 20, BlockKey(high: 0x881c_a043_9af1_5916, low: 0x37ab_3d26_5b2f_d80f)),
  ])
  func `a block's key is as specified`(_ vector: (index: UInt32, bytes: UInt32, key: BlockKey)) {
    let identity = ObjectIdentity(high: 0x3428_4713_03ef_222e, low: 0x459e_eeef_7f61_d317)
    #expect(identity.block(index: vector.index, blockBytes: vector.bytes) == vector.key)
  }

  @Test func `another tenant's keys share nothing`() {
    let other = TenantSalt(key0: 0x0706_0504_0302_0100, key1: 0x0f0e_0d0c_0b0a_0909)
    let mine = ObjectIdentity(salt: salt, container: "c", object: "o", version: "v")
    let theirs = ObjectIdentity(salt: other, container: "c", object: "o", version: "v")
    #expect(mine.high != theirs.high)
    #expect(mine.low != theirs.low)
  }

  /// Each of the 128 bits is set in half of 4,096 successive keys: within 6 standard deviations
  /// (of 32) of 2,048.
  @Test func `successive blocks differ in all bits of both halves`() {
    let identity = ObjectIdentity(high: 1, low: 2)
    var ones = [Int](repeating: 0, count: 128)
    for index in 0..<4096 as Range<UInt32> {
      let key = identity.block(index: index, blockBytes: 4 << 20)
      for bit in 0..<64 {
        ones[bit] += Int(key.high >> UInt64(bit) & 1)
        ones[64 + bit] += Int(key.low >> UInt64(bit) & 1)
      }
    }
    #expect(ones.allSatisfy { abs($0 - 2048) < 6 * 32 }, "\(ones)")
  }

  @Test func `a salt is 16 bytes and does not print`() {
    #expect(TenantSalt(bytes: (0..<16).map { UInt8($0) }) == salt)
    #expect(TenantSalt(bytes: [UInt8](repeating: 1, count: 15)) == nil)
    #expect(TenantSalt(bytes: [UInt8](repeating: 1, count: 17)) == nil)
    #expect("\(salt)" == "TenantSalt(secret)")
  }

  @Test func `KV keys are as specified`() {
    let one = KVChain.key(salt: salt, model: 1, anchor: 0x1111, chainHash: 0x2222)
    #expect(one == BlockKey(high: 0x24d3_3d2a_8f60_e2c7, low: 0x6a06_6375_2404_76f7))
    let other = KVChain.key(salt: salt, model: 2, anchor: 0x1111, chainHash: 0x2222)
    #expect(other == BlockKey(high: 0xa718_8a1a_b7e1_bd5c, low: 0x8d74_2ce6_6878_9e2d))
  }

  @Test func `KV blocks behind one anchor share their placement and nothing else`() {
    let one = KVChain.key(salt: salt, model: 1, anchor: 0x1111, chainHash: 0x2222)
    let next = KVChain.key(salt: salt, model: 1, anchor: 0x1111, chainHash: 0x3333)
    #expect(next.high == one.high)
    #expect(next.low == 0x6174_71e2_e7dc_5bbc)
  }

  @Test func `the anchor is the block itself up to the anchor's depth`() {
    #expect(KVChain.anchorIndex(ofBlock: 0, anchorDepth: 4) == 0)
    #expect(KVChain.anchorIndex(ofBlock: 4, anchorDepth: 4) == 4)
    #expect(KVChain.anchorIndex(ofBlock: 900, anchorDepth: 4) == 4)
  }
}
