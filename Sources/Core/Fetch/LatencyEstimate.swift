/// How long each source has taken lately: exponentially weighted means in integers, gain 1/8, as
/// TCP estimates its round trips (Jacobson 1988). The input to every bypass decision.
struct LatencyEstimate: BitwiseCopyable {
  private var microseconds: InlineArray<5, UInt32> = InlineArray(repeating: 0)
  /// Mean deviation of what peers take.
  private var peerDeviation: UInt32 = 0

  init() {}

  /// The mean in microseconds; 0 if nothing was measured.
  subscript(source: Source) -> UInt32 { microseconds[Int(source.rawValue)] }

  /// Microseconds after which a peer's answer is late for this cell: the mean and four mean
  /// deviations, as TCP's retransmission time-out (RFC 6298); 0 if nothing was measured.
  var peerPatience: UInt64 { UInt64(self[.peer]) + 4 * UInt64(peerDeviation) }

  /// Takes one measurement.
  mutating func record(_ source: Source, nanoseconds: Nanoseconds) {
    let sample = UInt32(clamping: max(1, nanoseconds / 1000))
    let index = Int(source.rawValue)
    let mean = microseconds[index]
    guard mean > 0 else {
      microseconds[index] = sample
      if source == .peer { peerDeviation = sample / 2 }
      return
    }
    if source == .peer {
      let error = sample >= mean ? sample - mean : mean - sample
      peerDeviation = peerDeviation - peerDeviation / 4 + error / 4
    }
    microseconds[index] =
      sample >= mean ? mean + (sample - mean) / 8 : max(1, mean - (mean - sample + 7) / 8)
  }
}
