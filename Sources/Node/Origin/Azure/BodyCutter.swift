internal import NIOCore

/// Cuts one body into several, each read to its end before the next is asked for: who uses it sends
/// one piece after the other, so nothing is used by two tasks at once.
final class BodyCutter: @unchecked Sendable {
  private var source: OriginBody.Iterator
  private var rest = ByteBuffer()

  init(_ body: OriginBody) { source = body.makeAsyncIterator() }

  /// The next `count` bytes; fewer if the body ends before.
  func next(_ count: UInt64) -> OriginBody {
    let piece = Piece(self, count)
    return OriginBody { try await piece.next() }
  }

  /// Throws unless the body ends here, and ends well.
  func finish(length: UInt64) async throws(OriginError) {
    do {
      while rest.readableBytes == 0 {
        guard let more = try await source.next() else { return }
        rest = more
      }
    } catch { throw OriginError(ofBody: error) }
    throw .rejected(code: "IncompleteBody", "the body has not the announced \(length) bytes")
  }

  private func read(_ most: UInt64) async throws -> ByteBuffer? {
    while rest.readableBytes == 0 {
      guard let more = try await source.next() else { return nil }
      rest = more
    }
    return rest.readSlice(length: Int(min(most, UInt64(rest.readableBytes))))
  }

  private final class Piece: @unchecked Sendable {
    private let cutter: BodyCutter
    private var left: UInt64

    init(_ cutter: BodyCutter, _ count: UInt64) {
      self.cutter = cutter
      left = count
    }

    func next() async throws -> ByteBuffer? {
      guard left > 0, let bytes = try await cutter.read(left) else { return nil }
      left -= UInt64(bytes.readableBytes)
      return bytes
    }
  }
}
