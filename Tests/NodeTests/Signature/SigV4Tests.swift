import Foundation
import Testing

@testable import TarnNode

/// The examples are those of Amazon's S3 API Reference, "Signature calculations for the
/// Authorization header" and "Authenticating requests: using query parameters"; the vectors are
/// botocore's.
struct SigV4Tests {
  private let accessKey = "AKIAIOSFODNN7EXAMPLE"
  private let secretKey = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
  /// 2013-05-24T00:00:00Z.
  private let day: Int64 = 1_369_353_600

  private func authorization(signed: String, signature: String) -> String {
    "AWS4-HMAC-SHA256 Credential=\(accessKey)/20130524/us-east-1/s3/aws4_request,"
      + "SignedHeaders=\(signed),Signature=\(signature)"
  }

  private func verify(
    _ method: String, _ target: String, _ headers: [(name: String, value: String)],
    now: Int64? = nil, verifier: SigV4Verifier = SigV4Verifier()
  ) -> Result<VerifiedRequest, SigV4Error> {
    verifier.verify(method: method, target: target, headers: headers, now: now ?? day) {
      $0 == accessKey ? secretKey : nil
    }
  }

  private func getObject() -> [(name: String, value: String)] {
    [
      ("Host", "examplebucket.s3.amazonaws.com"), ("Range", "bytes=0-9"),
      ("x-amz-content-sha256", PayloadHash.emptyBody), ("x-amz-date", "20130524T000000Z"),
      (
        "Authorization",
        authorization(
          signed: "host;range;x-amz-content-sha256;x-amz-date",
          signature: "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41")
      ),
    ]
  }

  @Test func `Amazon's examples are verified`() throws {
    let request = try verify("GET", "/test.txt", getObject()).get()
    #expect(request.accessKey == accessKey)
    #expect(request.payload == .sha256(PayloadHash.emptyBody))
    #expect(!request.isPresigned)

    let put: [(name: String, value: String)] = [
      ("date", "Fri, 24 May 2013 00:00:00 GMT"), ("host", "examplebucket.s3.amazonaws.com"),
      (
        "x-amz-content-sha256", "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072"
      ),
      ("x-amz-date", "20130524T000000Z"), ("x-amz-storage-class", "REDUCED_REDUNDANCY"),
      (
        "authorization",
        authorization(
          signed: "date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class",
          signature: "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd")
      ),
    ]
    #expect(throws: Never.self) { try verify("PUT", "/test%24file.text", put).get() }

    for (query, signature) in [
      ("lifecycle", "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"),
      ("max-keys=2&prefix=J", "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"),
    ] {
      var headers = getObject().filter { $0.name != "Range" }
      headers[3].value = authorization(
        signed: "host;x-amz-content-sha256;x-amz-date", signature: signature)
      #expect(throws: Never.self, "\(query)") { try verify("GET", "/?\(query)", headers).get() }
    }
  }

  private let presigned =
    "/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524"
    + "%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400"
    + "&X-Amz-SignedHeaders=host&X-Amz-Signature="
    + "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404"
  private let host = [(name: "host", value: "examplebucket.s3.amazonaws.com")]

  @Test func `a presigned URL is good for its time`() throws {
    let request = try verify("GET", presigned, host).get()
    #expect(request.isPresigned)
    #expect(request.payload == .unsigned)
    #expect(throws: Never.self) { try verify("GET", presigned, host, now: day + 86_400).get() }
    #expect(throws: SigV4Error.expired) {
      try verify("GET", presigned, host, now: day + 86_401).get()
    }
    #expect(throws: Never.self) { try verify("GET", presigned, host, now: day - 900).get() }
    #expect(throws: SigV4Error.notYetValid) {
      try verify("GET", presigned, host, now: day - 901).get()
    }
    #expect(throws: SigV4Error.mismatch) { try verify("PUT", presigned, host).get() }
  }

  @Test func `the signer makes Amazon's examples`() throws {
    let signer = SigV4Signer(accessKey: accessKey, secretKey: secretKey, region: "us-east-1")
    let added = try signer.sign(
      method: "GET", path: "/test.txt", query: "",
      headers: host + [(name: "Range", value: "bytes=0-9")],
      payload: .sha256(PayloadHash.emptyBody), now: day)
    #expect(added.map(\.name) == ["x-amz-content-sha256", "x-amz-date", "authorization"])
    #expect(added.last?.value == getObject().last?.value)
    let query = try signer.presign(
      method: "GET", path: "/test.txt", query: "", headers: host, expires: 86_400, now: day)
    #expect("/test.txt?\(query)" == presigned)
  }

  @Test func `the clock may differ by 15 minutes`() {
    for offset in [900, -900] as [Int64] {
      #expect(throws: Never.self) {
        try verify("GET", "/test.txt", getObject(), now: day + offset).get()
      }
    }
    for offset in [901, -901, 1_000_000_000] as [Int64] {
      #expect(throws: SigV4Error.skewed) {
        try verify("GET", "/test.txt", getObject(), now: day + offset).get()
      }
    }
  }

  @Test func `each fault has its own error`() {
    func fault(_ change: (inout [(name: String, value: String)]) -> Void) -> SigV4Error? {
      var headers = getObject()
      change(&headers)
      if case .failure(let error) = verify("GET", "/test.txt", headers) { return error }
      return nil
    }
    func replaced(_ old: String, _ new: String) -> SigV4Error? {
      fault { $0[4].value = $0[4].value.replacingOccurrences(of: old, with: new) }
    }
    #expect(fault { $0.remove(at: 4) } == .anonymous)
    #expect(fault { $0[4].value = "AWS AKIA:c2ln" } == .unsupported)
    #expect(fault { $0[4].value = "AWS4-HMAC-SHA256" }?.code == "AuthorizationHeaderMalformed")
    #expect(replaced("SignedHeaders", "Signed") == .malformedHeader("SignedHeaders is missing"))
    #expect(replaced("/aws4_request", "")?.code == "AuthorizationHeaderMalformed")
    #expect(replaced("20130524/", "20130525/")?.code == "AuthorizationHeaderMalformed")
    #expect(replaced("/s3/", "/ec2/")?.message.contains("expecting s3") == true)
    #expect(replaced("AKIA", "AKIB") == .unknownAccessKey("AKIBIOSFODNN7EXAMPLE"))
    #expect(replaced("host;range", "range") == .unsignedHeader("host"))
    #expect(replaced(";x-amz-date", "") == .unsignedHeader("x-amz-date"))
    #expect(replaced("bdb41", "bdb42") == .mismatch)
    #expect(replaced("bdb41", "bdb4") == .mismatch)
    #expect(fault { $0.append(("x-amz-acl", "private")) } == .unsignedHeader("x-amz-acl"))
    #expect(fault { $0.remove(at: 3) } == .noDate)
    #expect(fault { $0[3].value = "yesterday" } == .noDate)
    #expect(fault { $0.remove(at: 2) } == .noPayloadHash)
    #expect(fault { $0[2].value = "abc" } == .malformedPayloadHash("abc"))
    #expect(fault { $0[1].value = "bytes=0-8" } == .mismatch)
    #expect(fault { $0.remove(at: 1) }?.code == "AuthorizationHeaderMalformed")
  }

  @Test func `broken targets and presigned URLs have their errors`() {
    #expect(throws: SigV4Error.malformedTarget) { try verify("GET", "/%zz", getObject()).get() }
    #expect(throws: SigV4Error.twoSignatures) { try verify("GET", presigned, getObject()).get() }
    for (old, new) in [
      ("X-Amz-Expires=86400", "X-Amz-Expires=604801"), ("X-Amz-Expires=86400&", ""),
      ("SHA256&", "SHA1&"), ("X-Amz-SignedHeaders=host&", ""), ("X-Amz-Date=2013", "X-Amz-Date=x"),
      ("X-Amz-Expires=86400", "X-Amz-Expires=86400&X-Amz-Expires=1"), ("%2Faws4_request", ""),
    ] {
      let target = presigned.replacingOccurrences(of: old, with: new)
      guard case .failure(let error) = verify("GET", target, host) else {
        Issue.record("\(target) was accepted")
        continue
      }
      #expect(error.code == "AuthorizationQueryParametersError", "\(target)")
      #expect(error.status == 400)
    }
  }

  @Test func `a region can be asked for`() {
    let verifier = SigV4Verifier(region: "eu-west-1")
    #expect(throws: SigV4Error.self) {
      try verify("GET", "/test.txt", getObject(), verifier: verifier).get()
    }
  }

  @Test func `what botocore signs is verified, and nothing else`() throws {
    let vectors = try SigV4Vectors.load()
    let verifier = SigV4Verifier()
    #expect(vectors.requests.count == 90)
    for request in vectors.requests {
      func verify(secret: String, target: String) -> Result<VerifiedRequest, SigV4Error> {
        verifier.verify(
          method: request.method, target: target, headers: request.headerPairs, now: vectors.time
        ) { $0 == vectors.accessKey ? secret : nil }
      }
      let verified = try verify(secret: vectors.secretKey, target: request.target).get()
      #expect(verified.isPresigned == request.presigned)
      #expect(throws: SigV4Error.mismatch, "\(request.target)") {
        try verify(secret: "another", target: request.target).get()
      }
      #expect(throws: SigV4Error.mismatch) {
        let changed = "/x" + request.target.dropFirst()
        return try verify(secret: vectors.secretKey, target: changed).get()
      }
    }
  }

  @Test func `the signer signs as botocore does`() throws {
    let vectors = try SigV4Vectors.load()
    let signer = SigV4Signer(
      accessKey: vectors.accessKey, secretKey: vectors.secretKey, region: vectors.region)
    for request in vectors.requests where !request.presigned {
      let parts = request.target.split(separator: "?", maxSplits: 1)
      let theirs = request.headerPairs
      let payload = theirs.first { $0.name == "X-Amz-Content-SHA256" }?.value ?? ""
      let headers = theirs.filter {
        !["x-amz-content-sha256", "x-amz-date", "authorization"].contains($0.name.lowercased())
      }
      let added = try signer.sign(
        method: request.method, path: String(parts[0]),
        query: parts.count > 1 ? String(parts[1]) : "", headers: headers,
        payload: #require(PayloadHash(headerValue: payload)), now: vectors.time)
      func signature(_ text: String?) -> Substring? { text?.split(separator: "Signature=").last }
      #expect(signature(added.last?.value) == signature(theirs.last?.value), "\(request.target)")
    }
  }

  @Test func `a request that is nonsense is refused, not trapped on`() {
    var random = SystemRandomNumberGenerator()
    let pieces = [
      "AWS4-HMAC-SHA256", " ", "Credential", "=", "/", ",", "SignedHeaders", ";", "host", "é",
      "Signature", "20130524", "s3", "aws4_request", "%", "X-Amz-Date", "&", "?", "\r\n", "\u{0}",
      "X-Amz-Algorithm=AWS4-HMAC-SHA256", "-9223372036854775808",
    ]
    for _ in 0..<2_000 {
      func text() -> String {
        (0..<Int.random(in: 0..<12, using: &random))
          .map { _ in pieces[Int.random(in: 0..<pieces.count, using: &random)] }.joined()
      }
      let headers = [
        (name: "authorization", value: text()), (name: "x-amz-date", value: text()),
        (name: "x-amz-content-sha256", value: text()), (name: text(), value: text()),
      ]
      #expect(throws: SigV4Error.self) { try verify(text(), text(), headers).get() }
    }
  }

  @Test func `secrets are compared to the end`() {
    #expect(areEqualInConstantTime("abc", "abc"))
    #expect(!areEqualInConstantTime("abc", "abd"))
    #expect(!areEqualInConstantTime("abc", "ab"))
    #expect(areEqualInConstantTime("", ""))
  }
}
