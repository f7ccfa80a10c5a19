/// Why bytes are no decision record. Offsets are of the bytes handed to `DecisionRecord.decode`.
public enum DecisionRecordError: Error, Equatable, Sendable {
  /// The record that starts at `offset` needs `missing` more bytes than there are.
  case truncated(offset: Int, missing: Int)
  /// The record that starts at `offset` says that it has fewer words than it must have.
  case impossibleLength(offset: Int)
  /// The record that starts at `offset` does not have the check value that is stored with it.
  case corrupt(offset: Int)
  /// The words at `offset` have a tag that is no input's or effect's, as the place requires.
  case unknownTag(offset: Int, tag: UInt8)
  /// The words at `offset` have a value that their tag does not allow.
  case impossibleValue(offset: Int, tag: UInt8)
}

extension DecisionRecordError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .truncated(let offset, let missing):
      "decision record at byte \(offset): \(missing) bytes are missing; the recording was cut off"
    case .impossibleLength(let offset):
      "decision record at byte \(offset): its length is impossible; the recording is damaged"
    case .corrupt(let offset):
      "decision record at byte \(offset): its check value is wrong; the recording is damaged"
    case .unknownTag(let offset, let tag):
      "decision record: unknown tag \(tag) at byte \(offset); "
        + "replay it with the version of Tarn that recorded it"
    case .impossibleValue(let offset, let tag):
      "decision record: impossible value under tag \(tag) at byte \(offset); "
        + "replay it with the version of Tarn that recorded it"
    }
  }
}

extension DecisionRecord {
  /// The record that starts at `offset` of `bytes`; `offset` moves behind it, unless it throws.
  public static func decode(
    from bytes: Span<UInt8>, at offset: inout Int
  ) throws(DecisionRecordError) -> DecisionRecord {
    let end = try checkedEnd(of: bytes, from: offset)
    let keyCount = Int(littleEndianWord(in: bytes, at: offset).highHalf)
    let time = Instant(nanoseconds: littleEndianWord(in: bytes, at: offset + 8))
    var position = offset + 16
    let event = try decodeEvent(from: bytes, at: &position, end: end)
    guard keyCount <= (end - position) / 16 else { throw .impossibleLength(offset: offset) }
    var keys: [BlockKey] = []
    keys.reserveCapacity(keyCount)
    for _ in 0..<keyCount {
      keys.append(
        BlockKey(
          high: littleEndianWord(in: bytes, at: position),
          low: littleEndianWord(in: bytes, at: position + 8)))
      position += 16
    }
    var effects: [Effect] = []
    while position < end {
      effects.append(try decodeEffect(from: bytes, at: &position, end: end))
    }
    offset = end + 8
    return DecisionRecord(time: time, event: event, keys: keys, effects: effects)
  }

  /// Where the record's check value lies, once it is known to be right.
  private static func checkedEnd(
    of bytes: Span<UInt8>, from offset: Int
  ) throws(DecisionRecordError) -> Int {
    precondition(offset >= 0 && offset <= bytes.count, "decoding starts within the bytes")
    let available = bytes.count - offset
    guard available >= 8 else { throw .truncated(offset: offset, missing: 8 - available) }
    let words = Int(littleEndianWord(in: bytes, at: offset).lowHalf)
    // The header, the time, one word of input and the check value.
    guard words >= 4 else { throw .impossibleLength(offset: offset) }
    guard available / 8 >= words else {
      throw .truncated(offset: offset, missing: words * 8 - available)
    }
    let end = offset + (words - 1) * 8
    var check = DecisionHash.checkStart
    for position in stride(from: offset, to: end, by: 8) {
      check = DecisionHash.check(check, littleEndianWord(in: bytes, at: position))
    }
    guard check == littleEndianWord(in: bytes, at: end) else { throw .corrupt(offset: offset) }
    return end
  }

  private static func decodeEvent(
    from bytes: Span<UInt8>, at position: inout Int, end: Int
  ) throws(DecisionRecordError) -> Event {
    let start = position
    let words = try decodeWords(from: bytes, at: &position, end: end)
    guard let tag = DecisionTag.Input(rawValue: words.tag) else {
      throw .unknownTag(offset: start, tag: words.tag)
    }
    if tag == .view {
      let event = Event.view(version: words.w1, digest: words.w2)
      if event.decisionWords == words { return event }
    } else if let input = Input(words) {
      return .input(input)
    }
    throw .impossibleValue(offset: start, tag: words.tag)
  }

  private static func decodeEffect(
    from bytes: Span<UInt8>, at position: inout Int, end: Int
  ) throws(DecisionRecordError) -> Effect {
    let start = position
    let words = try decodeWords(from: bytes, at: &position, end: end)
    guard DecisionTag.Effect(rawValue: words.tag) != nil else {
      throw .unknownTag(offset: start, tag: words.tag)
    }
    guard let effect = Effect(words) else {
      throw .impossibleValue(offset: start, tag: words.tag)
    }
    return effect
  }

  /// As many words as the tag of the first says.
  private static func decodeWords(
    from bytes: Span<UInt8>, at position: inout Int, end: Int
  ) throws(DecisionRecordError) -> DecisionWords {
    var words = DecisionWords(littleEndianWord(in: bytes, at: position))
    let count = DecisionWords.count(tag: words.tag)
    guard count > 0 else { throw .unknownTag(offset: position, tag: words.tag) }
    guard count <= (end - position) / 8 else {
      throw .impossibleValue(offset: position, tag: words.tag)
    }
    for index in 1..<count { words[index] = littleEndianWord(in: bytes, at: position + index * 8) }
    position += count * 8
    return words
  }
}
