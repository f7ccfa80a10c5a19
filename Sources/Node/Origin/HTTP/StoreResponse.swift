internal import AsyncHTTPClient
internal import NIOCore

/// A response to the head; its body follows.
struct StoreResponse: Sendable {
  enum Body: Sendable {
    case client(HTTPClientResponse.Body)
    case line(LineBody)
  }
  var status: Int
  /// All headers in order.
  let fields: [ResponseHead.Field]
  /// `PUT /bucket/key`, for error messages.
  let request: String
  private let body: Body

  init(status: Int, fields: [ResponseHead.Field], request: String, body: Body) {
    self.status = status
    self.fields = fields
    self.request = request
    self.body = body
  }

  /// The value of the first header of this name, whatever its case.
  func header(_ name: String) -> String? {
    fields.first { field in
      field.name.utf8.elementsEqual(name.utf8) { HTTPSyntax.lower($0) == HTTPSyntax.lower($1) }
    }?.value
  }

  /// The whole body. Throws `.failed` if it is longer than `limit` bytes.
  func collect(limit: Int) async throws(OriginError) -> [UInt8] {
    var bytes: [UInt8] = []
    try await forEachPiece { piece in
      bytes.append(contentsOf: piece.readableBytesView)
      return bytes.count <= limit
    }
    guard bytes.count <= limit else {
      throw .failed("\(request): the answer is longer than \(limit) bytes")
    }
    return bytes
  }

  /// Fills the buffer with the body as it comes. Throws `.failed` if the body is shorter or longer.
  func fill(_ buffer: UnsafeMutableRawBufferPointer) async throws(OriginError) {
    if case .line(let body) = body {
      do { if try await body.fill(buffer) { return } } catch { throw error.naming(request) }
    }
    var done = 0
    var isLonger = false
    try await forEachPiece { piece in
      let count = piece.readableBytes
      guard count <= buffer.count - done else {
        isLonger = true
        return false
      }
      piece.withUnsafeReadableBytes { bytes in
        UnsafeMutableRawBufferPointer(rebasing: buffer[done..<(done + count)])
          .copyMemory(from: bytes)
      }
      done += count
      return true
    }
    guard done == buffer.count, !isLonger else {
      let size = isLonger ? "more" : "\(done)"
      throw .failed("\(request): asked for \(buffer.count) bytes and got \(size)")
    }
  }

  /// Reads on as long as `take` wants more.
  private func forEachPiece(_ take: (ByteBuffer) -> Bool) async throws(OriginError) {
    switch body {
    case .client(let body):
      do {
        for try await piece in body { guard take(piece) else { return } }
      } catch { throw StoreClient.failure(request, error) }
    case .line(let body):
      do throws(OriginError) {
        while let piece = try await body.next() { guard take(piece) else { return } }
      } catch { throw error.naming(request) }
    }
  }
}
