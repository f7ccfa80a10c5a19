import Foundation
import NIOCore
import TarnCore
import Testing

@testable import TarnNode

/// Everything that a frame can be, read back from bytes.
enum ReadFrame: Equatable {
  case message([UInt64], MessageFrame.LocatorFields?)
  case question(QuestionFrame)
  case answer(AnswerFrame)
  case hello(Hello)
  case proof([UInt8])
  case refusal(PeerRefusal)

  init(_ frame: UnsafeRawBufferPointer, now: Instant = .zero) throws(PeerFault) {
    let header = try FrameHeader(parsing: frame)
    let body = UnsafeRawBufferPointer(rebasing: frame[FrameHeader.size...])
    switch header.type {
    case .message:
      let read = try MessageFrame(parsing: body, header, now: now)
      self = .message(peerWords(read.message), read.locator)
    case .question: self = .question(try QuestionFrame(parsing: body))
    case .answer: self = .answer(try AnswerFrame(parsing: body))
    case .hello: self = .hello(try Hello(parsing: body))
    case .proof: self = .proof(Array(body))
    case .refusal: self = .refusal(try PeerRefusal(parsing: body))
    }
  }
}

/// A message as numbers, for comparing.
func peerWords(_ message: PeerMessage) -> [UInt64] {
  [
    UInt64(message.kind.rawValue), UInt64(message.flags.rawValue), UInt64(message.hops),
    UInt64(message.source.rawValue), UInt64(message.tenant.rawValue),
    UInt64(message.peer.ordinal), UInt64(message.length), UInt64(message.count),
    message.operation.rawValue, message.key.high, message.key.low, message.delayNanoseconds,
    message.deadline.nanoseconds,
  ]
}

struct WireTests {
  static func randomMessage(_ random: inout PeerRandom) -> PeerMessage {
    let kinds: [PeerMessage.Kind] = PeerMessage.Kind.allCases.filter {
      $0 != .give && $0 != .offer
    }
    var message = PeerMessage(kinds.randomElement(using: &random) ?? .ask)
    message.flags = PeerMessage.Flags(rawValue: .random(in: 0...255, using: &random))
    message.hops = .random(in: 0...255, using: &random)
    message.source = Source.allCases.randomElement(using: &random) ?? .none
    message.tenant = TenantID(.random(in: 0 ... .max, using: &random))
    message.peer = NodeID(.random(in: 0 ... .max, using: &random))
    message.length = .random(in: 0 ... .max, using: &random)
    message.count = .random(in: 0 ... .max, using: &random)
    message.operation = OperationID(random.next())
    message.key = BlockKey(high: random.next(), low: random.next())
    message.delayNanoseconds = random.next()
    message.deadline = Instant(nanoseconds: random.next() >> 1)
    return message
  }

  static func randomText(_ random: inout PeerRandom) -> String {
    let letters = Array("abc/äß漢🙂 \"\\\u{0}\r\n")
    return String(
      (0..<Int.random(in: 0...40, using: &random)).map { _ in
        letters.randomElement(using: &random) ?? "a"
      })
  }

  /// Frames of every type.
  static func frames(seed: UInt64) -> [[UInt8]] {
    var random = PeerRandom(seed)
    var buffers: [ByteBuffer] = []
    func add(_ type: FrameType, flags: UInt8 = 0, _ body: (inout ByteBuffer) -> Void) {
      var buffer = ByteBuffer()
      var header = FrameHeader(type)
      header.flags = flags
      if header.write(into: &buffer, body: body) { buffers.append(buffer) }
    }
    let message = randomMessage(&random)
    add(.message) { MessageFrame.write(message, nil, now: .zero, into: &$0) }
    let locator = BlockLocator(object: peerObject(key: randomText(&random)), index: 2)
    add(.message, flags: FrameHeader.hasLocator) {
      MessageFrame.write(askMessage(locator), locator, now: .zero, into: &$0)
    }
    let question = QuestionFrame(
      number: random.next(), tenant: TenantID(9), offset: random.next() >> 1,
      container: randomText(&random), key: randomText(&random))
    add(.question) { question.write(into: &$0) }
    for attributes in [nil, .notFound, .found(randomAttributes(&random), early: 7)]
      as [PeerAttributes?]
    {
      let answer = AnswerFrame(number: random.next(), attributes: attributes)
      add(.answer) { answer.write(into: &$0) }
    }
    let hello = RawPeer.hello(7)
    add(.hello) { hello.write(into: &$0) }
    add(.proof) { $0.writeRepeatingByte(3, count: 32) }
    let refusal = PeerRefusal(.cell, randomText(&random))
    add(.refusal) { refusal.write(into: &$0) }
    return buffers.map { Array($0.readableBytesView) }
  }

  static func randomAttributes(_ random: inout PeerRandom) -> ObjectAttributes {
    var metadata = ObjectMetadata()
    if Bool.random(using: &random) { metadata.contentType = randomText(&random) }
    for _ in 0..<Int.random(in: 0...3, using: &random) {
      metadata.headers.append((randomText(&random), randomText(&random)))
      metadata.user.append((randomText(&random), randomText(&random)))
    }
    return ObjectAttributes(
      size: random.next(), version: randomText(&random),
      lastModified: Int64(bitPattern: random.next()), metadata: metadata)
  }

  // MARK: Round trips

  @Test func whatIsWrittenIsReadBack() throws {
    for seed in 0..<300 as Range<UInt64> {
      var random = PeerRandom(seed)
      let message = WireTests.randomMessage(&random)
      let bytes = frameBytes(message)
      let read = try bytes.withUnsafeBytes { try ReadFrame($0) }
      #expect(read == .message(peerWords(message), nil))

      let attributes = WireTests.randomAttributes(&random)
      let answer = AnswerFrame(number: random.next(), attributes: .found(attributes, early: nil))
      var buffer = ByteBuffer()
      #expect(FrameHeader(.answer).write(into: &buffer) { answer.write(into: &$0) })
      let readAnswer = try Array(buffer.readableBytesView).withUnsafeBytes { try ReadFrame($0) }
      #expect(readAnswer == .answer(answer))
    }
  }

  @Test func theSameFramesComeOutHoweverTheStreamIsCut() throws {
    for seed in 0..<100 as Range<UInt64> {
      var random = PeerRandom(seed)
      let frames = WireTests.frames(seed: seed)
      let stream = frames.flatMap { $0 }
      var assembler = FrameAssembler()
      assembler.limit = FrameHeader.longestFrame
      var read: [[UInt8]] = []
      var offset = 0
      while offset < stream.count {
        let end = min(stream.count, offset + Int.random(in: 1...90, using: &random))
        try stream[offset..<end].withUnsafeBytes { bytes in
          var rest = bytes
          while !rest.isEmpty {
            let taken = try assembler.take(rest) { read.append(Array($0)) }
            #expect(taken > 0)
            rest = UnsafeRawBufferPointer(rebasing: rest[taken...])
          }
        }
        offset = end
      }
      #expect(read == frames)
      let kept = assembler.keptBytes
      #expect(kept == 0)
    }
  }

  @Test func aDeadlineTravelsAsWhatIsLeft() throws {
    func received(_ deadline: Instant, sentAt: UInt64, receivedAt: UInt64) throws -> Instant {
      var buffer = ByteBuffer()
      var message = PeerMessage(.ask)
      message.deadline = deadline
      MessageFrame.write(message, nil, now: Instant(nanoseconds: sentAt), into: &buffer)
      return try buffer.withUnsafeReadableBytes {
        try MessageFrame(
          parsing: $0, FrameHeader(.message), now: Instant(nanoseconds: receivedAt)
        ).message.deadline
      }
    }
    #expect(
      try received(Instant(nanoseconds: 1_500), sentAt: 1_000, receivedAt: 9_000_000)
        == Instant(nanoseconds: 9_000_500))
    #expect(try received(.never, sentAt: 1_000, receivedAt: 5) == .never)
    // Past already: no time is left.
    #expect(
      try received(Instant(nanoseconds: 10), sentAt: 1_000, receivedAt: 70)
        == Instant(nanoseconds: 70))
    // So far away that it does not fit: never.
    #expect(
      try received(Instant(nanoseconds: .max - 2), sentAt: 0, receivedAt: 1_000) == .never)
  }

  // MARK: Damage

  @Test func everyTruncationIsAnErrorAndNotACrash() {
    for frame in WireTests.frames(seed: 4) {
      for length in 0..<frame.count {
        // Once as it is, once with a checksum and length that fit: the body itself is too short.
        #expect(throws: PeerFault.self) {
          try frame[..<length].withUnsafeBytes { try ReadFrame($0) }
        }
        guard length >= FrameHeader.size else { continue }
        let sealed = WireTests.sealed(Array(frame[..<length]))
        #expect(throws: (any Error).self) {
          let read = try sealed.withUnsafeBytes { try ReadFrame($0) }
          // A proof is any bytes; how many is the handshake's business.
          if case .proof = read { throw PeerFault.body }
        }
      }
    }
  }

  @Test func everyFlippedBitIsNoticed() {
    for frame in WireTests.frames(seed: 5) {
      for bit in 0..<(frame.count * 8) {
        var damaged = frame
        damaged[bit / 8] ^= 1 << (bit % 8)
        #expect(throws: PeerFault.self) { try damaged.withUnsafeBytes { try ReadFrame($0) } }
      }
    }
  }

  /// A peer that computes its checksums right and sends nonsense all the same.
  @Test func nonsenseWithARightChecksumNeverTraps() {
    var outcomes = (read: 0, faults: 0)
    let samples = (0..<64).map { WireTests.frames(seed: $0) }
    for seed in 0..<20_000 as Range<UInt64> {
      var random = PeerRandom(seed)
      let frames = samples[Int(seed % 64)]
      var frame = frames[Int(seed) % frames.count]
      for _ in 0..<Int.random(in: 1...6, using: &random) {
        let place = Int.random(in: 12..<frame.count, using: &random)
        frame[place] = [0, 1, 0xff, UInt8(truncatingIfNeeded: random.next())][Int(seed % 4)]
      }
      if seed % 5 == 0 { frame += (0..<Int(seed % 40)).map { UInt8($0) } }
      do {
        let read = try WireTests.sealed(frame).withUnsafeBytes { try ReadFrame($0) }
        if case .message(_, let fields?) = read {
          // What was read must be usable: its range is one of the object.
          _ = fields.locator(of: PeerMessage(.ask), salt: PeerNode.salt)
        }
        outcomes.read += 1
      } catch {
        outcomes.faults += 1
      }
    }
    #expect(outcomes.read > 1_000)
    #expect(outcomes.faults > 1_000)
  }

  @Test func randomBytesNeverMakeTheAssemblerTrapOrGrow() {
    for seed in 0..<2_000 as Range<UInt64> {
      var random = PeerRandom(seed)
      var assembler = FrameAssembler()
      var bytes = (0..<Int.random(in: 1...200, using: &random)).map { _ in
        UInt8(truncatingIfNeeded: random.next())
      }
      // Half of them say a length that frames may have.
      if seed % 2 == 0, bytes.count > 12 {
        bytes[10] = 0
        bytes[11] = 0
        bytes[9] = 0
      }
      let end: Result<Void, PeerFault> = bytes.withUnsafeBytes { bytes in
        var rest = bytes
        do throws(PeerFault) {
          while !rest.isEmpty {
            let taken = try assembler.take(rest) { frame throws(PeerFault) in
              _ = try FrameHeader(parsing: frame)
            }
            rest = UnsafeRawBufferPointer(rebasing: rest[taken...])
          }
          return .success(())
        } catch {
          return .failure(error)
        }
      }
      let kept = assembler.keptBytes
      #expect(kept <= FrameHeader.longestGreeting, "seed \(seed): \(end)")
    }
  }

  /// The frame with the length that it has and the checksum that belongs to it.
  static func sealed(_ frame: [UInt8]) -> [UInt8] {
    var frame = frame
    withUnsafeBytes(of: UInt32(frame.count).littleEndian) {
      frame.replaceSubrange(8..<12, with: $0)
    }
    let sum = frame[8...].withUnsafeBytes { PayloadDigest.of($0) }
    withUnsafeBytes(of: sum.littleEndian) { frame.replaceSubrange(0..<8, with: $0) }
    return frame
  }
}
