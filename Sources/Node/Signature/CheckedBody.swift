internal import NIOCore
internal import Synchronization

/// Something that reads a body on its way through, may take framing off it, and says at the end
/// whether it was as announced.
protocol BodyCheck: Sendable {
  /// Takes some of `input` and answers the next bytes to pass on; nil wants more input.
  mutating func take(_ input: inout ByteBuffer) throws(BodyError) -> ByteBuffer?
  /// The input is over.
  mutating func end() throws(BodyError)
}

/// The body as `check` lets it through.
///
/// The last piece is held back until the check has passed, so that whoever stores the body by its
/// length never has all of a wrong one; a body without bytes must be read to its end for the same
/// reason.
func checkedBody(_ body: OriginBody, by check: some BodyCheck) -> OriginBody {
  let reader = CheckedBodyReader(body, check)
  return OriginBody { try await reader.next() }
}

/// The state of one checked body. A stream's closure must be Sendable, but a stream has one reader
/// that asks for one element after the other: nothing here is used by two tasks at once.
private final class CheckedBodyReader<Check: BodyCheck>: @unchecked Sendable {
  private var source: OriginBody.Iterator
  private var check: Check
  private var input = ByteBuffer()
  private var held: ByteBuffer?
  private var isOver = false

  init(_ body: OriginBody, _ check: Check) {
    source = body.makeAsyncIterator()
    self.check = check
  }

  func next() async throws -> ByteBuffer? {
    while !isOver {
      if input.readableBytes > 0, let piece = try check.take(&input) {
        guard piece.readableBytes > 0 else { continue }
        defer { held = piece }
        if let held { return held }
      } else if let more = try await source.next() {
        input = more
      } else {
        // A cancelled stream ends like a whole one.
        try Task.checkCancellation()
        try check.end()
        isOver = true
        return held
      }
    }
    return nil
  }
}

extension VerifiedRequest {
  /// The body without framing, verified as far as the signature covers it. Fails with `BodyError`.
  ///
  /// - Parameter body: As it comes in, aws-chunked framing included.
  public func check(_ body: OriginBody) -> OriginBody {
    switch payload {
    case .unsigned: body
    case .sha256(let digits): checkedBody(body, by: DigestCheck(sha256: digits))
    case .signedChunks: checkedBody(body, by: ChunkedBody(chain: chain, trailers: nil))
    case .signedChunksAndTrailer:
      checkedBody(body, by: ChunkedBody(chain: chain, trailers: trailers))
    case .unsignedChunksAndTrailer:
      checkedBody(body, by: ChunkedBody(chain: nil, trailers: trailers))
    }
  }

  /// Whether the body comes in aws-chunked framing: its length is then in
  /// `x-amz-decoded-content-length`.
  public var isChunked: Bool {
    switch payload {
    case .unsigned, .sha256: false
    case .signedChunks, .signedChunksAndTrailer, .unsignedChunksAndTrailer: true
    }
  }
}
