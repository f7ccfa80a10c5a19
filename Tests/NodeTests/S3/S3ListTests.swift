import Synchronization
import Testing

@testable import TarnNode

extension XMLElement {
  /// The texts of `name` inside every `group`.
  fileprivate func texts(_ group: String, _ name: String) -> [String] {
    children(group).compactMap { $0[name] }
  }
}

@Suite struct S3ListTests {
  private static let keys = ["a/1", "a/2", "a b", "b/<&>", "c", "d\u{e9}", "e/f/g"]

  private func withKeys(_ body: (S3Rig) async throws -> Void) async throws {
    try await withS3 { rig in
      for key in S3ListTests.keys { rig.store.add(key, [1, 2]) }
      try await body(rig)
    }
  }

  @Test func version2ListsPageByPage() async throws {
    try await withKeys { rig in
      var names: [String] = []
      var query = "list-type=2&max-keys=2"
      for page in 0..<10 {
        let document = try #require(try await rig.ask("GET", "/bucket?\(query)").document)
        #expect(document.name == "ListBucketResult")
        names += document.texts("Contents", "Key")
        #expect(document["KeyCount"] == String(document.children("Contents").count))
        guard let token = document["NextContinuationToken"] else {
          #expect(document["IsTruncated"] == "false")
          #expect(page == 3)
          break
        }
        #expect(document["IsTruncated"] == "true")
        query = "list-type=2&max-keys=2&continuation-token=\(token)"
      }
      #expect(names == S3ListTests.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) })
    }
  }

  @Test func version1ListsWithMarkers() async throws {
    try await withKeys { rig in
      let first = try #require(
        try await rig.ask("GET", "/bucket?delimiter=%2F&max-keys=3").document)
      #expect(first.texts("Contents", "Key") == ["a b"])
      #expect(first.texts("CommonPrefixes", "Prefix") == ["a/", "b/"])
      #expect(first["NextMarker"] == "b/")
      #expect(first["Delimiter"] == "/")
      let second = try #require(
        try await rig.ask("GET", "/bucket/?delimiter=/&marker=b/").document)
      #expect(second.texts("Contents", "Key") == ["c", "d\u{e9}"])
      #expect(second.texts("CommonPrefixes", "Prefix") == ["e/"])
      #expect(second["IsTruncated"] == "false")
      #expect(second["Marker"] == "b/")
      #expect(second.children("Contents")[0].child("Owner")?["ID"] == "tarn")
    }
  }

  @Test func anItemHasItsProperties() async throws {
    try await withKeys { rig in
      let document = try #require(
        try await rig.ask("GET", "/bucket?list-type=2&prefix=b%2F&fetch-owner=true").document)
      let item = try #require(document.child("Contents"))
      #expect(item["Key"] == "b/<&>")
      #expect(item["LastModified"] == "1994-11-06T08:49:37.000Z")
      #expect(item["ETag"] == "\"v4\"")
      #expect(item["Size"] == "2")
      #expect(item["StorageClass"] == "STANDARD")
      #expect(item.child("Owner")?["ID"] == "tarn")
      #expect(document["Prefix"] == "b/")
      #expect(document["Name"] == "bucket")
      #expect(document["MaxKeys"] == "1000")
    }
  }

  @Test func namesAreEscapedIfAskedFor() async throws {
    try await withKeys { rig in
      let document = try #require(
        try await rig.ask("GET", "/bucket?list-type=2&encoding-type=url&start-after=a%20b").document
      )
      #expect(document["EncodingType"] == "url")
      #expect(document["StartAfter"] == "a%20b")
      #expect(
        document.texts("Contents", "Key")
          == ["a/1", "a/2", "b/%3C%26%3E", "c", "d%C3%A9", "e/f/g"])
    }
  }

  @Test func aListingMayBeOfNothing() async throws {
    try await withKeys { rig in
      let none = try #require(try await rig.ask("GET", "/bucket?list-type=2&max-keys=0").document)
      #expect(none["KeyCount"] == "0")
      #expect(none["IsTruncated"] == "false")
      let missing = try await rig.ask("GET", "/nothing?list-type=2")
      #expect(missing.status == 404)
      #expect(missing.xml("Code") == "NoSuchBucket")
    }
  }

  @Test(arguments: [
    "max-keys=x", "max-keys=-1", "list-type=3", "list-type=2&continuation-token=x",
    "encoding-type=xml",
  ]) func badArgumentsAreNamed(query: String) async throws {
    try await withKeys { rig in
      let response = try await rig.ask("GET", "/bucket?\(query)")
      #expect(response.status == 400)
      #expect(response.xml("Code") == "InvalidArgument")
    }
  }

  @Test func bucketsAreListedAndProbed() async throws {
    try await withKeys { rig in
      let list = try #require(try await rig.ask("GET", "/").document)
      #expect(list.name == "ListAllMyBucketsResult")
      #expect(list.child("Buckets")?.child("Bucket")?["Name"] == "bucket")
      #expect(try await rig.ask("HEAD", "/bucket").status == 200)
      #expect(try await rig.ask("HEAD", "/nothing").status == 404)
      #expect(try await rig.ask("GET", "/bucket?location").document?.name == "LocationConstraint")
      #expect(
        try await rig.ask("GET", "/bucket?versioning").document?.name == "VersioningConfiguration")
    }
  }

  @Test(arguments: [
    (OriginError.throttled(retryAfterMilliseconds: 3000), 503, "SlowDown"),
    (.denied("no"), 403, "AccessDenied"), (.unsupported("lists"), 501, "NotImplemented"),
    (.failed("no"), 500, "InternalError"),
    (.rejected(code: "InvalidArgument", "no"), 400, "InvalidArgument"),
  ]) func theOriginsErrorsAreClients(error: OriginError, status: Int, code: String) async throws {
    try await withKeys { rig in
      rig.store.state.withLock { $0.originFailure = error }
      let response = try await rig.ask("GET", "/bucket")
      #expect(response.status == status)
      #expect(response.xml("Code") == code)
      if status == 503 { #expect(response.headers["retry-after"] == "3") }
    }
  }
}
