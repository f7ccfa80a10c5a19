import NIOCore
import TarnCore
import Testing

@testable import TarnNode

/// The frames of `docs/PEER.md`, made by `Tests/Vectors/peer_frames.py` without our code.
struct GoldenFrameTests {
  static let ping =
    "5d23d1352722f36f5800000001000300ffff0000000000000000000000000000080000040000ffff0000"
    + "000000000000ffffffffffffffff000000000000000000000000000000000000000000000000ffffffff"
    + "ffffffff"

  static let ask =
    "08f18b7de6d550e08000000001010100ffff0000000000000000000000000000000102040300ffff0000"
    + "1000000000004d00000000000000efcdab89674523011032547698badcfe0000000000000000002f6859"
    + "000000000000900000000000000040000200000006006d6f64656c730700612f622e62696e0500226162"
    + "6322"

  static let give =
    "757c8aa7bd2cce035800000001000200ffff00000002000009fa9bd15a105910010000000300ffff0002"
    + "0000000000004d00000000000000efcdab89674523011032547698badcfe0000000000000000ffffffff"
    + "ffffffff"

  static let question =
    "e42ae01b32d7ae6d3e00000002000000ffff000000000000000000000000000005000000000000000300"
    + "000090000000000006006d6f64656c730200c3a4"

  static let answer =
    "8a4a17ea979043146c00000003000000ffff000000000000000000000000000005000000000000000003"
    + "000000d20400000000000000f15365000000000300226522010a00746578742f706c61696e01000d0063"
    + "616368652d636f6e74726f6c08006e6f2d63616368650000"

  static let dialerHello =
    "7738a65e5d2d75f07000000010000000ffff00000000000000000000000000005441524e504545520200"
    + "0200010003000400100000004000070002ff0102a01b000102030405060708090a0b0c0d0e0f10111213"
    + "1415161718191a1b1c1d1e1f040074657374080031302e302e302e31"

  static let acceptorHello =
    "aec4ede30dd98b246e00000010000000ffff00000000000000000000000000005441524e504545520200"
    + "0200020000000400100000004000070002ff0100a01b202122232425262728292a2b2c2d2e2f30313233"
    + "3435363738393a3b3c3d3e3f04007465737406006e6f64652d32"

  static let dialerProof =
    "e66d1a287b835bc34000000011000000ffff0000000000000000000000000000eb8aa99686b0eebc8a9d"
    + "03a61a615af067e03086460fe4980a0734e87a14cb52"

  static let acceptorProof =
    "b18e2fce0f14bd364000000011000000ffff00000000000000000000000000007a2ba8049737b946de86"
    + "ebfb9ebfa918f5fc222cec74c916a3ef0fcd15b7e191"

  static let refusal =
    "6fc7b4c756e52d1c2d00000012000000ffff0000000000000000000000000000020a0077726f6e672063"
    + "656c6c"

  private func hex(_ bytes: some Sequence<UInt8>) -> String {
    bytes.map { byte in
      let digits = String(byte, radix: 16)
      return digits.count == 1 ? "0" + digits : digits
    }.joined()
  }

  private func bytes(_ hex: String) -> [UInt8] {
    stride(from: 0, to: hex.utf8.count, by: 2).compactMap { offset in
      UInt8(String(Array(hex)[offset..<(offset + 2)]), radix: 16)
    }
  }

  private func hex(_ frame: OutFrame, checksum: UInt64 = 0, now: Instant = .zero) -> String {
    var buffer = ByteBuffer()
    #expect(
      frame.write(
        into: &buffer, to: FrameHeader.anyShard, payloadChecksum: checksum, now: now))
    return hex(buffer.readableBytesView)
  }

  @Test func messages() throws {
    let ping = OutFrame(
      content: .message(PeerMessage(.ping), nil, nil), sourceShard: 3, expires: .never)
    #expect(hex(ping) == Self.ping)

    var message = PeerMessage(
      .ask, operation: OperationID(77),
      key: BlockKey(high: 0x0123_4567_89ab_cdef, low: 0xfedc_ba98_7654_3210), length: 1 << 20,
      tenant: TenantID(3), flags: .onlyIfPresent, deadline: Instant(nanoseconds: 1_500_001_000))
    message.hops = 2
    let locator = BlockLocator(object: peerObject(), index: 2)
    let ask = OutFrame(
      content: .message(message, locator, nil), sourceShard: 1, expires: .never)
    #expect(hex(ask, now: Instant(nanoseconds: 1_000)) == Self.ask)

    let payload = peerPayload(512)
    for index in 0..<512 { payload.bytes[index] = UInt8(truncatingIfNeeded: index) }
    message.kind = .give
    message.flags = []
    message.hops = 0
    message.source = .memory
    message.length = 512
    message.deadline = .never
    let give = OutFrame(
      content: .message(message, nil, payload), sourceShard: 2, expires: .never)
    #expect(
      hex(give, checksum: PayloadDigest.of(UnsafeRawBufferPointer(payload.bytes))) == Self.give)
  }

  @Test func questionsAndAnswers() {
    let question = QuestionFrame(
      number: 5, tenant: TenantID(3), offset: 9 << 20, container: "models", key: "\u{e4}")
    #expect(hex(OutFrame(content: .question(question), expires: .never)) == Self.question)
    var metadata = ObjectMetadata()
    metadata.contentType = "text/plain"
    metadata.headers = [("cache-control", "no-cache")]
    let found = ObjectAttributes(
      size: 1_234, version: "\"e\"", lastModified: 1_700_000_000, metadata: metadata)
    let answer = AnswerFrame(number: 5, attributes: .found(found, early: 3))
    #expect(hex(OutFrame(content: .answer(answer), expires: .never)) == Self.answer)
  }

  @Test func aHandshake() throws {
    func hello(_ ordinal: UInt16, _ incarnation: UInt16, _ first: UInt8, _ host: String) -> Hello {
      Hello(
        ordinal: ordinal, incarnation: incarnation, shards: 4, capacity: 16, blockBytes: 4 << 20,
        rack: 7, zone: 2, weight: 255, hasSecret: true, place: PeerPlace(host: host, port: 7_072),
        nonce: Array(first..<(first + 32)), cell: "test")
    }
    var one = hello(1, 3, 0, "10.0.0.1")
    one.lane = 2
    let two = hello(2, 0, 32, "node-2")
    var dialer = Handshake(.dialer, own: one, secret: "s3cret")
    var acceptor = Handshake(.acceptor, own: two, secret: "s3cret")
    #expect(hex(dialer.opening) == Self.dialerHello)
    let heard = try dialer.opening.withUnsafeBytes { try acceptor.receive($0) }
    #expect(heard == .send(bytes(Self.acceptorHello)))
    let proof = try bytes(Self.acceptorHello).withUnsafeBytes { try dialer.receive($0) }
    #expect(proof == .send(bytes(Self.dialerProof)))
    let known = try bytes(Self.dialerProof).withUnsafeBytes { try acceptor.receive($0) }
    #expect(known == .done(one, last: bytes(Self.acceptorProof)))
    let end = try bytes(Self.acceptorProof).withUnsafeBytes { try dialer.receive($0) }
    #expect(end == .done(two, last: []))
    #expect(hex(Handshake.refusalFrame(PeerRefusal(.cell, "wrong cell"))) == Self.refusal)
  }
}
