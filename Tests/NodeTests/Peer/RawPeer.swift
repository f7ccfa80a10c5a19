import Foundation
import NIOCore
import TarnCore

@testable import TarnNode

/// A peer that is nothing but a blocking socket: for whatever a well-behaved one would not do.
final class RawPeer {
  private let socket: CInt

  init(_ socket: CInt) {
    self.socket = socket
    var patience = timeval(tv_sec: 10, tv_usec: 0)
    setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
  }

  deinit { Glibc.close(socket) }

  /// Connects to a node.
  convenience init(to place: PeerPlace) {
    let socket = Glibc.socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
    var address = RawPeer.loopback(port: place.port)
    let result = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        Glibc.connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    precondition(result == 0, "can't connect to \(place)")
    self.init(socket)
  }

  fileprivate static func loopback(port: Int) -> sockaddr_in {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(UInt16(port).bigEndian)
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    return address
  }

  static func hello(_ ordinal: UInt16, secret: Bool = false) -> Hello {
    Hello(
      ordinal: ordinal, incarnation: 0, shards: 4, capacity: 16, blockBytes: PeerNode.blockBytes,
      rack: 0, zone: 0, weight: 255, hasSecret: secret,
      place: PeerPlace(host: "127.0.0.1", port: 1), nonce: Array(repeating: 5, count: 32),
      cell: "test")
  }

  func send(_ bytes: some Collection<UInt8>) {
    let bytes = Array(bytes)
    var sent = 0
    while sent < bytes.count {
      let count = bytes[sent...].withUnsafeBytes {
        Glibc.send(socket, $0.baseAddress, $0.count, CInt(MSG_NOSIGNAL))
      }
      guard count > 0 else { return }
      sent += count
    }
  }

  /// `count` bytes; fewer if the node hangs up.
  func receive(_ count: Int) -> [UInt8] {
    var bytes: [UInt8] = []
    while bytes.count < count {
      var piece = [UInt8](repeating: 0, count: count - bytes.count)
      let got = recv(socket, &piece, piece.count, 0)
      guard got > 0 else { break }
      bytes += piece[..<got]
    }
    return bytes
  }

  /// Whether the node has hung up. Waits for it, and lets go by what it sends before.
  var isHungUp: Bool {
    var byte = [UInt8](repeating: 0, count: 4_096)
    while true {
      let got = recv(socket, &byte, byte.count, 0)
      if got == 0 || (got < 0 && errno == ECONNRESET) { return true }
      if got < 0 { return false }
    }
  }

  func receiveFrame() -> [UInt8] {
    let start = receive(12)
    guard start.count == 12 else { return [] }
    let length = start.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: 8, as: UInt32.self) }
    return start + receive(Int(UInt32(littleEndian: length)) - 12)
  }

  /// Shakes hands as the dialer or the acceptor; answers the last step.
  func shakeHands(
    _ hello: Hello, as role: Handshake.Role = .dialer, secret: String? = nil
  ) throws -> Handshake.Step {
    var handshake = Handshake(role, own: hello, secret: secret)
    send(handshake.opening)
    while true {
      let frame = receiveFrame()
      let step = try frame.withUnsafeBytes { try handshake.receive($0) }
      switch step {
      case .send(let bytes): send(bytes)
      case .done(_, let last), .refuse(_, let last):
        send(last)
        return step
      case .refused: return step
      }
    }
  }
}

/// Listens like a node, and does nothing by itself.
final class RawListener {
  private let socket: CInt
  let place: PeerPlace

  init() {
    let socket = Glibc.socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
    self.socket = socket
    var address = RawPeer.loopback(port: 0)
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        precondition(bind(socket, $0, length) == 0 && listen(socket, 16) == 0, "can't listen")
        getsockname(socket, $0, &length)
      }
    }
    place = PeerPlace(host: "127.0.0.1", port: Int(UInt16(bigEndian: address.sin_port)))
  }

  deinit { Glibc.close(socket) }

  func accept() -> RawPeer { RawPeer(Glibc.accept(socket, nil, nil)) }
}

/// The bytes of a message's frame, with the payload's checksum if there is one.
func frameBytes(
  _ message: PeerMessage, locator: BlockLocator? = nil, payload: Payload? = nil,
  checksum: UInt64? = nil
) -> [UInt8] {
  var buffer = ByteBuffer()
  let frame = OutFrame(content: .message(message, locator, payload), expires: .never)
  let sum =
    checksum ?? payload.map { PayloadDigest.of(UnsafeRawBufferPointer($0.bytes)) } ?? 0
  let isWritten = frame.write(
    into: &buffer, to: FrameHeader.anyShard, payloadChecksum: sum, now: .zero)
  precondition(isWritten, "a test's frame is not too long")
  return Array(buffer.readableBytesView)
}
