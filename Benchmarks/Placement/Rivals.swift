import Glibc
import TarnCore

/// The rival: weighted rendezvous hashing as the textbook has it, over all members.
///
/// Each member's score is -ln(u) / weight with u its hash with the key; the smallest score wins.
struct TextbookRendezvous {
  private let ordinals: [UInt16]
  private let inverseWeights: [Double]

  init(_ view: ClusterView) {
    ordinals = view.members.map(\.node.ordinal)
    inverseWeights = view.members.map { 1 / Double($0.weight) }
  }

  /// The first owner.
  @inline(never)
  func owner(of key: BlockKey) -> UInt16 {
    var best = Double.infinity
    var owner = UInt16.max
    for index in ordinals.indices {
      let score = score(key, index)
      if score < best { (best, owner) = (score, ordinals[index]) }
    }
    return owner
  }

  /// The first three owners, whatever their racks: less work than what it is compared with.
  @inline(never)
  func owners(of key: BlockKey) -> (UInt16, UInt16, UInt16) {
    var best = (Double.infinity, Double.infinity, Double.infinity)
    var owners = (UInt16.max, UInt16.max, UInt16.max)
    for index in ordinals.indices {
      let score = score(key, index)
      guard score < best.2 else { continue }
      if score < best.0 {
        (best, owners) = ((score, best.0, best.1), (ordinals[index], owners.0, owners.1))
      } else if score < best.1 {
        (best, owners) = ((best.0, score, best.1), (owners.0, ordinals[index], owners.1))
      } else {
        (best.2, owners.2) = (score, ordinals[index])
      }
    }
    return owners
  }

  @inline(__always)
  private func score(_ key: BlockKey, _ index: Int) -> Double {
    let hash = mix64(key.high ^ UInt64(ordinals[index]) &* 0x9e37_79b9_7f4a_7c15)
    return -log((Double(hash >> 11) + 1) * 0x1p-53) * inverseWeights[index]
  }
}
