import Testing

@testable import TarnCore

/// The table of a shadow cache beside a dictionary.
@Suite struct KeyTableTests {
  private func check<Index: SlotIndex & ~Copyable>(
    _ index: consuming Index, keys: UInt64, isSized: Bool, spread: (UInt64) -> UInt64
  ) {
    var table = KeyTable(index: index, entries: 0, isSized: isSized)
    var model: [UInt64: (slot: Slot, length: UInt32)] = [:]
    var random = HarnessRandom(seed: 21)
    for _ in 0..<30_000 {
      let bits = spread(random.next(below: keys))
      let key = ShadowKey(bits)
      let slot = table.find(key)
      #expect(slot == model[bits]?.slot ?? .none)
      if let known = model[bits] {
        #expect(table.length(of: slot) == known.length)
        #expect(table.key(of: slot) == key)
        if random.next(below: 3) == 0 {
          table.remove(slot)
          model[bits] = nil
        }
      } else {
        let length = isSized ? UInt32(random.next(below: 1_000) + 1) : 1
        model[bits] = (table.insert(key, hash: Index.hash(key), length: length), length)
      }
    }
    let live = table.live
    #expect(Int(live) == model.count)
  }

  @Test func `hashed keys are found, forgotten and found again`() {
    check(KeyIndex<KeyRecord>(), keys: 4_000, isSized: true) { $0 &* 0xD6E8_FEB8_6659_FD93 }
  }

  @Test func `keys that all collide are still told apart`() {
    // mix64 is a bijection; its inverse makes keys whose hashes share all low bits.
    check(KeyIndex<KeyRecord>(), keys: 60, isSized: false) { unmix64($0 << 40) }
  }

  @Test func `interned keys are found by their number`() {
    check(DirectIndex(keys: 4_000), keys: 4_000, isSized: true) { $0 }
  }
}

/// The inverse of `mix64`: each step undone, last first.
private func unmix64(_ value: UInt64) -> UInt64 {
  func unshift(_ bits: UInt64, _ count: UInt64) -> UInt64 {
    var result = bits
    for _ in 0..<3 { result = bits ^ result >> count }
    return result
  }
  var bits = unshift(value, 31)
  bits = bits &* 0x3196_42b2_d24d_8ec3
  bits = unshift(bits, 27)
  bits = bits &* 0x96de_1b17_3f11_9089
  return unshift(bits, 30)
}
