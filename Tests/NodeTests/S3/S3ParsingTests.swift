import Testing

@testable import TarnNode

@Suite struct S3RangeTests {
  @Test(
    arguments: [
      ("bytes=0-0", 10, 0..<1), ("bytes=2-5", 10, 2..<6), ("bytes=2-", 10, 2..<10),
      ("bytes=2-100", 10, 2..<10), ("bytes=-3", 10, 7..<10), ("bytes=-100", 10, 0..<10),
      ("Bytes=1-1", 10, 1..<2), ("bytes=9-9", 10, 9..<10),
      ("bytes=0-99999999999999999999999", 10, 0..<10),
      ("bytes=-99999999999999999999999", 10, 0..<10),
    ] as [(String, UInt64, Range<UInt64>)]) func aRangeNamesBytes(
      text: String, size: UInt64, bytes: Range<UInt64>
    )
  {
    #expect(S3Range(text)?.bytes(ofSize: size) == bytes)
  }

  @Test(
    arguments: [
      ("bytes=10-", 10), ("bytes=10-11", 10), ("bytes=-0", 10), ("bytes=0-", 0), ("bytes=-1", 0),
      ("bytes=99999999999999999999999-", 10),
    ] as [(String, UInt64)]) func aRangeMayBeOutside(text: String, size: UInt64)
  {
    #expect(S3Range(text) != nil)
    #expect(S3Range(text)?.bytes(ofSize: size) == nil)
  }

  @Test(arguments: [
    "", "bytes", "bytes=", "bytes=-", "bytes=5-2", "bytes=a-b", "bytes=1-2,4-5", "items=0-1",
    "bytes=+1-2", "bytes 1-2", "bytes=1 - 2", "bytes=--1", "bytes=1-2-3",
  ]) func whatIsMalformedIsNoRange(text: String) {
    #expect(S3Range(text) == nil)
  }
}

@Suite struct S3ConditionsTests {
  private func outcome(_ headers: [(String, String)]) -> S3Conditions.Outcome {
    S3Conditions(
      HTTPRequestHead(method: "GET", target: "/", headers: headers.map { ($0.0, $0.1) })
    ).outcome(version: "\"v\"", lastModified: 784_111_777)
  }
  private let before = "Sun, 06 Nov 1994 08:49:36 GMT"
  private let same = "Sun, 06 Nov 1994 08:49:37 GMT"

  @Test func conditionsAreWeighedInTheStandardsOrder() {
    #expect(outcome([]) == .proceed)
    #expect(outcome([("If-Match", "\"v\"")]) == .proceed)
    #expect(outcome([("If-Match", "v")]) == .proceed)
    #expect(outcome([("If-Match", "\"x\", \"v\"")]) == .proceed)
    #expect(outcome([("If-Match", "*")]) == .proceed)
    #expect(outcome([("If-Match", "\"x\"")]) == .failed)
    #expect(outcome([("If-Match", "W/\"v\"")]) == .failed)
    #expect(outcome([("If-None-Match", "\"v\"")]) == .notModified)
    #expect(outcome([("If-None-Match", "W/\"v\"")]) == .notModified)
    #expect(outcome([("If-None-Match", "*")]) == .notModified)
    #expect(outcome([("If-None-Match", "\"x\"")]) == .proceed)
    #expect(outcome([("If-Modified-Since", before)]) == .proceed)
    #expect(outcome([("If-Modified-Since", same)]) == .notModified)
    #expect(outcome([("If-Modified-Since", "yesterday")]) == .proceed)
    #expect(outcome([("If-Unmodified-Since", before)]) == .failed)
    #expect(outcome([("If-Unmodified-Since", same)]) == .proceed)
    // What is exact outweighs the clock.
    #expect(outcome([("If-Match", "\"v\""), ("If-Unmodified-Since", before)]) == .proceed)
    #expect(outcome([("If-None-Match", "\"x\""), ("If-Modified-Since", same)]) == .proceed)
    #expect(outcome([("If-None-Match", "\"v\""), ("If-Modified-Since", before)]) == .notModified)
    #expect(outcome([("If-Match", "\"x\""), ("If-None-Match", "\"v\"")]) == .failed)
  }
}

@Suite struct S3TargetTests {
  private func target(
    _ target: String, host: String = "localhost:1", domain: String? = nil
  ) -> String {
    do throws(S3Error) {
      let parsed = try S3Target(
        HTTPRequestHead(method: "GET", target: target, headers: [("Host", host)]), domain: domain)
      return "\(parsed.bucket)|\(parsed.key)"
    } catch {
      return error.code
    }
  }

  @Test(arguments: [
    ("/", "|"), ("/?x", "|"), ("/b", "b|"), ("/b/", "b|"), ("/b?x=/y", "b|"), ("/b/k", "b|k"),
    ("/b//k//", "b|/k//"), ("/b/a+b%20c", "b|a+b c"), ("/b/a%2Fb%2f", "b|a/b/"),
    ("/b/%C3%A9", "b|\u{e9}"), ("/b/%2520", "b|%20"), ("/b/../k", "b|../k"), ("/%62/k", "b|k"),
    ("/b/k%3Fx?y", "b|k?x"), ("/b/%00", "b|\u{0}"), ("/b/%", "InvalidURI"),
    ("/b/%zz", "InvalidURI"), ("/b/%FF", "InvalidURI"), ("/b/k?%zz", "InvalidURI"),
    ("//k", "InvalidBucketName"),
  ]) func aPathNamesBucketAndKey(path: String, expected: String) {
    #expect(target(path) == expected)
  }

  @Test func aHostOfTheDomainNamesTheBucket() {
    #expect(target("/k/l", host: "b.s3.local:8000", domain: "s3.local") == "b|k/l")
    #expect(target("/k/", host: "B.x.S3.LOCAL", domain: "s3.local") == "B.x|k/")
    #expect(target("//k", host: "b.s3.local", domain: "s3.local") == "b|/k")
    #expect(target("/", host: "b.s3.local", domain: "s3.local") == "b|")
    #expect(target("/b/k", host: "s3.local", domain: "s3.local") == "b|k")
    #expect(target("/b/k", host: "xs3.local", domain: "s3.local") == "b|k")
    #expect(target("/b/k", host: "10.0.0.1:80", domain: "s3.local") == "b|k")
  }

  @Test func keysHaveALimitInBytes() {
    let longest = String(repeating: "\u{e9}", count: 512)
    #expect(target("/b/" + PercentCoding.encode(longest)) == "b|\(longest)")
    #expect(target("/b/x" + PercentCoding.encode(longest)) == "KeyTooLongError")
  }

  @Test func requestsAreRouted() {
    func operation(_ method: String, _ target: String, _ headers: [(String, String)] = []) -> String
    {
      let head = HTTPRequestHead(
        method: method, target: target, headers: headers.map { ($0.0, $0.1) })
      do throws(S3Error) {
        return try S3Router.operation(head, try S3Target(head, domain: nil)).name
      } catch {
        return error.code
      }
    }
    #expect(operation("GET", "/") == "list-buckets")
    #expect(operation("GET", "/b") == "list-objects")
    #expect(operation("GET", "/b/?list-type=2&prefix=acl") == "list-objects")
    #expect(operation("GET", "/b?location") == "bucket-property")
    #expect(operation("GET", "/b?versioning=") == "bucket-property")
    #expect(operation("GET", "/b?acl") == "NotImplemented")
    #expect(operation("GET", "/b?policy") == "NotImplemented")
    #expect(operation("GET", "/b?uploads") == "NotImplemented")
    #expect(operation("HEAD", "/b") == "head-bucket")
    #expect(operation("POST", "/b?delete") == "delete-objects")
    #expect(operation("PUT", "/b") == "NotImplemented")
    #expect(operation("GET", "/b/k") == "get-object")
    #expect(operation("GET", "/b/k?versionId=null") == "get-object")
    #expect(operation("GET", "/b/k?versionId=7") == "NotImplemented")
    #expect(operation("GET", "/b/k?tagging") == "NotImplemented")
    #expect(operation("HEAD", "/b/k") == "head-object")
    #expect(operation("PUT", "/b/k") == "put-object")
    #expect(operation("PUT", "/b/k", [("x-amz-copy-source", "/b/j")]) == "copy-object")
    #expect(operation("PUT", "/b/k?partNumber=1&uploadId=u") == "upload-part")
    #expect(operation("POST", "/b/k?uploads") == "create-upload")
    #expect(operation("POST", "/b/k?uploadId=u") == "complete-upload")
    #expect(operation("DELETE", "/b/k?uploadId=u") == "abort-upload")
    #expect(operation("DELETE", "/b/k") == "delete-object")
    #expect(operation("PATCH", "/b/k") == "MethodNotAllowed")
    #expect(operation("POST", "/") == "MethodNotAllowed")
  }

  @Test func requestsHaveNamesOfTheirOwn() {
    var ids = S3RequestIDs()
    let names = (0..<1000).map { _ in ids.next() }
    #expect(Set(names).count == 1000)
    #expect(names.allSatisfy { $0.utf8.count == 13 })
  }

  @Test func tokensAreReadBackAndNothingElseIs() {
    for name in ["a", "a/b c", "\u{e9}\u{1F600}", "\u{0}"] {
      #expect(S3Listing.name(ofToken: S3Listing.token(of: name)) == name)
    }
    for token in ["", "1", "2616", "1zz", "1ff"] {
      #expect(S3Listing.name(ofToken: token) == nil)
    }
  }
}
