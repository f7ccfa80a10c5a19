/// An input or effect as 1 to 8 words of 64 bits: what the decision hash and the record are made of.
///
/// Word 0 is the head: tag (8 bits), a byte, a half (16 bits), a word (32 bits), from the least
/// significant bit up. The tag says how many words follow and what lies in which, see
/// `Input.withDecisionWords` and `Effect.withDecisionWords`. Bits without a meaning are 0; the padding of
/// the values in memory is never read.
struct DecisionWords: BitwiseCopyable, Equatable, Sendable {
  static let limit = 8

  var w0: UInt64
  var w1: UInt64 = 0
  var w2: UInt64 = 0
  var w3: UInt64 = 0
  var w4: UInt64 = 0
  var w5: UInt64 = 0
  var w6: UInt64 = 0
  var w7: UInt64 = 0

  @inline(__always)
  init(
    _ w0: UInt64, _ w1: UInt64 = 0, _ w2: UInt64 = 0, _ w3: UInt64 = 0,
    _ w4: UInt64 = 0, _ w5: UInt64 = 0, _ w6: UInt64 = 0, _ w7: UInt64 = 0
  ) {
    (self.w0, self.w1, self.w2, self.w3) = (w0, w1, w2, w3)
    (self.w4, self.w5, self.w6, self.w7) = (w4, w5, w6, w7)
  }

  /// The word at `index`, below 8.
  subscript(index: Int) -> UInt64 {
    get {
      switch index {
      case 0: w0
      case 1: w1
      case 2: w2
      case 3: w3
      case 4: w4
      case 5: w5
      case 6: w6
      case 7: w7
      default: preconditionFailure("a record has at most 8 words")
      }
    }
    set {
      switch index {
      case 0: w0 = newValue
      case 1: w1 = newValue
      case 2: w2 = newValue
      case 3: w3 = newValue
      case 4: w4 = newValue
      case 5: w5 = newValue
      case 6: w6 = newValue
      case 7: w7 = newValue
      default: preconditionFailure("a record has at most 8 words")
      }
    }
  }

  /// The parts of the head.
  var tag: UInt8 { UInt8(truncatingIfNeeded: w0) }
  var headByte: UInt8 { UInt8(truncatingIfNeeded: w0 >> 8) }
  var headHalf: UInt16 { UInt16(truncatingIfNeeded: w0 >> 16) }
  var headWord: UInt32 { UInt32(truncatingIfNeeded: w0 >> 32) }

  /// Words that a record with this tag has; 0 if there is no such tag.
  static func count(tag: UInt8) -> Int {
    if let input = DecisionTag.Input(rawValue: tag) { return input.wordCount }
    return DecisionTag.Effect(rawValue: tag)?.wordCount ?? 0
  }
}

/// The first byte of a record: its numbers are part of the format and never change their meaning.
enum DecisionTag {
  enum Input: UInt8, CaseIterable {
    case read = 1
    case lookUpPrefix, put, hint, pin, invalidate, message, flashCompleted, originCompleted, wake
    case view, recovered, changeEviction, askLeave, originThrottled

    var wordCount: Int {
      switch self {
      case .wake, .originThrottled: 1
      case .flashCompleted, .originCompleted, .changeEviction: 2
      case .lookUpPrefix, .pin, .invalidate, .view, .askLeave: 3
      case .recovered: 4
      case .read, .put, .hint: 6
      case .message: 8
      }
    }
  }

  enum Effect: UInt8, CaseIterable {
    case reply = 129
    case replyPrefix, send, sendKeys, readFlash, writeFlash, moveFlash, discardSegment, readOrigin
    case cancel, wake, leave

    var wordCount: Int {
      switch self {
      case .discardSegment: 1
      case .cancel, .wake, .leave: 2
      case .reply, .replyPrefix: 3
      case .readFlash, .writeFlash: 4
      case .moveFlash, .readOrigin: 5
      case .send, .sendKeys: 8
      }
    }
  }
}

/// The head of an input's words.
@inline(__always)
func inputHead(
  _ tag: DecisionTag.Input, byte: UInt8 = 0, half: UInt16 = 0, word: UInt32 = 0
) -> UInt64 {
  UInt64(tag.rawValue) | UInt64(byte) << 8 | UInt64(half) << 16 | UInt64(word) << 32
}

/// The head of an effect's words.
@inline(__always)
func effectHead(
  _ tag: DecisionTag.Effect, byte: UInt8 = 0, half: UInt16 = 0, word: UInt32 = 0
) -> UInt64 {
  UInt64(tag.rawValue) | UInt64(byte) << 8 | UInt64(half) << 16 | UInt64(word) << 32
}

/// Two halves of a word, the low one first.
@inline(__always)
func decisionPair(_ low: UInt32, _ high: UInt32) -> UInt64 { UInt64(low) | UInt64(high) << 32 }

extension UInt64 {
  /// The low half of a pair.
  var lowHalf: UInt32 { UInt32(truncatingIfNeeded: self) }
  /// The high half of a pair.
  var highHalf: UInt32 { UInt32(truncatingIfNeeded: self >> 32) }
}
