/// One step of a core as it is recorded: what it was told, when, and what it decided.
///
/// Format, all words of 64 bits, little-endian: words of the record, this one included (low 32
/// bits) and keys (high 32); time; the words of the input; high and low of each key; the words of
/// each effect; a check value over all words before it (value = mix(value ^ word, S13) from S8, see
/// `DecisionHash`).
public struct DecisionRecord: Sendable {
  /// What a core was told. A view is kept by version and digest; whoever replays has to have it.
  public enum Event: Sendable {
    case input(Input)
    case view(version: UInt64, digest: UInt64)
  }

  /// When.
  public var time: Instant
  /// What happened.
  public var event: Event
  /// The keys beside it.
  public var keys: [BlockKey]
  /// What the core decided, in order.
  public var effects: [Effect]

  /// A record of these.
  public init(time: Instant, event: Event, keys: [BlockKey], effects: [Effect]) {
    self.time = time
    self.event = event
    self.keys = keys
    self.effects = effects
  }

  /// Appends the record's bytes to `bytes`.
  public func encode(into bytes: inout [UInt8]) {
    var writer = DecisionRecordWriter(bytes)
    bytes = []
    writer.begin(event.decisionWords, at: time, keys: keys.span)
    for effect in effects { writer.append(effect.decisionWords) }
    bytes = writer.finish()
  }

  /// Appends the bytes of a step's record to `bytes`: what the driver calls after each step, while
  /// the view of an `Input.view` is alive.
  public static func encode(
    _ input: Input, at time: Instant, keys: Span<BlockKey>, effects: borrowing Effects,
    into bytes: inout [UInt8]
  ) {
    var writer = DecisionRecordWriter(bytes)
    bytes = []
    writer.begin(input.decisionWords, at: time, keys: keys)
    for index in 0..<effects.count { writer.append(effects[index].decisionWords) }
    bytes = writer.finish()
  }
}

extension DecisionRecord.Event {
  /// The event's words.
  var decisionWords: DecisionWords {
    switch self {
    case .input(let input): input.decisionWords
    case .view(let version, let digest): Input.decisionWords(viewVersion: version, digest: digest)
    }
  }
}

extension DecisionRecord: Equatable {
  public static func == (left: DecisionRecord, right: DecisionRecord) -> Bool {
    left.time == right.time && left.event.decisionWords == right.event.decisionWords
      && left.keys == right.keys
      && left.effects.elementsEqual(right.effects) { $0.decisionWords == $1.decisionWords }
  }
}

/// Writes the words of one record behind the bytes that are there, without another allocation.
private struct DecisionRecordWriter {
  private var bytes: [UInt8]
  private let start: Int

  init(_ bytes: consuming [UInt8]) {
    start = bytes.count
    self.bytes = bytes
  }

  mutating func begin(_ event: DecisionWords, at time: Instant, keys: Span<BlockKey>) {
    append(decisionPair(0, UInt32(keys.count)))
    append(time.nanoseconds)
    append(event)
    for index in keys.indices {
      append(keys[index].high)
      append(keys[index].low)
    }
  }

  mutating func append(_ words: DecisionWords) {
    for index in 0..<DecisionWords.count(tag: words.tag) { append(words[index]) }
  }

  private mutating func append(_ word: UInt64) {
    for shift in stride(from: UInt64(0), to: 64, by: 8) {
      bytes.append(UInt8(truncatingIfNeeded: word >> shift))
    }
  }

  /// Fills in the number of words, adds the check value and gives the bytes back.
  consuming func finish() -> [UInt8] {
    let words = UInt32((bytes.count - start) / 8 + 1)
    for index in 0..<4 { bytes[start + index] = UInt8(truncatingIfNeeded: words >> (index * 8)) }
    var check = DecisionHash.checkStart
    for index in 0..<Int(words) - 1 {
      check = DecisionHash.check(check, littleEndianWord(in: bytes.span, at: start + index * 8))
    }
    append(check)
    return bytes
  }
}

/// The 8 bytes from `offset` on as a little-endian word.
func littleEndianWord(in bytes: Span<UInt8>, at offset: Int) -> UInt64 {
  UInt64(littleEndian: bytes.bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self))
}
