internal import NIOCore
internal import TarnCore

/// GetObject and HeadObject: opens an object, weighs the request's conditions, and sends the bytes of
/// one version.
///
/// The response's head goes out with the first slice, so what fails before that is a proper error.
/// At most two slices are asked for beyond what the kernel has taken. Everything happens on the
/// exchange's event loop; if the cache answers at once, so does this, without a task or a hop.
final class S3ObjectRead: ObjectSink, @unchecked Sendable {
  private let request: S3Exchange
  private var read: (any ObjectRead)?
  /// The response as it begins when the first slice has come.
  private var response: HTTPResponseHead?
  private var hasBegun = false
  /// How often the object was opened.
  private var opens = 0
  /// Slices to ask for; asked for one after the other, however the answers come.
  private var demand = 0
  private var isAsking = false

  private static let slicesAhead = 2
  private static let opensAtMost = 4

  init(_ request: S3Exchange) { self.request = request }

  func start() throws(S3Error) {
    if let part = request.target.query["partNumber"] {
      guard let number = Int(part), (1...10_000).contains(number) else {
        throw .invalidArgument("partNumber must be 1 to 10000; it is \(part).")
      }
      // The cache does not know an object's parts; as one part it has only the first.
      guard number == 1 else {
        throw S3Error("InvalidPartNumber", 416, "This cache knows objects as one part; ask for 1.")
      }
    }
    open()
  }

  private func open() {
    opens += 1
    request.service.objects.open(
      tenant: request.caller.tenant, container: request.target.bucket, key: request.target.key,
      wanting: firstByte, on: request.exchange.loop
    ) { self.opened($0) }
  }

  /// The first byte that is wanted, if that is certain without the object's size and version: not for
  /// HEAD, nor if the answer may be 304 or 412, nor of a range that is counted from the end.
  private var firstByte: UInt64? {
    let head = request.head
    guard !request.isHead, S3Conditions(head).isEmpty, head.header("if-range") == nil else {
      return nil
    }
    switch head.header("range").flatMap({ S3Range($0) }) {
    case nil: return 0
    case .fromTo(let first, _): return first
    case .last: return nil
    }
  }

  private func opened(_ result: Result<OpenObject, ObjectFailure>) {
    guard !request.exchange.isOver else { return }
    switch result {
    case .failure(.changed) where opens < S3ObjectRead.opensAtMost: open()
    case .failure(let failure): request.fail(S3Error(failure))
    case .success(let object): answer(object)
    }
  }

  // MARK: The answer

  private func answer(_ object: OpenObject) {
    let (head, attributes) = (request.head, object.attributes)
    let conditions = S3Conditions(head)
    if !conditions.isEmpty {
      switch conditions.outcome(
        version: attributes.version, lastModified: attributes.lastModified)
      {
      case .proceed: break
      case .failed: return request.fail(.preconditionFailed)
      case .notModified: return respond(responseHead(object, status: 304))
      }
    }
    let size = object.object.size
    guard let text = wantedRange(attributes) else {
      if request.target.query.has("partNumber"), size > 0 {
        return send(object, 0..<size, status: 206)
      }
      return send(object, 0..<size, status: 200)
    }
    guard let range = S3Range(text) else { return send(object, 0..<size, status: 200) }
    guard let bytes = range.bytes(ofSize: size) else {
      return request.fail(.invalidRange(text, size: size))
    }
    send(object, bytes, status: 206)
  }

  /// The Range header, unless If-Range says that it is about another version (RFC 9110, section
  /// 13.1.5).
  private func wantedRange(_ attributes: ObjectAttributes) -> String? {
    guard let range = request.head.header("range") else { return nil }
    guard let condition = request.head.header("if-range") else { return range }
    let isSame =
      HTTPDate.parse(condition).map { $0 == attributes.lastModified }
      ?? S3Conditions.list(condition, has: attributes.version, weakly: false)
    return isSame ? range : nil
  }

  private func send(_ object: OpenObject, _ range: Range<UInt64>, status: Int) {
    var response = responseHead(object, status: status)
    response.contentLength = UInt64(range.count)
    if status == 206 { response.contentRange = (range, object.object.size) }
    if request.isHead || range.isEmpty { return respond(response) }
    self.response = response
    read = request.service.objects.read(
      object, range: range, on: request.exchange.loop, into: self)
    request.exchange.onClose = { self.cancel() }
    ask(S3ObjectRead.slicesAhead)
  }

  private func respond(_ response: HTTPResponseHead) {
    request.begin(response)
    request.exchange.finish()
  }

  private func responseHead(_ object: OpenObject, status: Int) -> HTTPResponseHead {
    var response = HTTPResponseHead(
      status: status, headers: [("x-amz-request-id", request.requestID)])
    let query = request.target.query
    // What every answer says about the object is written once.
    response.lines =
      query.isEmpty && status != 304
      ? object.lines { S3Metadata.lines(of: $0, query: S3Query(), hasBody: true) }
      : S3Metadata.lines(of: object.attributes, query: query, hasBody: status != 304)
    return response
  }

  // MARK: The bytes

  private func ask(_ slices: Int) {
    demand += slices
    guard !isAsking else { return }
    isAsking = true
    defer { isAsking = false }
    while demand > 0, let read {
      demand -= 1
      read.more()
    }
  }

  func take(_ slice: PayloadSlice, source: Source) {
    if !hasBegun, let response {
      hasBegun = true
      self.response = nil
      request.begin(response)
    }
    request.exchange.write(slice, stays: source == .memory) { self.ask(1) }
  }

  func end(_ failure: ObjectFailure?) {
    read = nil
    demand = 0
    switch failure {
    case nil: request.exchange.finish()
    case .some where hasBegun: request.exchange.abort()
    case .changed? where opens < S3ObjectRead.opensAtMost:
      request.exchange.onClose = nil
      open()
    case .some(let failure): request.fail(S3Error(failure))
    }
  }

  private func cancel() {
    read?.cancel()
    read = nil
  }
}
