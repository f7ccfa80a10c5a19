/// How long each source has taken lately: exponentially weighted means in integers, gain 1/8, as
/// TCP estimates its round trips (Jacobson 1988). The input to every bypass decision.
struct LatencyEstimate: BitwiseCopyable {
  private var microseconds: InlineArray<5, UInt32> = InlineArray(repeating: 0)

  init() {}

  /// The mean in microseconds; 0 if nothing was measured.
  subscript(source: Source) -> UInt32 { microseconds[Int(source.rawValue)] }

  /// Takes one measurement.
  mutating func record(_ source: Source, nanoseconds: Nanoseconds) {
    let sample = UInt32(clamping: max(1, nanoseconds / 1000))
    let index = Int(source.rawValue)
    let mean = microseconds[index]
    guard mean > 0 else {
      microseconds[index] = sample
      return
    }
    microseconds[index] =
      sample >= mean ? mean + (sample - mean) / 8 : max(1, mean - (mean - sample + 7) / 8)
  }
}
