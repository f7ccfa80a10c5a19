import Testing

@testable import TarnCore

/// Short sequences worked out by hand from the papers. A letter is a read of a block of one byte;
/// the result is the victims in their order.
@Suite struct SequenceTests {
  func victims(of kind: EvictionKind, capacity: UInt64, reading sequence: String) -> String {
    var table = BlockTable()
    var policy = AnyEviction(EvictionConfiguration(kind), capacityBytes: capacity)
    var victims = ""
    for letter in sequence.utf8 where letter != UInt8(ascii: " ") {
      let wanted = numberedKey(UInt64(letter))
      let slot = table.find(wanted)
      if slot != .none {
        policy.hit(slot, in: &table)
        continue
      }
      policy.prepare(key: wanted, length: 1, in: &table)
      if table.count == Int(capacity) {
        let victim = policy.evict(from: &table)
        victims.unicodeScalars.append(Unicode.Scalar(UInt8(table[victim].key.low)))
        table.remove(victim)
      }
      policy.insert(table.insert(key: wanted, length: 1, tenant: TenantID(0)), in: &table)
    }
    return victims
  }

  @Test func `lru evicts what was not read for longest`() {
    #expect(victims(of: .lru, capacity: 3, reading: "abc a d b") == "bc")
  }

  @Test func `fifo does not care for reads`() {
    #expect(victims(of: .fifo, capacity: 3, reading: "abc a d a") == "ab")
  }

  @Test func `clock spares a referenced block once`() {
    // a goes round and b leaves; then c, d; a, no longer referenced, comes before e.
    #expect(victims(of: .clock, capacity: 3, reading: "abc a d e f g") == "bcad")
  }

  @Test func `sieve leaves survivors where they are and throws out newcomers`() {
    // The hand passes a and evicts b, passes c and evicts d; it then meets e, the next newer one.
    #expect(victims(of: .sieve, capacity: 4, reading: "abcd a c e f g") == "bde")
  }

  @Test func `sieve's hand starts again at the oldest once it has passed the newest`() {
    // All visited: the hand clears a, b, c, wraps and evicts a; b is next.
    #expect(victims(of: .sieve, capacity: 3, reading: "abc abc d e") == "ab")
  }

  @Test func `s3fifo lets a scan pass through its small queue`() {
    // One of ten bytes is the small queue's: a; b to j fill main. The scan leaves one by one.
    #expect(victims(of: .s3fifo, capacity: 10, reading: "abcdefghij klmnop") == "aklmno")
  }

  @Test func `s3fifo keeps in main what its ghosts remember`() {
    // a leaves, comes back into main, and main, over its share, gives up b, then c.
    #expect(victims(of: .s3fifo, capacity: 10, reading: "abcdefghij k a l m") == "akbl")
  }

  @Test func `s3fifo moves a block that was hit twice to main`() {
    // a is hit twice and moves; the small queue is empty then, so main's oldest leaves.
    #expect(victims(of: .s3fifo, capacity: 10, reading: "abcdefghij aa k l") == "bk")
  }

  @Test func `arc evicts blocks seen once before blocks seen twice`() {
    #expect(victims(of: .arc, capacity: 4, reading: "ab ab cd e f g") == "cde")
  }

  @Test func `arc gives recency room when its ghosts are asked for`() {
    // c's ghost raises the target of T1 to one byte; T1 holds d, e: d leaves and c enters T2. Now
    // T1 is e alone, not above its target, so T2's oldest, a, makes way for f.
    #expect(victims(of: .arc, capacity: 4, reading: "ab ab cd e c f") == "cda")
  }

  @Test func `wtinylfu turns away a scan`() {
    let loop = "abcdefghij"
    // The scan's blocks were read once, the loop's three times: each newcomer leaves in turn.
    #expect(victims(of: .wtinylfu, capacity: 10, reading: loop + loop + loop + "klmn") == "jklm")
  }

  @Test(arguments: EvictionKind.allCases)
  func `a cold block leaves before the others`(kind: EvictionKind) {
    var table = BlockTable()
    var policy = AnyEviction(EvictionConfiguration(kind), capacityBytes: 10)
    for id in 0..<9 as Range<UInt64> {
      policy.prepare(key: numberedKey(id), length: 1, in: &table)
      policy.insert(table.insert(key: numberedKey(id), length: 1, tenant: TenantID(0)), in: &table)
    }
    let cold = table.insert(key: numberedKey(99), length: 1, tenant: TenantID(0))
    policy.insertCold(cold, in: &table)
    #expect(table[cold].flags.contains(.inPolicy))
    #expect(policy.evict(from: &table) == cold, "\(kind.name)")
    #expect(!table[cold].flags.contains(.inPolicy))
  }

  @Test(arguments: EvictionKind.allCases)
  func `an empty policy names no victim`(kind: EvictionKind) {
    var table = BlockTable()
    var policy = AnyEviction(EvictionConfiguration(kind), capacityBytes: 10)
    #expect(policy.evict(from: &table) == .none)
    let slot = table.insert(key: numberedKey(1), length: 1, tenant: TenantID(0))
    policy.insert(slot, in: &table)
    policy.remove(slot, in: &table)
    #expect(policy.evict(from: &table) == .none, "\(kind.name)")
  }
}
