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
      if leastCost &* bestWeight >= bestCost &* weight { continue }
      let cost = negativeLog2(hash)
      if cost &* bestWeight < bestCost &* weight, isUsable(node) {
        (best, bestCost, bestWeight) = (node, cost, weight)
      }
    }
    return best
  }
}

/// -log2((hash + 1) / 2^64) in units of 2^-40, to one unit; below 2^47.
///
/// With u = m / 2^e and m in sqrt(1/2) ... sqrt(2), log2(m) is 2 / ln 2 * atanh((m - 1) / (m + 1)),
/// whose series gains five bits a term; nine terms. Fixed-point numbers with 62 fraction bits.
func negativeLog2(_ hash: UInt64) -> UInt64 {
  guard hash < .max else { return 0 }
  let one: UInt64 = 1 << 62
  let zeros = UInt64((hash &+ 1).leadingZeroBitCount)
  var exponent = zeros &+ 1
  var mantissa = (hash &+ 1) &<< zeros
  let squareRootOfTwo: UInt64 = 0xb504_f333_f9de_6484
  if mantissa > squareRootOfTwo {
    mantissa = mantissa &>> 2
    exponent &-= 1
  } else {
    mantissa = mantissa &>> 1
  }
  let distance = mantissa < one ? one &- mantissa : mantissa &- one
  let ratio = (mantissa &+ one).dividingFullWidth((distance &>> 2, distance &<< 62)).quotient
  let square = product62(ratio, ratio)
  var series = one / 17
  for term in 1...8 as ClosedRange<UInt64> {
    series = product62(series, square) &+ one / (17 &- 2 &* term)
  }
  let twoOverLn2: UInt64 = 0xb8aa_3b29_5c17_f0bc
  let log = product62(product62(ratio, series), twoOverLn2) &>> 22
  return mantissa < one ? exponent &<< 40 &+ log : exponent &<< 40 &- log
}

/// The product of two numbers with 62 fraction bits.
@inline(__always)
private func product62(_ one: UInt64, _ other: UInt64) -> UInt64 {
  let product = one.multipliedFullWidth(by: other)
  return product.high &<< 2 | product.low &>> 62
}
