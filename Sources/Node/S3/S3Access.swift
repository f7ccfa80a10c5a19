internal import TarnCore

/// Who may use the node through S3.
///
/// Without tenants every request is tenant 0's and may write; signatures are then not looked at,
/// because there is no key to verify them with.
public struct S3Access: Sendable {
  private struct Grant: Sendable {
    var caller: S3Caller
    var secretKey: String
  }
  private let grants: [String: Grant]
  private let verifier = SigV4Verifier()

  /// Access for these tenants; a tenant's number is its place in the list.
  public init(tenants: [NodeConfiguration.Tenant]) {
    var grants: [String: Grant] = [:]
    for (number, tenant) in tenants.enumerated() {
      let caller = S3Caller(tenant: TenantID(UInt16(number)), mayWrite: tenant.mayWrite)
      grants[tenant.accessKey] = Grant(caller: caller, secretKey: tenant.secretKey)
    }
    self.grants = grants
  }

  var isOpen: Bool { grants.isEmpty }

  /// Who sent the request.
  func caller(
    of head: HTTPRequestHead, now: Int64
  ) throws(S3Error) -> (caller: S3Caller, verified: VerifiedRequest?) {
    if isOpen { return (S3Caller(tenant: TenantID(0), mayWrite: true), nil) }
    let result = verifier.verify(
      method: head.method, target: head.target, headers: head.headers, now: now
    ) { grants[$0]?.secretKey }
    switch result {
    case .failure(let error): throw S3Error(error.code, error.status, error.message)
    case .success(let verified):
      guard let grant = grants[verified.accessKey] else {
        preconditionFailure("a verified access key is known")
      }
      return (grant.caller, verified)
    }
  }
}

/// Who sent a request, and what it may do.
struct S3Caller: Sendable, Equatable {
  var tenant: TenantID
  var mayWrite: Bool
}
