import NIOCore
import TarnCore
import Testing

@testable import TarnNode

/// Both sides of a handshake without a socket.
private func shake(
  dialer: Hello, secret: String?, acceptor: Hello, acceptorSecret: String?,
  expecting: UInt16? = nil
) throws -> (dialer: Handshake.Step, acceptor: Handshake.Step) {
  var left = Handshake(.dialer, own: dialer, secret: secret, expecting: expecting)
  var right = Handshake(.acceptor, own: acceptor, secret: acceptorSecret)
  var toRight = left.opening
  var ends: (Handshake.Step?, Handshake.Step?) = (nil, nil)
  for _ in 0..<4 where ends.0 == nil || ends.1 == nil {
    let step = try toRight.withUnsafeBytes { try right.receive($0) }
    if case .send = step {} else { ends.1 = step }
    guard let toLeft = bytes(step) else { break }
    let answer = try toLeft.withUnsafeBytes { try left.receive($0) }
    if case .send = answer {} else { ends.0 = answer }
    guard let next = bytes(answer) else { break }
    toRight = next
  }
  return (try #require(ends.0), try #require(ends.1))
}

private func bytes(_ step: Handshake.Step) -> [UInt8]? {
  switch step {
  case .send(let bytes): bytes
  case .done(_, let last), .refuse(_, let last): last.isEmpty ? nil : last
  case .refused: nil
  }
}

struct HandshakeTests {
  private func hello(_ ordinal: UInt16, secret: Bool = false) -> Hello {
    RawPeer.hello(ordinal, secret: secret)
  }

  private func refusal(
    _ change: (inout Hello) -> Void, secrets: (String?, String?) = (nil, nil),
    expecting: UInt16? = nil
  ) throws -> PeerRefusal {
    var dialer = hello(1, secret: secrets.0 != nil)
    change(&dialer)
    let ends = try shake(
      dialer: dialer, secret: secrets.0, acceptor: hello(2, secret: secrets.1 != nil),
      acceptorSecret: secrets.1, expecting: expecting)
    switch ends {
    case (.refused(let told), .refuse(let said, _)), (.refuse(let said, _), .refused(let told)):
      #expect(told == said)
      return said
    default:
      Issue.record("not refused: \(ends)")
      return PeerRefusal(.closing, "")
    }
  }

  @Test func bothLearnWhoTheOtherIs() throws {
    for secret in [nil, "s3cret"] {
      let one = hello(1, secret: secret != nil)
      let two = hello(2, secret: secret != nil)
      let ends = try shake(dialer: one, secret: secret, acceptor: two, acceptorSecret: secret)
      guard case (.done(let left, _), .done(let right, _)) = ends else {
        Issue.record("\(ends)")
        return
      }
      #expect(left == two)
      #expect(right == one)
    }
  }

  @Test func whoDoesNotFitIsToldWhyAndWhatToDo() throws {
    let version = try refusal { $0.versions = 3...4 }
    #expect(version.reason == .version)
    #expect(
      version.description
        == "node 1 (127.0.0.1:1) speaks versions 3 to 4 of the peer protocol and node 2 (127.0.0.1:1) 2: upgrade the older of them"
    )
    let cell = try refusal { $0.cell = "other" }
    #expect(cell.reason == .cell)
    #expect(
      cell.description
        == "node 1 (127.0.0.1:1) is of cell other and node 2 (127.0.0.1:1) of cell test: correct cell.name or the discovery that brought them together"
    )
    #expect(try refusal { $0.capacity = 17 }.reason == .capacity)
    #expect(try refusal { $0.blockBytes = 4_096 }.reason == .blockBytes)
    #expect(try refusal { $0.ordinal = 2 }.reason == .ordinal)
    #expect(try refusal { $0.ordinal = 16 }.reason == .ordinal)
    // The dialer finds another node than the one that it was told.
    #expect(try refusal({ _ in }, expecting: 3).reason == .ordinal)
  }

  @Test func whoDoesNotKnowTheSecretIsNoPeer() throws {
    let wrong = try refusal({ _ in }, secrets: ("left", "right"))
    #expect(
      wrong.description
        == "the secret of cell test is not the same on node 2 (127.0.0.1:1) and node 1 (127.0.0.1:1): give both the same cell.secret"
    )
    #expect(try refusal({ _ in }, secrets: (nil, "right")).reason == .secret)
    #expect(try refusal({ _ in }, secrets: ("left", nil)).reason == .secret)
  }

  @Test func aProofCannotBeUsedAgain() throws {
    let one = hello(1, secret: true)
    var first = Handshake(.dialer, own: one, secret: "s")
    var acceptor = Handshake(.acceptor, own: hello(2, secret: true), secret: "s")
    let answer = try first.opening.withUnsafeBytes { try acceptor.receive($0) }
    let heard = try #require(bytes(answer))
    let proof = try #require(bytes(try heard.withUnsafeBytes { try first.receive($0) }))

    // The same words to an acceptor with another nonce.
    var other = hello(2, secret: true)
    other.nonce[0] ^= 1
    var second = Handshake(.acceptor, own: other, secret: "s")
    _ = try first.opening.withUnsafeBytes { try second.receive($0) }
    let end = try proof.withUnsafeBytes { try second.receive($0) }
    guard case .refuse(let refusal, _) = end else {
      Issue.record("\(end)")
      return
    }
    #expect(refusal.reason == .secret)

    // And the dialer's own proof does not do for the acceptor's.
    #expect(throws: Never.self) {
      let end = try proof.withUnsafeBytes { try first.receive($0) }
      guard case .refuse = end else { throw PeerFault.type }
    }
  }

  @Test func framesOutOfTurnAreFaults() throws {
    let early = frameBytes(PeerMessage(.ping))
    var acceptor = Handshake(.acceptor, own: hello(2), secret: nil)
    #expect(throws: PeerFault.type) { try early.withUnsafeBytes { try acceptor.receive($0) } }
    let hello = Handshake(.dialer, own: hello(1), secret: nil).opening
    _ = try hello.withUnsafeBytes { try acceptor.receive($0) }
    #expect(throws: PeerFault.type) { try hello.withUnsafeBytes { try acceptor.receive($0) } }
  }

  /// Names as long as they may be come back in sentences, and those still fit a frame.
  @Test func theLongestNamesFitTheLongestSentence() throws {
    let long = String(repeating: "n", count: Hello.longestName)
    let refusal = try refusal {
      $0.cell = long
      $0.place.host = long
    }
    #expect(refusal.reason == .cell)
    var tooLong = hello(1)
    tooLong.cell = long + "n"
    let opening = Handshake(.dialer, own: tooLong, secret: nil).opening
    var acceptor = Handshake(.acceptor, own: hello(2), secret: nil)
    #expect(throws: PeerFault.text) { try opening.withUnsafeBytes { try acceptor.receive($0) } }
  }
}
