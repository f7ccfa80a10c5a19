import TarnCore

/// How many sampled blocks a node needs for each of its steps.
///
/// A real node needs the same bytes every step, on average `d` sampled blocks, seldom a whole
/// number. Step k gets floor((k + 1) d + phase) - floor(k d + phase): whole numbers whose mean is
/// d and of which no two differ by more than 1 (error diffusion, as in Bresenham's line). Drawing
/// them at random instead would make up bursts that no reader has. The phase is hashed from the
/// node, so that the nodes of a job do not all need their block in the same step.
struct StepDemand: BitwiseCopyable, Sendable {
  /// floor(d).
  private let whole: UInt32
  /// The rest of d, in units of 2^-32.
  private let fraction: UInt32

  /// `bytesPerStep` bytes a step in blocks of `blockBytes`, `rate` of which are sampled.
  init(bytesPerStep: UInt64, blockBytes: UInt32, rate: Double) {
    let blocks = Double(bytesPerStep) / Double(blockBytes) * rate
    precondition(blocks >= 0 && blocks < 1e9, "a node needs less than 10^9 blocks a step")
    whole = UInt32(blocks)
    fraction = UInt32(min((blocks - Double(whole)) * 4_294_967_296, 4_294_967_295))
  }

  /// Blocks that the node with this phase (in units of 2^-32) needs for step `step`.
  @inline(__always)
  func blocks(of step: UInt32, phase: UInt32) -> UInt32 {
    let before = phase &+ step &* fraction
    return whole + (before.addingReportingOverflow(fraction).overflow ? 1 : 0)
  }
}
