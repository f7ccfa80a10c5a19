extension OriginError {
  /// What went wrong, as a part of a sentence.
  public var reason: String {
    switch self {
    case .notFound: "there is no such object"
    case .noContainer: "there is no such container"
    case .noUpload: "there is no such upload"
    case .changed: "the object was replaced meanwhile"
    case .throttled: "it throttles, 503 or 429"
    case .denied(let text): "it denies access: \(text)"
    case .rejected(let code, let text): "\(code): \(text)"
    case .unsupported(let text), .failed(let text): text
    }
  }
}
