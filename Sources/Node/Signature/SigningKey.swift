internal import Crypto
internal import Synchronization

/// For which day, region and service a signing key is good: AWS calls it the credential scope.
public struct SigV4Scope: Hashable, Sendable {
  /// `20130524`.
  public var day: String
  public var region: String
  /// `s3` for everything here.
  public var service: String
  /// The scope of this day, region and service.
  public init(day: String, region: String, service: String) {
    self.day = day
    self.region = region
    self.service = service
  }

  /// `20130524/us-east-1/s3/aws4_request`.
  public var text: String { "\(day)/\(region)/\(service)/aws4_request" }
}

/// The key that signs for one secret in one scope (AWS General Reference, "Create a signed AWS API
/// request", step 3).
public struct SigningKey: Sendable {
  /// The key has been hashed already: a copy of this signs.
  private let keyed: HMAC<SHA256>

  /// Derives the key by four HMACs; `SigningKeys` remembers it.
  public init(secret: String, scope: SigV4Scope) {
    var key = SymmetricKey(data: Array("AWS4\(secret)".utf8))
    for step in [scope.day, scope.region, scope.service, "aws4_request"] {
      key = SymmetricKey(
        data: HMAC<SHA256>.authenticationCode(for: Array(step.utf8), using: key))
    }
    keyed = HMAC<SHA256>(key: key)
  }

  /// The signature of a string to sign: 64 lower-case digits.
  func sign(_ text: [UInt8]) -> String {
    var code = keyed
    code.update(data: text)
    return code.finalize().withUnsafeBytes { Hexadecimal.lower($0) }
  }
}

/// Signing keys by secret and scope, so that a request costs one HMAC instead of five. Holds at
/// most 256 and starts anew beyond that: who rotates regions gains nothing by it.
public final class SigningKeys: Sendable {
  private struct Name: Hashable {
    var secret: String
    var scope: SigV4Scope
  }
  private let known = Mutex<[Name: SigningKey]>([:])
  private static let limit = 256

  public init() {}

  /// The key for `secret` in `scope`, derived at most once while it is remembered.
  public func key(secret: String, scope: SigV4Scope) -> SigningKey {
    let name = Name(secret: secret, scope: scope)
    return known.withLock { known in
      if let key = known[name] { return key }
      if known.count >= SigningKeys.limit { known.removeAll(keepingCapacity: true) }
      let key = SigningKey(secret: secret, scope: scope)
      known[name] = key
      return key
    }
  }
}
