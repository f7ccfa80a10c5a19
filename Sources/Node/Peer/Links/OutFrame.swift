internal import NIOCore
internal import TarnCore

/// Something that waits to be sent. It becomes bytes when the link takes it, so that its deadline is
/// what is left then.
struct OutFrame: Sendable {
  enum Content: Sendable {
    case message(PeerMessage, BlockLocator?, Payload?)
    case question(QuestionFrame)
    case answer(AnswerFrame)
  }

  var content: Content
  var sourceShard: UInt16 = 0
  var targetShard = FrameHeader.anyShard
  /// When it is of no use any more.
  var expires: Instant

  /// Bytes of payload.
  var payloadBytes: Int {
    guard case .message(_, _, let payload?) = content else { return 0 }
    return payload.count
  }

  /// The number of the question that this is, if it is one.
  var question: UInt64? {
    guard case .question(let question) = content else { return nil }
    return question.number
  }

  /// Appends header and body, for this target; false if it can't be a frame.
  func write(
    into buffer: inout ByteBuffer, to target: UInt16, payloadChecksum: UInt64, now: Instant
  ) -> Bool {
    switch content {
    case .message(let message, let locator, let payload):
      var header = FrameHeader(.message)
      header.flags = locator == nil ? 0 : FrameHeader.hasLocator
      header.sourceShard = sourceShard
      header.targetShard = target
      header.payloadLength = payload?.count ?? 0
      header.payloadChecksum = payloadChecksum
      return header.write(into: &buffer) {
        MessageFrame.write(message, locator, now: now, into: &$0)
      }
    case .question(let question):
      return FrameHeader(.question).write(into: &buffer) { question.write(into: &$0) }
    case .answer(let answer):
      if FrameHeader(.answer).write(into: &buffer, body: { answer.write(into: &$0) }) {
        return true
      }
      // Attributes too long for a frame: the asker has to ask the origin.
      let unknown = AnswerFrame(number: answer.number, attributes: nil)
      return FrameHeader(.answer).write(into: &buffer) { unknown.write(into: &$0) }
    }
  }

  /// Whether a receiver would take it: a block that is given comes whole.
  var isSendable: Bool {
    guard case .message(let message, _, let payload) = content else { return true }
    let length = payload?.count ?? 0
    guard length <= FrameHeader.longestPayload else { return false }
    switch message.kind {
    case .give, .offer: return length == Int(message.length)
    case .askPrefix: return length % 16 == 0
    default: return payload == nil
    }
  }
}
