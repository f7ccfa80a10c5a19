internal import Synchronization

/// A request's body on its way to the origin, with what the client said about it checked: length,
/// signature, aws-chunked framing, Content-MD5 and `x-amz-checksum-...` in headers or trailers.
///
/// The origin is given the body under the digests of its own protocol, not the client's: they are
/// verified here, as the bytes pass.
struct S3UploadBody: Sendable {
  /// Bytes of the object.
  let length: UInt64
  let stream: OriginBody
  private let fault: Fault

  /// The first thing that went wrong with the body. Origins say only that they failed.
  private final class Fault: Sendable {
    let error = Mutex<(any Error)?>(nil)
  }

  /// Bytes of one request (S3 User Guide, "Uploading objects").
  static let lengthLimit: UInt64 = 5 << 30

  /// Throws if the length is not known or too large.
  init(_ request: S3Exchange) throws(S3Error) {
    let head = request.head
    let payload: PayloadHash
    if let verified = request.verified {
      payload = verified.payload
    } else {
      payload = try S3UploadBody.announcedPayload(head)
    }
    let isChunked =
      switch payload {
      case .unsigned, .sha256: false
      case .signedChunks, .signedChunksAndTrailer, .unsignedChunksAndTrailer: true
      }
    if isChunked {
      guard let text = head.header("x-amz-decoded-content-length") else { throw .missingLength }
      guard let number = UInt64(text) else {
        throw .invalidArgument("x-amz-decoded-content-length is no number: \(text).")
      }
      length = number
    } else {
      guard let number = request.exchange.contentLength, head.hasHeader("content-length") else {
        throw .missingLength
      }
      length = number
    }
    guard length <= S3UploadBody.lengthLimit else {
      throw S3Error(
        "EntityTooLarge", 400, "A request carries at most 5 GiB; use a multipart upload.")
    }
    let raw = request.exchange.body()
    let decoded =
      request.verified?.check(raw) ?? S3UploadBody.unverified(raw, payload, head)
    // Without framing of its own the body is as long as HTTP says.
    let measured = isChunked ? checkedBody(decoded, by: LengthCheck(length)) : decoded
    let checked = bodyWithAnnouncedChecksums(measured, headers: head.headers)
    let fault = Fault()
    self.fault = fault
    stream = S3UploadBody.noting(checked, fault)
  }

  /// What went wrong with the body, if it was that.
  var error: (any Error)? { fault.error.withLock { $0 } }

  /// What the client says of a body whose signature nobody can verify.
  private static func announcedPayload(_ head: HTTPRequestHead) throws(S3Error) -> PayloadHash {
    guard let text = head.header("x-amz-content-sha256") else { return .unsigned }
    guard let payload = PayloadHash(headerValue: text) else {
      throw .invalidArgument("x-amz-content-sha256 is not a payload hash: \(text).")
    }
    return payload
  }

  /// Takes framing off, and verifies what needs no key.
  private static func unverified(
    _ body: OriginBody, _ payload: PayloadHash, _ head: HTTPRequestHead
  ) -> OriginBody {
    let trailers = head.headers.filter { areSameHeader($0.name, "x-amz-trailer") }
      .flatMap { $0.value.split(separator: ",") }.map { $0.trimmingBlanks.lowercased() }
    switch payload {
    case .unsigned: return body
    case .sha256(let digits): return checkedBody(body, by: DigestCheck(sha256: digits))
    case .signedChunks: return checkedBody(body, by: ChunkedBody(chain: nil, trailers: nil))
    case .signedChunksAndTrailer, .unsignedChunksAndTrailer:
      return checkedBody(body, by: ChunkedBody(chain: nil, trailers: trailers))
    }
  }

  private static func noting(_ body: OriginBody, _ fault: Fault) -> OriginBody {
    let reader = NotingReader(body, fault)
    return OriginBody { try await reader.next() }
  }

  /// A stream has one reader, which asks for one element after the other.
  private final class NotingReader: @unchecked Sendable {
    private var source: OriginBody.Iterator
    private let fault: Fault
    init(_ body: OriginBody, _ fault: Fault) {
      source = body.makeAsyncIterator()
      self.fault = fault
    }
    func next() async throws -> OriginBody.Element? {
      do {
        return try await source.next()
      } catch {
        fault.error.withLock { $0 = $0 ?? error }
        throw error
      }
    }
  }
}
