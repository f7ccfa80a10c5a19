@testable import TarnSim
import Testing
@testable import TarnTraceFormat

/// Every way to damage a small trace: never a crash, every whole block, and a word about the rest.
@Suite struct TraceDamageTests {
  private static let perBlock = 3
  private static let count = 11

  private struct Sample {
    let bytes: [UInt8]
    /// Where the blocks lie, and the first byte behind them.
    let blocks: [Range<Int>]
    let headerLength: Int
  }

  private func sample() throws -> Sample {
    let file = try TemporaryFile()
    var numbers = TestNumbers(5)
    let requests = (0..<Self.count).map {
      TraceRequest(time: UInt64($0), key: numbers.next())
    }
    try TraceFormatTests.write(
      requests, to: file.path, schema: .requests([.time]), recordsPerBlock: Self.perBlock)
    let bytes = try file.bytes()
    let index = try #require(try BlockSource(path: file.path).footer()).index
    let starts = index.entries.map { Int($0.offset) }
    let trailer = bytes[(bytes.count - 16)..<(bytes.count - 8)]
    let end = trailer.reversed().reduce(0) { $0 << 8 | Int($1) }
    return Sample(
      bytes: bytes, blocks: zip(starts, starts.dropFirst() + [end]).map { $0..<$1 },
      headerLength: starts[0])
  }

  /// Record numbers (which are their times) that a lenient reader yields, and its damage.
  private func read(_ bytes: [UInt8]) throws -> (records: [UInt64], damage: [TraceDamage]) {
    let file = try TemporaryFile(bytes)
    var reader = try TraceReader(path: file.path)
    var block = TraceBlock()
    var records: [UInt64] = []
    while try reader.next(into: &block) { records += block.times }
    return (records, reader.damage)
  }

  private func isRefused(_ bytes: [UInt8]) throws -> Bool {
    let file = try TemporaryFile(bytes)
    return traceError { _ = try TraceFormatTests.requests(file.path) } != nil
  }

  private func records(without block: Int?) -> [UInt64] {
    (0..<UInt64(Self.count)).filter { block == nil || Int($0) / Self.perBlock != block }
  }

  @Test func `a changed byte costs at most the block around it`() throws {
    let sample = try sample()
    for offset in sample.bytes.indices {
      for mask in [0x01, 0xFF] as [UInt8] {
        var bytes = sample.bytes
        bytes[offset] ^= mask
        let hit = sample.blocks.firstIndex { $0.contains(offset) }
        let (found, damage) = try read(bytes)
        #expect(found == records(without: hit), "byte \(offset)")
        #expect(!damage.isEmpty, "byte \(offset)")
        if let hit {
          #expect(damage.first?.offset == UInt64(sample.blocks[hit].lowerBound), "byte \(offset)")
          let first = UInt64(hit * Self.perBlock)
          let end = min(first + UInt64(Self.perBlock), UInt64(Self.count))
          #expect(damage.first?.lostRecords == first..<end, "byte \(offset)")
        }
      }
      var bytes = sample.bytes
      bytes[offset] ^= 0x80
      #expect(try isRefused(bytes), "byte \(offset)")
    }
  }

  @Test func `a truncated trace yields the blocks before the cut`() throws {
    let sample = try sample()
    for length in sample.bytes.indices {
      let bytes = Array(sample.bytes.prefix(length))
      #expect(try isRefused(bytes), "length \(length)")
      guard length >= sample.headerLength else {
        #expect(traceError { _ = try read(bytes) } != nil, "length \(length)")
        continue
      }
      let whole = sample.blocks.filter { $0.upperBound <= length }.count
      let (found, damage) = try read(bytes)
      #expect(found.count == min(whole * Self.perBlock, Self.count), "length \(length)")
      #expect(!damage.isEmpty, "length \(length)")
    }
  }

  @Test func `a block cut out is missed`() throws {
    let sample = try sample()
    var bytes = sample.bytes
    bytes.removeSubrange(sample.blocks[2])
    let (found, damage) = try read(bytes)
    #expect(found == records(without: 2))
    #expect(damage.contains { $0.lostRecords == 6..<9 })
    #expect(damage.map(\.description).contains { $0.contains("records 6 to 8 are lost") })
  }

  @Test func `a block that comes twice is read once`() throws {
    let sample = try sample()
    var bytes = sample.bytes
    bytes.insert(contentsOf: sample.bytes[sample.blocks[1]], at: sample.blocks[2].lowerBound)
    let (found, damage) = try read(bytes)
    #expect(found == records(without: nil))
    #expect(damage.contains { $0.problem == "a block repeats records that came before" })
  }

  @Test func `garbage between blocks is stepped over`() throws {
    let sample = try sample()
    var bytes = sample.bytes
    bytes.insert(contentsOf: Array("TBLK TIDX garbage".utf8), at: sample.blocks[3].lowerBound)
    #expect(try read(bytes).records == records(without: nil))
  }

  @Test(arguments: 0..<10) func `garbage all over is never a crash`(seed: Int) throws {
    let sample = try sample()
    var numbers = TestNumbers(UInt64(seed))
    for _ in 0..<20 {
      var bytes = sample.bytes
      for _ in 0..<numbers.below(40) {
        bytes[Int(numbers.below(UInt64(bytes.count)))] = UInt8(numbers.below(256))
      }
      _ = traceError { _ = try read(bytes) }
    }
  }

  @Test func `a damaged trace converts to a whole one`() throws {
    let sample = try sample()
    var bytes = sample.bytes
    bytes[sample.blocks[1].lowerBound + 20] ^= 1
    let damaged = try TemporaryFile(bytes)
    let repaired = try TemporaryFile(suffix: ".tarn")
    let report = try TraceConversion().convert(damaged.path, to: repaired.path)
    #expect(report.records == 8)
    #expect(report.damage.count == 1)
    #expect(try TraceFormatTests.requests(repaired.path).map(\.time) == records(without: 1))
    var strict = TraceConversion()
    strict.options.strict = true
    let refused = try TemporaryFile(suffix: ".tarn")
    #expect(traceError { _ = try strict.convert(damaged.path, to: refused.path) }?.kind == .damaged)
    #expect(!refused.exists)
  }
}
