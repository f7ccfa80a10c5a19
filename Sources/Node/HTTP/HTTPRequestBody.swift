internal import NIOCore

/// A request's body on its way from a connection to whoever reads it. Confined to the connection's
/// event loop, but for `next`.
final class HTTPRequestBody: @unchecked Sendable {
  private enum Decoder {
    case length(left: UInt64)
    case chunked(ChunkedDecoder)
  }
  private var decoder: Decoder
  private let loop: any EventLoop
  private let aheadBytes: Int
  /// Tells the connection that there is room for more.
  private var wanted: (() -> Void)?
  private var pieces = CircularBuffer<ByteBuffer>(initialCapacity: 2)
  private var heldBytes = 0
  private var waiter: CheckedContinuation<ByteBuffer?, any Error>?
  private var end: Result<Void, HTTPBodyError>?
  /// Someone has asked for it.
  private(set) var isRead = false
  /// Nobody will: it is taken and dropped.
  private(set) var isSkipped = false
  /// Bytes that came since the connection looked last.
  var progressBytes = 0
  /// Bytes dropped.
  private(set) var skippedBytes: UInt64 = 0

  init(
    _ framing: HTTPFraming, loop: any EventLoop, aheadBytes: Int, wanted: @escaping () -> Void
  ) {
    switch framing {
    case .none: decoder = .length(left: 0)
    case .length(let length): decoder = .length(left: length)
    case .chunked: decoder = .chunked(ChunkedDecoder())
    }
    self.loop = loop
    self.aheadBytes = aheadBytes
    self.wanted = wanted
  }

  deinit { waiter?.resume(throwing: HTTPBodyError.closed) }

  /// Whether more may come.
  var hasRoom: Bool { isSkipped || waiter != nil || heldBytes < aheadBytes }

  /// Bytes that are still to come, if the client said how many.
  var left: UInt64? {
    if case .length(let left) = decoder { left } else { nil }
  }

  // MARK: The connection's side

  /// Takes what of `input` belongs to the body. True if the body is over.
  func feed(_ input: inout ByteBuffer) throws(HTTPFault) -> Bool {
    while hasRoom {
      guard let piece = try nextPiece(&input) else { break }
      progressBytes += piece.readableBytes
      if isSkipped {
        skippedBytes += UInt64(piece.readableBytes)
      } else {
        deliver(piece)
      }
    }
    return isReceived
  }

  private var isReceived: Bool {
    switch decoder {
    case .length(let left): left == 0
    case .chunked(let decoder): decoder.isOver
    }
  }

  private func nextPiece(_ input: inout ByteBuffer) throws(HTTPFault) -> ByteBuffer? {
    switch decoder {
    case .length(let left):
      let count = Int(min(left, UInt64(input.readableBytes)))
      guard count > 0 else { return nil }
      decoder = .length(left: left - UInt64(count))
      return input.readSlice(length: count)
    case .chunked(var chunks):
      // Without a second owner the decoder is changed in place.
      decoder = .length(left: 0)
      defer { decoder = .chunked(chunks) }
      return try chunks.next(&input)
    }
  }

  private func deliver(_ piece: ByteBuffer) {
    if let waiter {
      self.waiter = nil
      waiter.resume(returning: piece)
    } else {
      pieces.append(piece)
      heldBytes += piece.readableBytes
    }
  }

  /// All has come.
  func finish() { close(.success(())) }

  /// The rest won't come.
  func fail(_ error: HTTPBodyError) { close(.failure(error)) }

  private func close(_ result: Result<Void, HTTPBodyError>) {
    guard end == nil else { return }
    end = result
    wanted = nil
    if case .failure = result { drop() }
    if let waiter {
      self.waiter = nil
      resume(waiter, result)
    }
  }

  /// What is held and what comes is dropped.
  func skip() {
    isSkipped = true
    if end == nil {
      end = .failure(.ended)
      if let waiter {
        self.waiter = nil
        waiter.resume(throwing: HTTPBodyError.ended)
      }
    }
    drop()
  }

  private func drop() {
    pieces.removeAll()
    heldBytes = 0
  }

  // MARK: The reader's side

  /// The body as a stream. It is read once; a second reader gets what the first leaves.
  func stream() -> OriginBody { OriginBody { try await self.next() } }

  private func next() async throws -> ByteBuffer? {
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        if loop.inEventLoop {
          ask(continuation)
        } else {
          loop.execute { self.ask(continuation) }
        }
      }
    } onCancel: {
      loop.execute { self.cancel() }
    }
  }

  private func ask(_ continuation: CheckedContinuation<ByteBuffer?, any Error>) {
    isRead = true
    if let piece = pieces.popFirst() {
      heldBytes -= piece.readableBytes
      continuation.resume(returning: piece)
      wanted?()
    } else if let end {
      resume(continuation, end)
    } else if waiter != nil {
      continuation.resume(throwing: HTTPBodyError.ended)
    } else {
      waiter = continuation
      wanted?()
    }
  }

  private func resume(
    _ continuation: CheckedContinuation<ByteBuffer?, any Error>, _ end: Result<Void, HTTPBodyError>
  ) {
    switch end {
    case .success: continuation.resume(returning: nil)
    case .failure(let error): continuation.resume(throwing: error)
    }
  }

  private func cancel() {
    waiter?.resume(throwing: CancellationError())
    waiter = nil
  }
}
