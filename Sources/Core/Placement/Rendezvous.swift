/// Exact capacity-weighted rendezvous hashing: what decides where the probes found nobody.
///
/// Thaler and Ravishankar, "Using name-based mappings to increase hit rates", IEEE/ACM ToN 1998;
/// weights by the logarithmic method (Schindelhauer and Schomaker, "Weighted distributed hash
/// tables", SPAA 2005): the member with the smallest -log2(u) / weight wins, where u in (0, 1] is
/// its hash with the key. In integers only, so that every machine agrees to the bit. O(members).
extension ClusterView.Handle {
  /// The first member in rendezvous order that `isUsable` admits; `NodeID.none` if there is none.
  ///
  /// `owner(of:)` is the look-up; this is public for comparisons.
  @inline(never)
  public func rendezvous(for key: BlockKey, where isUsable: (NodeID) -> Bool) -> NodeID {
    let state = mix64(key.high ^ 0xbb67_ae85_84ca_a73b)
    var best = NodeID.none
    var bestCost: UInt64 = .max >> 8
    var bestWeight: UInt64 = 1
    for index in 0..<count {
      let node = member(at: index)
      let weight = UInt64(weights[Int(node.ordinal)])
      let hash = mix64(state &+ UInt64(node.ordinal) &* 0x9e37_79b9_7f4a_7c15)
      // -log2(u) >= 1 - u, so most members are out before their logarithm is taken. Costs are below
      // 2^47 and weights below 2^8: no product overflows.
      let leastCost = ~hash &>> 24
      if leastCost >= 16, leastCost &* bestWeight >= bestCost &* weight { continue }
      let cost = negativeLog2(hash)
      if cost &* bestWeight < bestCost &* weight, isUsable(node) {
        (best, bestCost, bestWeight) = (node, cost, weight)
      }
    }
    return best
  }
}

/// -log2((hash + 1) / 2^64) in units of 2^-40, rounded up to at most 2 units more; below 2^47.
///
/// Bit by bit: squaring a number in 1 ..< 2 doubles its logarithm, whose next binary digit is 1
/// where the square reaches 2.
func negativeLog2(_ hash: UInt64) -> UInt64 {
  guard hash < .max else { return 0 }
  let zeros = (hash &+ 1).leadingZeroBitCount
  var mantissa = (hash &+ 1) &<< UInt64(zeros)
  var log: UInt64 = 0
  for _ in 0..<40 {
    let square = mantissa.multipliedFullWidth(by: mantissa)
    let reachesTwo = square.high &>> 63
    // In 1.63 fixed point the square is 2.126; keep its top 64 bits as a mantissa again.
    mantissa =
      reachesTwo == 1 ? square.high : square.high &<< 1 | square.low &>> 63
    log = log &<< 1 | reachesTwo
  }
  return (UInt64(zeros) &+ 1) &<< 40 &- log
}
