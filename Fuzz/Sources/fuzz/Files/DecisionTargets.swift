@testable internal import TarnCore
@testable internal import TarnDecisions
@testable internal import TarnTraceFormat

extension FuzzTarget {
  /// Records of decisions, check values made right: what is read is written as the same bytes.
  static let decisionRecord = FuzzTarget("decision-record", longestInput: 512) { input in
    let bytes = SealedEntries.bytes(input.rest())
    var position = 0
    while position < bytes.count {
      let start = position
      do throws(DecisionRecordError) {
        let record = try DecisionRecord.decode(from: bytes.span, at: &position)
        var again: [UInt8] = []
        record.encode(into: &again)
        demand(bytes[start..<position].elementsEqual(again), "a record changes")
      } catch {
        demand(position == start, "a damaged record moves the place")
        return
      }
    }
  }

  /// Recordings as files, as they came or with right checksums: reading ends, and the steps and the
  /// end are those of the entries.
  static let decisionLog = FuzzTarget("decision-log", longestInput: 1_024) { input in
    let options = input.byte()
    let bytes = options & 1 == 1 ? sealedLog(&input, hasEnd: options & 2 == 2) : input.rest()
    do throws(TraceError) {
      var reader = try DecisionLogReader(path: MemoryFile.shared.holding(bytes))
      var (steps, entries): (UInt64, Int) = (0, 0)
      while let entry = try reader.next() {
        entries += 1
        if case .step(let record) = entry {
          steps += 1
          var again: [UInt8] = []
          record.encode(into: &again)
          demand(reader.isLastStep(again), "a step changes when it is written anew")
        }
      }
      demand(reader.steps == steps && reader.end != nil, "a recording has no end")
      demand(entries <= bytes.count * 255, "there are more entries than bytes")
    } catch { demand("\(error)".contains(MemoryFile.shared.path), "\(error) names no file") }
  }

  private static let header = DecisionLogHeader(
    node: NodeID(1), startedNanoseconds: 1_768_642_205_000_000_000,
    configuration: CacheConfiguration()
  ).bytes

  private static func sealedLog(_ input: inout FuzzInput, hasEnd: Bool) -> [UInt8] {
    var bytes = header
    var framer = DecisionFramer()
    var steps: UInt64 = 0
    while input.remaining > 0 {
      let length = 8 * Int(input.byte() & 63)
      let entries = SealedEntries.bytes(input.bytes(length))
      framer.append(DecisionChunk(firstStep: steps, entries: entries), to: &bytes)
      steps += SealedEntries.steps(entries)
    }
    if hasEnd { framer.append(.end(.finished, atStep: steps), to: &bytes) }
    return bytes
  }
}

/// Entries of a recording with right check values: without it no fuzzer would get behind them.
private enum SealedEntries {
  static func bytes(_ content: [UInt8]) -> [UInt8] {
    var bytes = content
    forEachStep(bytes) { start, words in
      let end = start + (words - 1) * 8
      var check = DecisionHash.checkStart
      for position in stride(from: start, to: end, by: 8) {
        check = DecisionHash.check(check, bytes.number(UInt64.self, at: position))
      }
      bytes.put(check, at: end)
    }
    return bytes
  }

  static func steps(_ bytes: [UInt8]) -> UInt64 {
    var steps: UInt64 = 0
    forEachStep(bytes) { _, _ in steps += 1 }
    return steps
  }

  /// Calls `body` with the place and words of each step's record that is whole.
  private static func forEachStep(_ bytes: [UInt8], _ body: (Int, Int) -> Void) {
    var position = 0
    while bytes.count - position >= 8 {
      let words = Int(bytes.number(UInt32.self, at: position))
      switch words {
      case 0: position += 8
      case 1:
        guard bytes.count - position >= 8 else { return }
        position += 24 + 8 * Int(bytes.number(UInt32.self, at: position + 4) & 0xFFFF)
      case 2: position += 24
      case 3: position += 8
      default:
        guard words <= (bytes.count - position) / 8 else { return }
        body(position, words)
        position += words * 8
      }
    }
  }
}
