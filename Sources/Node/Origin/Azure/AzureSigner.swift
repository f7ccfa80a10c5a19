internal import Crypto
internal import FoundationEssentials

/// How requests to Azure Blob Storage are authorised.
enum AzureCredential: Sendable {
  /// The account's key.
  case sharedKey(SharedKey)
  /// The query of a shared access signature, without its question mark.
  case sas(String)
  /// Containers that are public.
  case anonymous
}

/// Signs by an account's key (Azure Storage REST API, "Authorize with Shared Key", Blob service,
/// version 2015-02-21 and later).
struct SharedKey: Sendable {
  let account: String
  private let key: SymmetricKey

  /// Throws `.failed` if the key is not base 64.
  init(account: String, base64 text: String) throws(OriginError) {
    guard let key = Data(base64Encoded: text), !key.isEmpty else {
      throw .failed("the shared key of the account \(account) is not base 64; copy it whole")
    }
    self.account = account
    self.key = SymmetricKey(data: key)
  }

  /// The Authorization header of a request whose headers, `x-ms-date` among them, are complete.
  ///
  /// - Parameter path: With the endpoint's own, escaped as it will be sent.
  func authorization(for request: StoreRequest, path: String) throws(OriginError) -> String {
    let text = try stringToSign(request, path: path)
    let code = HMAC<SHA256>.authenticationCode(for: Array(text.utf8), using: key)
    return "SharedKey \(account):\(Data(code).base64EncodedString())"
  }

  func stringToSign(_ request: StoreRequest, path: String) throws(OriginError) -> String {
    func value(_ name: String) -> String {
      request.headers.first { $0.name == name }?.value ?? ""
    }
    let length = request.contentLength
    var lines = [
      request.method, value("content-encoding"), value("content-language"),
      length == 0 ? "" : String(length), value("content-md5"), value("content-type"),
      value("date"), value("if-modified-since"), value("if-match"), value("if-none-match"),
      value("if-unmodified-since"), value("range"),
    ]
    lines += request.headers.filter { $0.name.hasPrefix("x-ms-") }
      .sorted { SharedKey.precedes($0.name, $1.name) }
      .map { "\($0.name):\($0.value.trimmingBlanks)" }
    lines.append("/\(account)\(path)")
    guard let parameters = PercentCoding.parameters(ofQuery: request.query) else {
      throw .failed("the query of \(request.method) \(path) has a broken escape")
    }
    lines += parameters.map { ($0.name.lowercased(), $0.value) }
      .sorted { $0.0.utf8.lexicographicallyPrecedes($1.0.utf8) }
      .map { "\($0.0):\($0.1)" }
    return lines.joined(separator: "\n")
  }

  /// The service sorts header names as text of a language: hyphens count only where all else is the
  /// same, and an underscore comes before digits and letters.
  static func precedes(_ left: String, _ right: String) -> Bool {
    func weights(_ name: String) -> [UInt8] {
      name.utf8.filter { $0 != UInt8(ascii: "-") }.map { $0 == UInt8(ascii: "_") ? 1 : $0 }
    }
    let (first, second) = (weights(left), weights(right))
    return first == second
      ? left.utf8.count < right.utf8.count : first.lexicographicallyPrecedes(second)
  }
}
