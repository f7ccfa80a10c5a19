import Glibc
import NIOCore
import NIOPosix

/// A client that sends and receives bytes as a test says, over a real socket. Its calls block a
/// thread of a pool, never a test's.
final class RawClient: Sendable {
  private let socket: CInt
  private let threads = NIOThreadPool.singleton

  /// Connects to 127.0.0.1; reads give up after 10 seconds.
  init(port: Int, receiveBufferBytes: CInt? = nil) throws {
    socket = Glibc.socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
    if var bytes = receiveBufferBytes {
      setsockopt(socket, SOL_SOCKET, SO_RCVBUF, &bytes, socklen_t(MemoryLayout<CInt>.size))
    }
    var timeout = timeval(tv_sec: 10, tv_usec: 0)
    setsockopt(
      socket, SOL_SOCKET, SO_RCVTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(port).bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    let result = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard result == 0 else { throw IOError(errnoCode: errno, reason: "connect") }
  }

  deinit { close(socket) }

  func send(_ text: String) async throws { try await send(Array(text.utf8)) }

  func send(_ bytes: [UInt8]) async throws {
    try await threads.runIfActive { [socket] in
      var sent = 0
      while sent < bytes.count {
        let count = bytes[sent...].withUnsafeBytes {
          Glibc.send(socket, $0.baseAddress, $0.count, CInt(MSG_NOSIGNAL))
        }
        guard count > 0 else { throw IOError(errnoCode: errno, reason: "send") }
        sent += count
      }
    }
  }

  /// Says that nothing more comes.
  func shutdownWrites() { shutdown(socket, CInt(SHUT_WR)) }

  /// The connection is reset when the client goes.
  func resetAtEnd() {
    var option = linger(l_onoff: 1, l_linger: 0)
    setsockopt(socket, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
  }

  /// Some bytes; none at the end of the stream.
  func receive(atMost limit: Int = 64 << 10) async throws -> [UInt8] {
    try await threads.runIfActive { [socket] in
      var bytes = [UInt8](repeating: 0, count: limit)
      let count = recv(socket, &bytes, limit, 0)
      guard count >= 0 else { throw IOError(errnoCode: errno, reason: "recv") }
      return Array(bytes[..<count])
    }
  }

  /// All bytes up to the end of the stream.
  func receiveAll() async throws -> String {
    var bytes: [UInt8] = []
    while case let more = try await receive(), !more.isEmpty { bytes += more }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// One response: its head, and its body by Content-Length.
  func receiveResponse(hasBody: Bool = true) async throws -> RawResponse {
    var bytes: [UInt8] = []
    while true {
      if let response = RawResponse(&bytes, hasBody: hasBody) {
        precondition(bytes.isEmpty, "use `receiveAll` for pipelined responses")
        return response
      }
      let more = try await receive()
      guard !more.isEmpty else { throw ChannelError.eof }
      bytes += more
    }
  }
}

/// A response as it came over a socket.
struct RawResponse: Equatable {
  var status: Int
  var headers: [String: String]
  var body: [UInt8]

  /// Takes a whole response from the front of the bytes; nil if it is not whole.
  init?(_ bytes: inout [UInt8], hasBody: Bool = true) {
    let end = Array("\r\n\r\n".utf8)
    guard
      let start = bytes.indices.first(where: { bytes[$0...].starts(with: end) })
    else { return nil }
    let lines = String(decoding: bytes[..<start], as: UTF8.self).split(separator: "\r\n")
    status = Int(lines[0].split(separator: " ")[1]) ?? 0
    headers = [:]
    for line in lines.dropFirst() {
      let parts = line.split(separator: ":", maxSplits: 1)
      headers[parts[0].lowercased()] = parts[1].drop { $0 == " " }.description
    }
    let length = hasBody ? headers["content-length"].flatMap { Int($0) } ?? 0 : 0
    guard bytes.count >= start + 4 + length else { return nil }
    body = Array(bytes[(start + 4)..<(start + 4 + length)])
    bytes.removeFirst(start + 4 + length)
  }

  var text: String { String(decoding: body, as: UTF8.self) }
}
