/// What Azure's error responses mean (REST API, "Status and error codes" and "Blob service error
/// codes"). The code is in a header, so that HEAD has one too.
struct AzureFailure {
  var status: Int
  var code: String
  var message: String

  init(of response: StoreResponse) async throws(OriginError) {
    status = response.status
    let body = try await response.collect(limit: 64 << 10)
    let error = body.isEmpty ? nil : try? XMLElement.parse(body)
    code = response.header("x-ms-error-code") ?? error?["Code"] ?? ""
    let text = error?["Message"] ?? "HTTP status \(status)"
    message = String(text.prefix { $0 != "\n" && $0 != "\r\n" })
  }

  /// As an origin's error.
  func origin(_ request: String, retryAfter: String?) -> OriginError {
    switch code {
    case "ContainerNotFound", "ContainerBeingDeleted", "ContainerDisabled": return .noContainer
    case "BlobNotFound", "ResourceNotFound": return .notFound
    case "ConditionNotMet", "TargetConditionNotMet", "SourceConditionNotMet": return .changed
    case "InvalidRange": return .rejected(code: "InvalidRange", message)
    case "InvalidBlockList", "InvalidBlobOrBlock": return .rejected(code: "InvalidPart", message)
    case "InvalidMetadata", "EmptyMetadataKey":
      return .rejected(
        code: "InvalidArgument",
        "\(message) Names of metadata must be letters, digits and underscores for Azure.")
    case "MetadataTooLarge": return .rejected(code: "MetadataTooLarge", message)
    default: break
    }
    switch status {
    case 404: return .notFound
    case 412: return .changed
    case 416: return .rejected(code: "InvalidRange", message)
    case 401, 403: return .denied("\(code): \(message)")
    case 429, 503:
      return .throttled(
        retryAfterMilliseconds: RetryAfter.milliseconds(retryAfter, now: HTTPDate.now()))
    case 501: return .unsupported("\(request): \(code): \(message)")
    case 400..<500: return .rejected(code: code.isEmpty ? "InvalidRequest" : code, message)
    default: return .failed("\(request): \(code): \(message)")
    }
  }
}
