import TarnCore
import Testing

/// Random calls against the model, over many seeds and shapes.
@Suite struct FlashLogPropertyTests {
  static let shapes: [FlashLogShape] = [
    // Equal blocks that fill segments exactly, as in a scaled simulation.
    FlashLogShape(segments: 12, segmentBytes: 65536, lengths: 16384...16384, slots: 40),
    // Mixed lengths that leave unused ends.
    FlashLogShape(segments: 9, segmentBytes: 65536, lengths: 1...50_000, slots: 24),
    // The smallest log.
    FlashLogShape(segments: 4, segmentBytes: 32768, lengths: 1...8192, slots: 12),
    // A segment size that is no power of two, many small blocks.
    FlashLogShape(segments: 40, segmentBytes: 3 * 4096, lengths: 1...4096, slots: 90),
    // One block a segment: all garbage is in unused ends.
    FlashLogShape(segments: 8, segmentBytes: 65536, lengths: 33_000...40_000, slots: 10),
  ]

  @Test(arguments: 0..<5) func `the log agrees with a naive model`(shape: Int) {
    var discards = 0
    var moves = 0
    var overtaken = 0
    var recoveries = 0
    for seed in UInt64(0)..<30 {
      var model = FlashLogModel(Self.shapes[shape], seed: seed, fault: nil)
      model.run(steps: 600)
      let violation = model.violation
      #expect(violation == nil, "shape \(shape), seed \(seed)")
      discards += model.discards
      moves += model.finishedMoves
      overtaken += model.overtakenMoves
      recoveries += model.recoveries
    }
    // The rare paths were reached: one block a segment leaves little to move.
    #expect(discards > 500)
    #expect(moves > 40)
    #expect(overtaken > 3)
    #expect(recoveries > 100)
  }

  @Test(arguments: FlashLogFault.allCases)
  func `a planted fault is found`(fault: FlashLogFault) {
    // Faults that break the log's own bookkeeping may also end in one of its preconditions; the
    // shape and seeds here are ones where the model sees them first.
    var found: [UInt64] = []
    for seed in UInt64(0)..<4 {
      var model = FlashLogModel(Self.shapes[0], seed: seed, fault: fault)
      model.run(steps: 600)
      if model.violation != nil { found.append(seed) }
    }
    #expect(found == [0, 1, 2, 3])
  }
}
