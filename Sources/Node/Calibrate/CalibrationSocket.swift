internal import Glibc

/// A blocking TCP socket, for measurements alone. No call waits longer than ten seconds.
final class CalibrationSocket: Sendable {
  let descriptor: CInt
  /// `HOST:PORT` of the other side, or of the listener itself.
  let name: String

  private init(_ descriptor: CInt, _ name: String) {
    self.descriptor = descriptor
    self.name = name
    var one: CInt = 1
    setsockopt(descriptor, CInt(IPPROTO_TCP), TCP_NODELAY, &one, socklen_t(MemoryLayout<CInt>.size))
    var patience = timeval(tv_sec: 10, tv_usec: 0)
    for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
      setsockopt(
        descriptor, SOL_SOCKET, option, &patience, socklen_t(MemoryLayout<timeval>.size))
    }
  }

  deinit { close(descriptor) }

  /// A connection to `place`.
  static func connect(
    to place: NodeConfiguration.SocketPlace
  ) throws(CalibrationError) -> CalibrationSocket {
    try open(place, isListener: false) { socket, address in
      Glibc.connect(socket.descriptor, address.ai_addr, address.ai_addrlen) == 0
    }
  }

  /// A listener on `place`; port 0 for any free one.
  static func listen(
    on place: NodeConfiguration.SocketPlace
  ) throws(CalibrationError) -> CalibrationSocket {
    try open(place, isListener: true) { socket, address in
      var one: CInt = 1
      let descriptor = socket.descriptor
      setsockopt(
        descriptor, SOL_SOCKET, SO_REUSEADDR, &one, socklen_t(MemoryLayout<CInt>.size))
      // A listener waits for as long as it takes.
      var forever = timeval()
      setsockopt(
        descriptor, SOL_SOCKET, SO_RCVTIMEO, &forever, socklen_t(MemoryLayout<timeval>.size))
      return bind(descriptor, address.ai_addr, address.ai_addrlen) == 0
        && Glibc.listen(descriptor, 16) == 0
    }
  }

  private static func open(
    _ place: NodeConfiguration.SocketPlace, isListener: Bool,
    _ use: (CalibrationSocket, addrinfo) -> Bool
  ) throws(CalibrationError) -> CalibrationSocket {
    let name = "\(place.host):\(place.port)"
    var hints = addrinfo()
    hints.ai_socktype = CInt(SOCK_STREAM.rawValue)
    hints.ai_flags = isListener ? AI_PASSIVE : 0
    var list: UnsafeMutablePointer<addrinfo>?
    let status = getaddrinfo(place.host, String(place.port), &hints, &list)
    guard status == 0 else {
      throw .network(
        "\(name) is no address (\(String(cString: gai_strerror(status)))); give HOST:PORT")
    }
    defer { freeaddrinfo(list) }
    var reason = "no address"
    var next = list
    while let address = next {
      next = address.pointee.ai_next
      let descriptor = socket(
        address.pointee.ai_family, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
      guard descriptor >= 0 else { continue }
      let socket = CalibrationSocket(descriptor, name)
      if use(socket, address.pointee) { return socket }
      reason = String(cString: strerror(errno))
    }
    let cure =
      isListener
      ? "give an address of this machine and a free port"
      : "start tarn-node calibrate --serve on that machine and give its address"
    throw .network("\(name): \(reason); \(cure)")
  }

  /// The next connection of a listener; nil when it was stopped.
  func accept() -> CalibrationSocket? {
    while true {
      let descriptor = Glibc.accept(self.descriptor, nil, nil)
      if descriptor >= 0 { return CalibrationSocket(descriptor, "a client of \(name)") }
      if errno != EINTR, errno != ECONNABORTED { return nil }
    }
  }

  /// Ends whatever waits on the socket, in any thread.
  func stop() { shutdown(descriptor, CInt(SHUT_RDWR)) }

  /// The other side reads an end; this side may still read.
  func endWriting() { shutdown(descriptor, CInt(SHUT_WR)) }

  /// The port of a listener.
  var port: Int {
    var address = sockaddr_storage()
    var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
    return withUnsafeMutableBytes(of: &address) { bytes in
      guard let start = bytes.baseAddress,
        getsockname(descriptor, start.assumingMemoryBound(to: sockaddr.self), &length) == 0
      else { return 0 }
      // The port lies at the same place in IPv4's and IPv6's form, most significant byte first.
      return Int(bytes[2]) << 8 | Int(bytes[3])
    }
  }

  func send(_ bytes: UnsafeRawBufferPointer) throws(CalibrationError) {
    var done = 0
    while done < bytes.count {
      let rest = UnsafeRawBufferPointer(rebasing: bytes[done...])
      let count = Glibc.send(descriptor, rest.baseAddress, rest.count, CInt(MSG_NOSIGNAL))
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw broken() }
      done += count
    }
  }

  /// Bytes received, at most as many as there is room for; 0 at the end.
  func receive(_ bytes: UnsafeMutableRawBufferPointer) throws(CalibrationError) -> Int {
    while true {
      let count = recv(descriptor, bytes.baseAddress, bytes.count, 0)
      if count >= 0 { return count }
      if errno != EINTR { throw broken() }
    }
  }

  /// Receives until there is no more room.
  func receiveAll(_ bytes: UnsafeMutableRawBufferPointer) throws(CalibrationError) {
    var done = 0
    while done < bytes.count {
      let count = try receive(UnsafeMutableRawBufferPointer(rebasing: bytes[done...]))
      guard count > 0 else {
        throw .network("\(name) hung up; see that tarn-node calibrate --serve runs there")
      }
      done += count
    }
  }

  private func broken() -> CalibrationError {
    .network("\(name): \(String(cString: strerror(errno))); see that the peer still runs")
  }
}
