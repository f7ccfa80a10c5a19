internal import NIOPosix

/// The other end of a network measurement: what `tarn-node calibrate --serve HOST:PORT` runs.
///
/// A connection starts with one line, `tarn-calibrate echo` or `tarn-calibrate sink`. `echo` sends
/// back what comes; `sink` swallows everything up to the end and answers how many bytes that was, in
/// 8 bytes, the least significant first. Whoever can connect can load the network: serve only for as
/// long as you measure.
public final class CalibrationPeer: Sendable {
  static let echo = Array("tarn-calibrate echo\n".utf8)
  static let sink = Array("tarn-calibrate sink\n".utf8)
  static let messageBytes = 64
  /// Connections served at once; more wait.
  private static let connections = 4

  private let listener: CalibrationSocket
  private let threads: NIOThreadPool

  /// Listens on `place`; port 0 for any free one.
  public init(on place: NodeConfiguration.SocketPlace) throws(CalibrationError) {
    let listener = try CalibrationSocket.listen(on: place)
    self.listener = listener
    let threads = NIOThreadPool(numberOfThreads: Self.connections + 1)
    self.threads = threads
    threads.start()
    threads.submit { _ in
      while let connection = listener.accept() {
        threads.submit { state in
          guard case .active = state else { return }
          // A client that breaks off says so itself.
          try? Self.serve(connection)
        }
      }
    }
  }

  /// Where it listens.
  public var port: Int { listener.port }

  /// Takes no more connections, and returns when those that are open have ended.
  public func stop() async throws {
    listener.stop()
    try await threads.shutdownGracefully()
  }

  private static func serve(_ connection: CalibrationSocket) throws(CalibrationError) {
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 256 << 10, alignment: 4_096)
    defer { buffer.deallocate() }
    let word = UnsafeMutableRawBufferPointer(rebasing: buffer[..<echo.count])
    try connection.receiveAll(word)
    if word.elementsEqual(echo) {
      while case let count = try connection.receive(buffer), count > 0 {
        try connection.send(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
      }
    } else if word.elementsEqual(sink) {
      var total: UInt64 = 0
      while case let count = try connection.receive(buffer), count > 0 { total += UInt64(count) }
      buffer.storeBytes(of: total.littleEndian, as: UInt64.self)
      try connection.send(UnsafeRawBufferPointer(rebasing: buffer[..<8]))
    }
  }
}
