/// Spreads an integer over all 64 bits: a fixed bijection, for hashing what is no secret.
///
/// Stafford's variant 13 of the MurmurHash3 finaliser, as in SplitMix64 (Steele, Lea and Flood,
/// "Fast splittable pseudorandom number generators", OOPSLA 2014). Part of our specified formats:
/// placement and epoch orders depend on it.
@inline(__always)
public func mix64(_ value: UInt64) -> UInt64 {
  var mixed = value
  mixed = (mixed ^ mixed &>> 30) &* 0xbf58_476d_1ce4_e5b9
  mixed = (mixed ^ mixed &>> 27) &* 0x94d0_49bb_1331_11eb
  return mixed ^ mixed &>> 31
}
