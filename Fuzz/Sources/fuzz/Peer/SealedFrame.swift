internal import CKernel
internal import NIOCore
internal import TarnCore

@testable internal import TarnNode

/// Makes frames of any bytes: right length and checksum, everything else as it came. Without it no
/// fuzzer would get behind the checksum.
enum SealedFrame {
  static func bytes(_ content: [UInt8]) -> [UInt8] {
    var frame = content
    if frame.count < FrameHeader.size {
      frame += repeatElement(0, count: FrameHeader.size - frame.count)
    }
    frame.put(UInt32(frame.count), at: 8)
    let checksum = frame.withUnsafeBytes { tarn_xxh3($0.baseAddress.map { $0 + 8 }, $0.count - 8) }
    frame.put(checksum, at: 0)
    return frame
  }
}

/// A frame that was read and can be written again.
struct ReadFrame {
  private var header: FrameHeader
  private var writeBody: (inout ByteBuffer) -> Void

  init(_ frame: UnsafeRawBufferPointer) throws(PeerFault) {
    header = try FrameHeader(parsing: frame)
    let body = UnsafeRawBufferPointer(rebasing: frame[FrameHeader.size...])
    switch header.type {
    case .message:
      let message = try MessageFrame(parsing: body, header, now: .zero)
      let locator = message.locator.map(ReadFrame.locator)
      if let locator {
        demand(
          !locator.range.isEmpty && locator.range.upperBound <= locator.object.size,
          "a locator names bytes beyond its object")
      }
      writeBody = { MessageFrame.write(message.message, locator, now: .zero, into: &$0) }
    case .question:
      let question = try QuestionFrame(parsing: body)
      writeBody = { question.write(into: &$0) }
    case .answer:
      let answer = try AnswerFrame(parsing: body)
      writeBody = { answer.write(into: &$0) }
    case .hello:
      let hello = try Hello(parsing: body)
      writeBody = { hello.write(into: &$0) }
    case .proof:
      let proof = Array(body)
      writeBody = { $0.writeBytes(proof) }
    case .refusal:
      let refusal = try PeerRefusal(parsing: body)
      writeBody = { refusal.write(into: &$0) }
    }
  }

  /// The frame, written anew.
  var bytes: [UInt8] {
    var buffer = ByteBuffer()
    demand(header.write(into: &buffer, body: writeBody), "a frame that was read is too long")
    return Array(buffer.readableBytesView)
  }

  private static func locator(_ fields: MessageFrame.LocatorFields) -> BlockLocator {
    let object = ObjectVersion(
      tenant: TenantID(0), salt: TenantSalt(key0: 1, key1: 2), container: fields.container,
      key: fields.key, version: fields.version, size: fields.size, blockBytes: fields.blockBytes)
    return BlockLocator(object: object, index: fields.index)
  }
}
