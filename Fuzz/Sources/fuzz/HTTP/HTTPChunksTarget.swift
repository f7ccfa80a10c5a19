internal import NIOCore

@testable internal import TarnNode

extension FuzzTarget {
  /// Chunked bodies: the same bytes and the same end whatever the pieces, and what is taken off can
  /// be put on again.
  static let httpChunks = FuzzTarget("http-chunks", longestInput: 1_536) { input in
    let size = 1 + Int(input.byte() & 31)
    let bytes = input.rest()
    let whole = Unchunked(bytes, by: max(1, bytes.count))
    let pieced = Unchunked(bytes, by: size)
    demand(whole == pieced, "a body differs in pieces of \(size)")
    demand(whole.body.count <= bytes.count, "a body is longer than its chunks")
    guard whole.end == .over else { return }
    var chunks: [UInt8] = []
    for piece in whole.body.pieces(of: size) {
      chunks += Array("\(String(piece.readableBytes, radix: 16));a=b\r\n".utf8)
      chunks += Array(piece.readableBytesView) + Array("\r\n".utf8)
    }
    chunks += Array("0\r\nTrailer: x\r\n\r\n".utf8)
    let again = Unchunked(chunks, by: size)
    demand(again.end == .over && again.rest == 0, "chunks that were just made end badly")
    demand(again.body == whole.body, "chunks that were just made hold another body")
  }
}

/// What `ChunkedDecoder` makes of bytes that come in pieces.
private struct Unchunked: Equatable {
  enum End: Equatable {
    case over
    case needsMore
    case fault(HTTPFault)
  }
  var body: [UInt8] = []
  var end = End.needsMore
  /// Bytes behind the body.
  var rest = 0

  init(_ bytes: [UInt8], by size: Int) {
    var decoder = ChunkedDecoder()
    var input = ByteBuffer()
    for var piece in bytes.pieces(of: size) {
      input.writeBuffer(&piece)
      guard !decoder.isOver else { continue }
      do throws(HTTPFault) {
        while let part = try decoder.next(&input) {
          demand(part.readableBytes > 0, "a piece of a body is empty")
          body += Array(part.readableBytesView)
        }
      } catch {
        end = .fault(error)
        return
      }
    }
    if decoder.isOver {
      end = .over
      rest = input.readableBytes
    }
  }
}
