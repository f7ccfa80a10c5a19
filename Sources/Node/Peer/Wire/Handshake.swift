internal import Crypto
internal import NIOCore
internal import TarnCore

/// How two nodes come to know each other, without a socket: frames in, frames out.
///
/// The dialer says hello, the acceptor says hello, the dialer proves, the acceptor proves. A proof
/// is HMAC-SHA256 (RFC 2104) under the cell's secret over a word for the role and both hellos, whose
/// nonces are fresh; so neither a recorded proof nor one of the other role is of use. The dialer
/// proves first: who merely connects learns nothing that depends on the secret.
struct Handshake {
  enum Role: Sendable { case dialer, acceptor }

  /// What to do next.
  enum Step: Equatable {
    case send([UInt8])
    /// Send this, if anything; the peer is known.
    case done(Hello, last: [UInt8])
    /// Send this refusal and hang up.
    case refuse(PeerRefusal, last: [UInt8])
    /// The peer refused.
    case refused(PeerRefusal)
  }

  private enum State { case hello, proof, over }

  let role: Role
  private let own: Hello
  private let secret: String?
  /// Who is to be at the other end; nil for anyone.
  private let expected: UInt16?
  private var state = State.hello
  private var peer: Hello?
  /// Both hellos as they went over the wire, the dialer's first.
  private var transcript: [UInt8] = []
  private let helloFrame: [UInt8]

  init(_ role: Role, own: Hello, secret: String?, expecting expected: UInt16? = nil) {
    self.role = role
    self.own = own
    self.secret = secret
    self.expected = expected
    helloFrame = Handshake.frame(.hello) { own.write(into: &$0) }
  }

  /// What to send as soon as the link is open; nothing for an acceptor.
  var opening: [UInt8] { role == .dialer ? helloFrame : [] }

  /// Takes the next whole frame.
  mutating func receive(_ frame: UnsafeRawBufferPointer) throws(PeerFault) -> Step {
    let header = try FrameHeader(parsing: frame)
    let body = UnsafeRawBufferPointer(rebasing: frame[FrameHeader.size...])
    switch (header.type, state) {
    case (.refusal, _):
      state = .over
      return .refused(try PeerRefusal(parsing: body))
    case (.hello, .hello): return receive(try Hello(parsing: body), frame)
    case (.proof, .proof): return try check(body)
    default: throw .type
    }
  }

  private mutating func receive(_ hello: Hello, _ frame: UnsafeRawBufferPointer) -> Step {
    if let refusal = objection(to: hello) { return refuse(refusal) }
    peer = hello
    state = .proof
    switch role {
    case .dialer:
      transcript = helloFrame + frame
      return .send(proof(of: .dialer))
    case .acceptor:
      transcript = frame + helloFrame
      return .send(helloFrame)
    }
  }

  private mutating func check(_ body: UnsafeRawBufferPointer) throws(PeerFault) -> Step {
    guard body.count == SHA256.byteCount, let peer else { throw .body }
    let other: Role = role == .dialer ? .acceptor : .dialer
    if let key {
      let isValid = HMAC<SHA256>.isValidAuthenticationCode(
        body, authenticating: claim(of: other), using: key)
      guard isValid else {
        return refuse(
          PeerRefusal(
            .secret,
            "the secret of cell \(own.cell) is not the same on \(name(own)) and \(name(peer)): "
              + "give both the same cell.secret"))
      }
    } else {
      // Without a secret the proof has no meaning; it is zero so that it can't smuggle any.
      guard body.allSatisfy({ $0 == 0 }) else { throw .reserved }
    }
    state = .over
    return .done(peer, last: role == .acceptor ? proof(of: .acceptor) : [])
  }

  private mutating func refuse(_ refusal: PeerRefusal) -> Step {
    state = .over
    return .refuse(refusal, last: Handshake.refusalFrame(refusal))
  }

  static func refusalFrame(_ refusal: PeerRefusal) -> [UInt8] {
    frame(.refusal) { refusal.write(into: &$0) }
  }

  // MARK: Proofs

  private var key: SymmetricKey? { secret.map { SymmetricKey(data: Array($0.utf8)) } }

  private func claim(of role: Role) -> [UInt8] {
    Array((role == .dialer ? "tarn dialer" : "tarn acceptor").utf8) + transcript
  }

  private func proof(of role: Role) -> [UInt8] {
    let code =
      key.map { Array(HMAC<SHA256>.authenticationCode(for: claim(of: role), using: $0)) }
      ?? Array(repeating: 0, count: SHA256.byteCount)
    return Handshake.frame(.proof) { $0.writeBytes(code) }
  }

  private static func frame(_ type: FrameType, _ body: (inout ByteBuffer) -> Void) -> [UInt8] {
    var buffer = ByteBuffer()
    let isWhole = FrameHeader(type).write(
      into: &buffer, limit: FrameHeader.longestGreeting, body: body)
    precondition(isWhole, "names of cells and hosts are short; the configuration was checked")
    return Array(buffer.readableBytesView)
  }
}

extension Handshake {
  /// What speaks against talking to the node that says this hello.
  private func objection(to hello: Hello) -> PeerRefusal? {
    let them = name(hello)
    guard own.versions.overlaps(hello.versions) else {
      return PeerRefusal(
        .version,
        "\(them) speaks versions \(text(hello.versions)) of the peer protocol and \(name(own)) "
          + "\(text(own.versions)): upgrade the older of them")
    }
    guard hello.cell == own.cell else {
      return PeerRefusal(
        .cell,
        "\(them) is of cell \(hello.cell) and \(name(own)) of cell \(own.cell): correct cell.name "
          + "or the discovery that brought them together")
    }
    guard hello.capacity == own.capacity else {
      return PeerRefusal(
        .capacity,
        "\(them) has cell.capacity \(hello.capacity) and \(name(own)) has \(own.capacity): it must "
          + "be the same on all nodes")
    }
    guard hello.blockBytes == own.blockBytes else {
      return PeerRefusal(
        .blockBytes,
        "\(them) has blocks of \(hello.blockBytes) bytes and \(name(own)) of \(own.blockBytes): "
          + "block-bytes must be the same on all nodes")
    }
    guard hello.hasSecret == (secret != nil) else {
      return PeerRefusal(
        .secret,
        "\(name(hello.hasSecret ? own : hello)) has no cell.secret and "
          + "\(name(hello.hasSecret ? hello : own)) has one: give both the same")
    }
    return ordinalObjection(to: hello)
  }

  private func ordinalObjection(to hello: Hello) -> PeerRefusal? {
    if hello.ordinal >= own.capacity {
      return PeerRefusal(
        .ordinal,
        "\(name(hello)) has an ordinal beyond the cell's capacity of \(own.capacity): correct "
          + "cell.ordinal")
    }
    // A greeting may come back to where it started: the greeter then knows its own address.
    if hello.ordinal == own.ordinal, !own.isGreeting, !hello.isGreeting {
      return PeerRefusal(
        .ordinal,
        "\(name(hello)) and \(name(own)) have the same ordinal: correct cell.ordinal of one")
    }
    if let expected, hello.ordinal != expected {
      return PeerRefusal(
        .ordinal,
        "\(name(hello)) is where node \(expected) was to be: correct its cell.ordinal or the list "
          + "of nodes")
    }
    return nil
  }

  private func name(_ hello: Hello) -> String {
    "node \(hello.ordinal) (\(hello.place.host):\(hello.place.port))"
  }

  private func text(_ versions: ClosedRange<UInt16>) -> String {
    versions.count == 1
      ? "\(versions.lowerBound)" : "\(versions.lowerBound) to \(versions.upperBound)"
  }
}
