import TarnCore

/// Measures placement beside plain weighted rendezvous hashing, in one run and by turns: cost of a
/// look-up, keys moved by a change, balance. `swift run -c release bench-placement`
@main
struct BenchPlacement {
  static let keys: [BlockKey] = (0..<4_096).map {
    ObjectIdentity(high: 1, low: 2).block(index: $0, blockBytes: 4 << 20)
  }

  static func main() {
    compareLookups()
    measureKeys()
    measureDisruption()
    measureBalance()
  }

  /// A cell with three sizes of node, racks of 18 and `spare` ordinals for each member to come.
  static func cell(_ count: Int, capacity: Int) -> ClusterView {
    ClusterView(
      version: 1, capacity: capacity,
      members: (0..<count).map {
        Member(
          node: NodeID(UInt16($0)), weight: [255, 255, 204, 128][$0 % 4], rack: UInt16($0 / 18))
      })
  }

  static func compareLookups() {
    print("look-up, ns of processor time: median of 15 rounds (least to most)")
    for (count, capacity) in [
      (3, 3), (50, 64), (5_000, 5_000), (5_000, 8_192), (64, 5_000), (3, 1_000),
    ] {
      let view = cell(count, capacity: capacity)
      let textbook = TextbookRendezvous(view)
      let rounds = count > 1_000 ? 200 : 20_000
      var one: [Double] = []
      var three: [Double] = []
      var oneRatio: [Double] = []
      var threeRatio: [Double] = []
      var exactRatio: [Double] = []
      for _ in 0..<15 {
        one.append(measure(100_000) { UInt64(view.handle.owner(of: keys[$0 & 4_095]).ordinal) })
        let rivalOne = measure(rounds) { UInt64(textbook.owner(of: keys[$0 & 4_095])) }
        three.append(
          measure(100_000) {
            var owners = Owners(limit: 3)
            view.handle.owners(of: keys[$0 & 4_095], into: &owners)
            return UInt64(owners.first.ordinal) &+ UInt64(owners.count)
          })
        let rivalThree = measure(rounds) { UInt64(textbook.owners(of: keys[$0 & 4_095]).2) }
        let exact = measure(rounds) {
          UInt64(view.handle.rendezvous(for: keys[$0 & 4_095]) { _ in true }.ordinal)
        }
        oneRatio.append(rivalOne / one[one.count - 1])
        threeRatio.append(rivalThree / three[three.count - 1])
        exactRatio.append(exact / one[one.count - 1])
      }
      print("  \(count) nodes of \(capacity):")
      print("    1 owner  \(Spread(one)); plain rendezvous takes x\(Spread(oneRatio))")
      print("    3 owners \(Spread(three)); plain rendezvous takes x\(Spread(threeRatio))")
      print("    1 owner by our integer rendezvous alone takes x\(Spread(exactRatio))")
    }
  }

  static func measureKeys() {
    let identity = ObjectIdentity(high: 1, low: 2)
    let salt = TenantSalt(key0: 3, key1: 4)
    let order = EpochOrder(seed: 5, count: 1_000_000)
    var block: [Double] = []
    var kv: [Double] = []
    var epoch: [Double] = []
    for _ in 0..<15 {
      block.append(
        measure(200_000) { identity.block(index: UInt32($0), blockBytes: 4 << 20).low })
      kv.append(
        measure(200_000) {
          let hash = UInt64($0)
          let key = KVChain.key(salt: salt, model: 1, anchor: hash, chainHash: hash)
          return key.low ^ key.high
        })
      epoch.append(measure(200_000) { UInt64(order[UInt32($0)]) })
    }
    print("keys, ns: block \(Spread(block)), KV block \(Spread(kv)), epoch order \(Spread(epoch))")
  }

  static func measureDisruption() {
    let total = 4_000_000
    print("share of \(total) keys whose first owner moves, over the ideal share")
    for (count, capacity) in [(3, 4), (50, 64), (50, 5_000), (5_000, 5_001)] {
      let before = cell(count, capacity: capacity)
      let node = NodeID(UInt16(count / 2))
      let fresh = NodeID(UInt16(count))
      let removed = before.changing([(node, nil)])
      let added = before.changing([(fresh, Member(node: fresh, rack: 9_999))])
      var away = 0
      var towards = 0
      for index in 0..<total {
        let key = BlockKey(high: mix64(UInt64(index)), low: 0)
        let owner = before.owner(of: key)
        if removed.owner(of: key) != owner { away += 1 }
        if added.owner(of: key) != owner { towards += 1 }
      }
      let weight = before.members.reduce(0) { $0 + Double($1.weight) }
      let idealAway = Double(before.handle.weight(of: node)) / weight
      let idealTowards = 255 / (weight + 255)
      print(
        "  \(count) nodes of \(capacity): one leaves \(short(Double(away) / Double(total) / idealAway)), "
          + "one comes \(short(Double(towards) / Double(total) / idealTowards))")
    }
  }

  static func measureBalance() {
    let view = cell(5_000, capacity: 5_000)
    var seen = [Double](repeating: 0, count: view.capacity)
    let total = 5_000_000
    for index in 0..<total {
      seen[Int(view.owner(of: BlockKey(high: mix64(UInt64(index)), low: 0)).ordinal)] += 1
    }
    let weight = view.members.reduce(0) { $0 + Double($1.weight) }
    var chiSquare = 0.0
    var most = 0.0
    for member in view.members {
      let ideal = Double(total) * Double(member.weight) / weight
      let excess = seen[Int(member.node.ordinal)] - ideal
      chiSquare += excess * excess / ideal
      most = max(most, seen[Int(member.node.ordinal)] / ideal)
    }
    print(
      "balance, 5,000 nodes, 1,000 keys a node: chi-square over degrees of freedom "
        + "\(short(chiSquare / Double(view.count - 1))), fullest node \(short(most)) of its share")
  }
}
