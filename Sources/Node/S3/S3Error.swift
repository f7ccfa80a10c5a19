/// An error as S3's clients know it: code, status and sentence (S3 API Reference, "Error responses").
struct S3Error: Error, Equatable {
  var code: String
  var status: Int
  var message: String
  /// Further elements of the XML document.
  var details: [Detail] = []
  /// Further headers of the response.
  var headers: [Detail] = []

  struct Detail: Equatable {
    var name: String
    var value: String
  }

  init(_ code: String, _ status: Int, _ message: String) {
    self.code = code
    self.status = status
    self.message = message
  }

  static let noSuchKey = S3Error("NoSuchKey", 404, "There is no object of this key.")
  static let noSuchBucket = S3Error(
    "NoSuchBucket", 404, "There is no bucket of this name for this access key.")
  static let accessDenied = S3Error(
    "AccessDenied", 403, "This access key may only read; use one that may write.")
  static let preconditionFailed = S3Error(
    "PreconditionFailed", 412, "The object is not as the request's conditions want it.")
  static let malformedXML = S3Error(
    "MalformedXML", 400, "The request's XML is malformed or not of the published schema.")
  static let missingLength = S3Error(
    "MissingContentLength", 411, "The length of the object is missing; send Content-Length.")

  static func invalidArgument(_ message: String) -> S3Error {
    S3Error("InvalidArgument", 400, message)
  }

  static func notImplemented(_ what: String) -> S3Error {
    S3Error("NotImplemented", 501, "This cache does not offer \(what); ask the origin itself.")
  }

  static func methodNotAllowed(_ method: String, allowed: String) -> S3Error {
    var error = S3Error(
      "MethodNotAllowed", 405, "The method \(method) is not allowed here; use one of \(allowed).")
    error.headers = [Detail(name: "Allow", value: allowed)]
    return error
  }

  /// Come back later.
  static func slowDown(_ milliseconds: UInt32, _ message: String) -> S3Error {
    var error = S3Error("SlowDown", 503, message)
    error.headers = [
      Detail(name: "Retry-After", value: String(max(1, (UInt64(milliseconds) + 999) / 1000)))
    ]
    return error
  }

  /// No byte of the range is in the object.
  static func invalidRange(_ range: String, size: UInt64) -> S3Error {
    var error = S3Error(
      "InvalidRange", 416, "The object has \(size) bytes; ask for a range that starts within them.")
    error.details = [
      Detail(name: "RangeRequested", value: range),
      Detail(name: "ActualObjectSize", value: String(size)),
    ]
    error.headers = [Detail(name: "Content-Range", value: "bytes */\(size)")]
    return error
  }

  /// The XML document.
  func document(resource: String, requestID: String) -> [UInt8] {
    var writer = XMLWriter()
    writer.element("Error") { writer in
      writer.element("Code", code)
      writer.element("Message", message)
      for detail in details { writer.element(detail.name, detail.value) }
      writer.element("Resource", resource)
      writer.element("RequestId", requestID)
    }
    return writer.bytes
  }
}

extension S3Error {
  init(_ failure: ObjectFailure) {
    switch failure {
    case .noObject: self = .noSuchKey
    case .noContainer: self = .noSuchBucket
    case .changed:
      self = .slowDown(1_000, "The object changes while it is read; try again.")
    case .busy(let milliseconds):
      self = .slowDown(milliseconds, "The cache or its origin is busy; try again later.")
    case .deadline:
      self = .slowDown(1_000, "The origin did not answer within the deadline of reads; try again.")
    case .denied(let reason):
      self = S3Error(
        "AccessDenied", 403, "The origin refused this cache's credentials: \(reason)")
    case .failed(let reason):
      self = S3Error("InternalError", 500, "The origin failed: \(reason)")
    }
  }

  init(_ error: OriginError) {
    switch error {
    case .notFound: self = .noSuchKey
    case .noContainer: self = .noSuchBucket
    case .noUpload:
      self = S3Error(
        "NoSuchUpload", 404, "There is no upload of this id; it was completed or aborted.")
    case .changed: self = .preconditionFailed
    case .throttled(let milliseconds):
      self = .slowDown(milliseconds, "The origin is busy; try again later.")
    case .denied(let reason):
      self = S3Error(
        "AccessDenied", 403, "The origin refused this cache's credentials: \(reason)")
    case .rejected(let code, let message):
      self = S3Error(code, S3Error.status(ofRejection: code), message)
    case .unsupported(let what): self = .notImplemented(what)
    case .failed(let reason): self = S3Error("InternalError", 500, "The origin failed: \(reason)")
    }
  }

  /// Errors of a request's body, of signatures and of origins, as they come out of a task.
  init(_ error: any Error) {
    switch error {
    case let error as S3Error: self = error
    case let error as OriginError: self.init(error)
    case let error as BodyError: self.init(error.code, error.status, error.message)
    case HTTPBodyError.refused(.bodyTimeout):
      self.init("RequestTimeout", 400, HTTPFault.bodyTimeout.message)
    case HTTPBodyError.refused(let fault): self.init("InvalidRequest", 400, fault.message)
    case is HTTPBodyError: self.init(BodyError.incomplete)
    default: self.init("InternalError", 500, "The cache failed: \(error)")
    }
  }

  private static func status(ofRejection code: String) -> Int {
    switch code {
    case "NoSuchBucket", "NoSuchKey", "NoSuchUpload", "NoSuchVersion": 404
    case "PreconditionFailed": 412
    case "MethodNotAllowed": 405
    case "BucketNotEmpty", "OperationAborted", "InvalidBucketState", "ConditionalRequestConflict":
      409
    case "InvalidObjectState", "AccessDenied": 403
    case "MissingContentLength": 411
    default: 400
    }
  }
}
