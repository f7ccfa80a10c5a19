@testable internal import TarnNode

extension FuzzTarget {
  /// Signed requests: nobody gets in without the secret; what is signed with it gets in, by header
  /// and by presigned URL, and not after it was changed.
  static let signature = FuzzTarget("signature", longestInput: 1_024) { input in
    guard let head = head(input.rest()) else { return }
    let request = SignedRequest(head)
    demand(!request.isAccepted, "a signature was forged")
    request.checkSigning()
  }
}

/// A request that is to be signed and verified at the time of the golden vectors.
private struct SignedRequest {
  static let now: Int64 = 1_769_903_998
  // Not the vectors' secret: their signatures, which seeds hold, are forgeries here.
  static let signer = SigV4Signer(accessKey: "AKID/1", secretKey: "fuzz", region: "eu-west-3")
  static let verifier = SigV4Verifier()

  var method: String
  var target: String
  var headers: [(name: String, value: String)]
  private let path: String
  private let query: String

  init(_ head: HTTPRequestHead) {
    (method, target, headers) = (head.method, head.target, head.headers)
    (path, query) = (String(head.path), String(head.query))
  }

  var isAccepted: Bool {
    let result = SignedRequest.verifier.verify(
      method: method, target: target, headers: headers, now: SignedRequest.now
    ) { _ in "fuzz" }
    switch result {
    case .success: return true
    case .failure(let error):
      demand((400..<500).contains(error.status) && !error.message.isEmpty, "\(error)")
      return false
    }
  }

  /// Signs the request without what it says about signatures itself.
  func checkSigning() {
    var request = self
    request.headers.removeAll {
      let name = $0.name.lowercased()
      return name == "authorization" || name == "date" || name.hasPrefix("x-amz-")
    }
    // A query that looks like that of a presigned URL is left alone.
    guard request.headers.contains(where: { $0.name.lowercased() == "host" }),
      let parameters = PercentCoding.parameters(ofQuery: query),
      !parameters.contains(where: { $0.name.hasPrefix("X-Amz-") })
    else { return }
    request.checkHeader()
    request.checkPresigned()
  }

  private func checkHeader() {
    let added = try? SignedRequest.signer.sign(
      method: method, path: path, query: query, headers: headers, payload: .unsigned,
      now: SignedRequest.now)
    guard let added else { return }
    var signed = self
    signed.headers += added
    demand(signed.isAccepted, "a signed request is refused: \(method) \(target)")
    signed.checkChanges()
  }

  private func checkPresigned() {
    let presigned = try? SignedRequest.signer.presign(
      method: method, path: path, query: query, headers: headers, expires: 60,
      now: SignedRequest.now)
    guard let presigned else { return }
    var signed = self
    signed.target = "\(path)?\(presigned)"
    demand(signed.isAccepted, "a presigned URL is refused: \(method) \(target)")
    signed.checkChanges()
  }

  private func checkChanges() {
    var other = self
    other.method += "X"
    demand(!other.isAccepted, "another method has the same signature")
    other = self
    other.target += target.utf8.contains(UInt8(ascii: "?")) ? "&a=b" : "?a"
    demand(!other.isAccepted, "another query has the same signature")
    other = self
    other.headers.append(("x-amz-acl", "public-read"))
    demand(!other.isAccepted, "an unsigned header of Amazon's is let in")
  }
}
