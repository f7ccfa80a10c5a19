@testable import TarnCore
import Testing

@Suite struct DecisionRecordTests {
  private static let sample = DecisionRecord(
    time: DecisionSamples.deadline, event: .input(DecisionSamples.inputs[1][0]),
    keys: [DecisionSamples.key],
    effects: [DecisionSamples.effects[1][0], DecisionSamples.effects[9][0]])

  private func decode(_ bytes: [UInt8]) -> Result<DecisionRecord, DecisionRecordError> {
    var offset = 0
    do throws(DecisionRecordError) {
      return .success(try DecisionRecord.decode(from: bytes.span, at: &offset))
    } catch {
      return .failure(error)
    }
  }

  /// A record of these words between header and check value, both right.
  private func sealed(_ words: [UInt64], keys: UInt32 = 0) -> [UInt8] {
    var all = [UInt64(words.count + 2) | UInt64(keys) << 32] + words
    all.append(all.reduce(DecisionHash.checkStart) { DecisionHash.check($0, $1) })
    return all.flatMap { word in (0..<8).map { UInt8(truncatingIfNeeded: word >> ($0 * 8)) } }
  }

  @Test func `a record has its golden bytes`() {
    var bytes: [UInt8] = []
    Self.sample.encode(into: &bytes)
    #expect(bytes == DecisionGolden.record)
    #expect(decode(DecisionGolden.record) == .success(Self.sample))
  }

  @Test func `a view is recorded by version and digest`() {
    let record = DecisionRecord(
      time: Instant(nanoseconds: 5), event: .view(version: 7, digest: 0xDEAD_BEEF), keys: [],
      effects: [])
    var bytes: [UInt8] = []
    record.encode(into: &bytes)
    #expect(bytes == sealed(Array(DecisionGolden.viewRecord[1...4])))
    #expect(DecisionGolden.viewRecord.count == 6)
    #expect(decode(bytes) == .success(record))
  }

  @Test func `the driver's way of encoding gives the same bytes`() {
    var effects = Effects()
    effects.append(DecisionSamples.effects[1][0])
    effects.append(DecisionSamples.effects[9][0])
    var bytes: [UInt8] = [1, 2, 3]
    DecisionRecord.encode(
      DecisionSamples.inputs[1][0], at: DecisionSamples.deadline,
      keys: [DecisionSamples.key].span, effects: effects, into: &bytes)
    #expect(bytes == [1, 2, 3] + DecisionGolden.record)
  }

  @Test func `random records survive the round trip, one behind the other`() throws {
    for seed in UInt64(0)..<20 {
      var random = TierRandom(seed)
      var records: [DecisionRecord] = []
      var bytes: [UInt8] = []
      for _ in 0..<40 {
        let record = DecisionRecord.random(&random)
        record.encode(into: &bytes)
        records.append(record)
      }
      var offset = 0
      for record in records {
        let decoded = try DecisionRecord.decode(from: bytes.span, at: &offset)
        #expect(decoded == record, "seed \(seed)")
      }
      #expect(offset == bytes.count)
    }
  }

  @Test func `every flipped bit is found`() {
    for bit in 0..<DecisionGolden.record.count * 8 {
      var bytes = DecisionGolden.record
      bytes[bit / 8] ^= 1 << UInt8(bit % 8)
      guard case .failure = decode(bytes) else {
        Issue.record("bit \(bit) may be flipped")
        return
      }
    }
  }

  @Test func `every cut is found, with what is missing`() {
    for length in 0..<DecisionGolden.record.count {
      let needed = length < 8 ? 8 : DecisionGolden.record.count
      #expect(
        decode(Array(DecisionGolden.record[..<length]))
          == .failure(.truncated(offset: 0, missing: needed - length)))
    }
  }

  @Test func `the error names the offset of the record`() {
    var bytes = DecisionGolden.record + DecisionGolden.record
    bytes[DecisionGolden.record.count + 20] ^= 1
    var offset = 0
    #expect(throws: DecisionRecordError.corrupt(offset: 104)) {
      _ = try DecisionRecord.decode(from: bytes.span, at: &offset)
      _ = try DecisionRecord.decode(from: bytes.span, at: &offset)
    }
    #expect(offset == 104)
    #expect(
      "\(DecisionRecordError.corrupt(offset: 104))"
        == "decision record at byte 104: its check value is wrong; the recording is damaged")
  }

  @Test func `well-sealed nonsense is refused where it lies`() {
    #expect(decode(sealed([5])) == .failure(.impossibleLength(offset: 0)))
    #expect(decode(sealed([5, 99])) == .failure(.unknownTag(offset: 16, tag: 99)))
    // An effect as the event, an input as an effect.
    #expect(decode(sealed([5, 138, 1])) == .failure(.unknownTag(offset: 16, tag: 138)))
    #expect(decode(sealed([5, 10, 10])) == .failure(.unknownTag(offset: 24, tag: 10)))
    // A wake with something in its head, a flash status 3, a reply with half a length of its own.
    #expect(decode(sealed([5, 10 | 1 << 8])) == .failure(.impossibleValue(offset: 16, tag: 10)))
    #expect(decode(sealed([5, 8 | 3 << 8, 1])) == .failure(.impossibleValue(offset: 16, tag: 8)))
    #expect(
      decode(sealed([5, 10, 129, 1, 1 << 32])) == .failure(.impossibleValue(offset: 24, tag: 129)))
    // A view with something in its head, an input that the record's length cuts off.
    #expect(
      decode(sealed([5, 11 | 1 << 8, 7, 7])) == .failure(.impossibleValue(offset: 16, tag: 11)))
    #expect(decode(sealed([5, 8])) == .failure(.impossibleValue(offset: 16, tag: 8)))
    // More keys than the record can hold.
    #expect(decode(sealed([5, 10, 1, 2], keys: 2)) == .failure(.impossibleLength(offset: 0)))
    #expect(decode(sealed([5, 10], keys: .max)) == .failure(.impossibleLength(offset: 0)))
  }

  @Test func `a changed word is refused or kept exactly`() {
    var accepted = 0
    var refused = 0
    for seed in UInt64(0)..<1000 {
      var random = TierRandom(seed)
      var bytes: [UInt8] = []
      let record = DecisionRecord.random(&random)
      record.encode(into: &bytes)
      var words = stride(from: 8, to: bytes.count - 8, by: 8).map {
        littleEndianWord(in: bytes.span, at: $0)
      }
      let index = Int(random.below(UInt32(words.count)))
      words[index] = random.below(4) == 0 ? random.next() : words[index] ^ 1 << random.below(64)
      let changed = sealed(words, keys: UInt32(record.keys.count))
      guard case .success(let decoded) = decode(changed) else {
        refused += 1
        continue
      }
      accepted += 1
      var again: [UInt8] = []
      decoded.encode(into: &again)
      #expect(again == changed, "seed \(seed)")
    }
    #expect(accepted > 100 && refused > 100)
  }
}
