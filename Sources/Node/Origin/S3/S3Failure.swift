/// What S3's error responses mean.
///
/// Codes are those of the S3 API Reference, "Error responses". HEAD has no body, so its errors are
/// told by status alone.
struct S3Failure: Equatable {
  var status: Int
  var code: String
  var message: String
  /// AWS names the bucket's region when it was asked in another.
  var region: String?

  /// Reads an error response; `body` may be empty or no XML at all.
  init(status: Int, body: [UInt8]) {
    self.status = status
    let root = body.isEmpty ? nil : try? XMLElement.parse(body)
    let error = root.flatMap { $0.name == "Error" ? $0 : $0.child("Error") }
    code = error?["Code"] ?? S3Failure.code(of: status)
    message = error?["Message"] ?? "HTTP status \(status)"
    region = error?["Region"]
  }

  /// The error that came with a response.
  init(of response: StoreResponse) async throws(OriginError) {
    self.init(status: response.status, body: try await response.collect(limit: 64 << 10))
    region = response.header("x-amz-bucket-region") ?? region
  }

  private static func code(of status: Int) -> String {
    switch status {
    case 400: "BadRequest"
    case 403: "AccessDenied"
    case 404: "NoSuchKey"
    case 405: "MethodNotAllowed"
    case 409: "OperationAborted"
    case 412: "PreconditionFailed"
    case 416: "InvalidRange"
    case 501: "NotImplemented"
    default: "InternalError"
    }
  }

  /// As an origin's error.
  ///
  /// - Parameters:
  ///   - request: Method and URL.
  ///   - retryAfter: The response's header.
  func origin(_ request: String, retryAfter: String?) -> OriginError {
    switch code {
    case "NoSuchBucket": return .noContainer
    case "NoSuchUpload": return .noUpload
    case "NoSuchKey", "NoSuchVersion": return .notFound
    case "SlowDown", "Throttling", "RequestLimitExceeded", "TooManyRequests":
      return .throttled(
        retryAfterMilliseconds: RetryAfter.milliseconds(retryAfter, now: HTTPDate.now()))
    default: break
    }
    switch status {
    case 404: return .notFound
    case 412: return .changed
    case 401, 403: return .denied("\(code): \(message)")
    case 429, 503:
      return .throttled(
        retryAfterMilliseconds: RetryAfter.milliseconds(retryAfter, now: HTTPDate.now()))
    case 501: return .unsupported("\(request): \(code): \(message)")
    case 300..<400:
      let cure =
        region.map { "set the origin's region to \($0)" } ?? "correct the origin's endpoint"
      return .failed("\(request): the server redirects elsewhere (\(code)); \(cure)")
    case 400..<500: return .rejected(code: code, message)
    // CompleteMultipartUpload and CopyObject put errors into a response of status 200.
    default: return .failed("\(request): \(code): \(message)")
    }
  }
}
