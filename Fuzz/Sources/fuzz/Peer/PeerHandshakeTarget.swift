internal import TarnCore

@testable internal import TarnNode

extension FuzzTarget {
  /// Handshakes against any sequence of frames: with a secret nobody who does not know it gets
  /// through; who gets through is of the same cell; every frame that is sent can be read.
  static let peerHandshake = FuzzTarget("peer-handshake", longestInput: 768) { input in
    let options = input.byte()
    let secret = options & 1 == 1 ? "fuzz" : nil
    let role: Handshake.Role = options & 2 == 2 ? .dialer : .acceptor
    let expected: UInt16? = options & 4 == 4 ? 2 : nil
    let own = hello(hasSecret: secret != nil, isGreeting: options & 8 == 8)
    var handshake = Handshake(role, own: own, secret: secret, expecting: expected)
    checkSent(handshake.opening)
    while input.remaining > 0 {
      let length = Int(input.number(UInt16.self) % 512)
      let frame = SealedFrame.bytes(input.bytes(length))
      do throws(PeerFault) {
        let step = try frame.withFrame { bytes throws(PeerFault) in try handshake.receive(bytes) }
        switch step {
        case .send(let bytes): checkSent(bytes)
        case .done(let peer, let last):
          demand(secret == nil, "the secret was guessed")
          demand(
            peer.cell == own.cell && peer.capacity == own.capacity
              && peer.ordinal == expected ?? peer.ordinal && peer.ordinal < own.capacity,
            "a node of another cell got through")
          checkSent(last)
          return
        case .refuse(let refusal, let last):
          demand(!refusal.description.isEmpty, "a refusal says nothing")
          checkSent(last)
          return
        case .refused: return
        }
      } catch { return }
    }
  }

  private static func hello(hasSecret: Bool, isGreeting: Bool) -> Hello {
    Hello(
      ordinal: 1, incarnation: 0, shards: 2, capacity: 8, blockBytes: 1 << 22, rack: 0, zone: 0,
      weight: 255, hasSecret: hasSecret, isGreeting: isGreeting,
      place: NodeConfiguration.SocketPlace(host: "127.0.0.1", port: 7072),
      nonce: Array(repeating: 7, count: Hello.nonceSize), cell: "east-1")
  }

  private static func checkSent(_ frame: [UInt8]) {
    guard !frame.isEmpty else { return }
    demand(frame.count <= FrameHeader.longestGreeting, "a greeting has \(frame.count) bytes")
    do throws(PeerFault) {
      let read = try frame.withFrame { bytes throws(PeerFault) in try ReadFrame(bytes) }
      demand(read.bytes == frame, "what was sent changes")
    } catch { fatalError("broken: what was sent is refused for its \(error)") }
  }
}
