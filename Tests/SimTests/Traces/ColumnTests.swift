@testable import TarnSim
import Testing
@testable import TarnTraceFormat

@Suite struct ColumnTests {
  private func roundTrip(_ values: [UInt64], mayRepeat: Bool) -> (bytes: [UInt8], values: [UInt64])
  {
    var sink = ByteSink()
    var encoder = ColumnEncoder()
    values.withUnsafeBufferPointer { encoder.encode($0, mayRepeat: mayRepeat, into: &sink) }
    let bytes = Array(sink.bytes)
    var decoder = ColumnDecoder()
    var back: [UInt64] = []
    let isWhole = bytes.withUnsafeBytes {
      decoder.decode($0, count: values.count, into: &back)
    }
    return (bytes, isWhole ? back : [])
  }

  @Test func `a constant column takes no bits`() {
    #expect(
      roundTrip([7, 7, 7], mayRepeat: false).bytes == [2, 0, 7, 0, 0, 0, 0, 0, 0, 0]
        + [UInt8](repeating: 0, count: 8))
  }

  @Test func `a sequence is a constant difference`() {
    let column = roundTrip(Array(100..<1100), mayRepeat: true)
    #expect(column.bytes == [2, 0, 100, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0])
    #expect(column.values == Array(100..<1100))
  }

  @Test func `small values are packed bit by bit`() {
    let values: [UInt64] = [10, 13, 11, 10, 13, 10, 13, 11]
    // Two bits each, lowest first: 0 3 1 0 and 3 0 3 1.
    #expect(
      roundTrip(values, mayRepeat: false).bytes == [0, 2, 10, 0, 0, 0, 0, 0, 0, 0, 0x1c, 0x73])
  }

  @Test func `rare jumps make varints`() {
    let values: [UInt64] = [5, 5, 4, 6, 1_000_005, 1_000_005, 1_000_004]
    #expect(
      roundTrip(values, mayRepeat: false).bytes
        == [1, 5, 0, 0, 0, 0, 0, 0, 0, 0, 1, 4, 0xfe, 0x88, 0x7a, 0, 1])
  }

  @Test func `repeated wide keys make a dictionary`() {
    let keys: [UInt64] = [0xdead_beef_0000_0001, 0x1234_5678_9abc_def0]
    let values = (0..<64).map { keys[$0 % 2] }
    let column = roundTrip(values, mayRepeat: true)
    #expect(column.bytes[0] == 3)
    #expect(column.bytes.count < 64)
    #expect(column.values == values)
  }

  @Test(arguments: 0..<40) func `any column comes back`(seed: Int) {
    var numbers = TestNumbers(UInt64(seed))
    for _ in 0..<20 {
      let count = Int(numbers.below(300))
      let width = numbers.below(65)
      let base = numbers.next()
      let repeats = numbers.below(2) == 0
      let pool = (0...numbers.below(20)).map { _ in numbers.next() }
      var values: [UInt64] = []
      for _ in 0..<count {
        let noise = width == 0 ? 0 : numbers.next() >> (64 - width)
        values.append(repeats ? pool[Int(numbers.below(UInt64(pool.count)))] : base &+ noise)
      }
      #expect(roundTrip(values, mayRepeat: true).values == values, "seed \(seed)")
      #expect(roundTrip(values, mayRepeat: false).values == values, "seed \(seed)")
    }
  }

  @Test(arguments: 0..<20) func `nonsense decodes to nothing, or to something of the right length`(
    seed: Int
  ) {
    var numbers = TestNumbers(UInt64(seed) &+ 1000)
    var decoder = ColumnDecoder()
    var values: [UInt64] = []
    for _ in 0..<200 {
      let count = Int(numbers.below(50))
      var bytes = (0..<numbers.below(60)).map { _ in UInt8(numbers.below(256)) }
      if !bytes.isEmpty { bytes[0] %= 5 }
      if bytes.count > 1 { bytes[1] %= 70 }
      let isWhole = bytes.withUnsafeBytes { decoder.decode($0, count: count, into: &values) }
      if isWhole { #expect(values.count == count) }
    }
  }
}
