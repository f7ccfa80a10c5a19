internal import NIOCore

/// A response's body. Its connection serves other requests when the body has been read, and is closed
/// if it was not.
final class LineBody: @unchecked Sendable {
  private let line: StoreLine
  private let lines: StoreLines
  private let keepsConnection: Bool
  private var framing: ResponseHead.Framing
  private var decoder = ChunkedDecoder()
  private var isOver = false

  /// - Parameter isEmpty: nothing follows the head, whatever it says.
  init(_ head: ResponseHead, isEmpty: Bool, on line: StoreLine, of lines: StoreLines) {
    self.line = line
    self.lines = lines
    keepsConnection = head.keepsConnection
    framing = isEmpty ? .length(0) : head.framing
    if framing == .length(0) { end(isWhole: keepsConnection) }
  }

  deinit {
    guard !isOver else { return }
    line.loop.execute { [line, lines] in lines.giveBack(line, isWhole: false) }
  }

  /// The next bytes; nil at the end.
  func next() async throws(OriginError) -> ByteBuffer? {
    guard !isOver else { return nil }
    switch framing {
    case .length(let left):
      guard let piece = try await line.next(atMost: left) else {
        throw .failed("the store closed the connection \(left) bytes before the end")
      }
      framing = .length(left - UInt64(piece.readableBytes))
      if framing == .length(0) { end(isWhole: keepsConnection) }
      return piece
    case .chunked:
      if let piece = try await line.next(&decoder) { return piece }
      end(isWhole: keepsConnection)
      return nil
    case .toTheEnd:
      if let piece = try await line.next(atMost: .max) { return piece }
      end(isWhole: false)
      return nil
    }
  }

  /// Fills the buffer straight from the socket, if the body is known to have its size; else answers
  /// false, and nothing was read.
  func fill(_ buffer: UnsafeMutableRawBufferPointer) async throws(OriginError) -> Bool {
    guard !isOver, framing == .length(UInt64(buffer.count)) else { return false }
    try await line.fill(buffer)
    end(isWhole: keepsConnection)
    return true
  }

  private func end(isWhole: Bool) {
    isOver = true
    lines.giveBack(line, isWhole: isWhole)
  }
}
