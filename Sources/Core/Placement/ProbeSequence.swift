/// The pseudo-random nodes at which a key looks for owners; specified at `ClusterView.Handle`.
struct ProbeSequence: BitwiseCopyable {
  /// Probes before rendezvous hashing takes over. Part of the placement's definition.
  static let limit = 128

  private var state: UInt64

  @inline(__always)
  init(key: BlockKey) { state = mix64(key.high ^ 0x6a09_e667_f3bc_c908) }

  /// The next ordinal, or `NodeID.none` if there is no member or the weight rejects it.
  @inline(__always)
  mutating func next(in view: ClusterView.Handle) -> NodeID {
    state &+= 0x9e37_79b9_7f4a_7c15
    let hash = mix64(state)
    let ordinal = ((hash &>> 32) &* UInt64(view.header.pointee.capacity)) &>> 32
    let accepted = UInt8(truncatingIfNeeded: hash) < view.weights[Int(ordinal)]
    return accepted ? NodeID(UInt16(truncatingIfNeeded: ordinal)) : .none
  }
}
