import TarnCore
import Synchronization
import Testing

@testable import TarnNode

@Suite struct S3StoreTests {
  @Test func anObjectIsStoredWithWhatIsSaidOfIt() async throws {
    try await withS3 { rig in
      let response = try await rig.ask(
        "PUT", "/bucket/a//b%20c",
        [
          ("Content-Type", "text/x"), ("Content-Encoding", "aws-chunked, gzip"),
          ("Cache-Control", "no-cache"), ("x-amz-meta-Owner", "me"),
          ("Content-MD5", "XUFAKrxLKna5cZ2REBfFkg=="), ("x-amz-checksum-crc32", "NhCmhg=="),
        ], body: "hello")
      #expect(response.status == 200)
      #expect(response.headers["etag"] == "\"v1\"")
      let stored = try #require(rig.store.stored("a//b c"))
      #expect(stored.bytes == Array("hello".utf8))
      #expect(stored.attributes.metadata.contentType == "text/x")
      #expect(
        stored.attributes.metadata.headers.map { "\($0.name)=\($0.value)" } == [
          "cache-control=no-cache", "content-encoding=gzip",
        ])
      #expect(stored.attributes.metadata.user.map { "\($0.name)=\($0.value)" } == ["owner=me"])
      #expect(rig.store.state.withLock { $0.forgotten } == ["bucket/a//b c"])
    }
  }

  @Test(arguments: [
    (["Content-MD5": "AAAAAAAAAAAAAAAAAAAAAA=="], "BadDigest"),
    (["x-amz-checksum-crc32": "AAAAAA=="], "BadDigest"),
    (["x-amz-content-sha256": String(repeating: "0", count: 64)], "XAmzContentSHA256Mismatch"),
    (["x-amz-content-sha256": "what"], "InvalidArgument"),
    (["If-None-Match": "\"x\""], "NotImplemented"),
    (["x-amz-meta-long": String(repeating: "x", count: 3000)], "MetadataTooLarge"),
    (
      [
        "x-amz-content-sha256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
        "x-amz-decoded-content-length": "5",
      ], "IncompleteBody"
    ),
    (["x-amz-content-sha256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER"], "MissingContentLength"),
  ]) func aBodyThatIsNotAsAnnouncedIsNotStored(
    headers: [String: String], code: String
  ) async throws {
    try await withS3 { rig in
      let response = try await rig.ask(
        "PUT", "/bucket/k", headers.map { ($0.key, $0.value) }, body: "hello")
      #expect(response.xml("Code") == code)
      #expect(rig.store.stored("k") == nil)
    }
  }

  @Test func aLengthIsNeeded() async throws {
    try await withS3 { rig in
      let response = try await rig.ask("PUT", "/bucket/k")
      #expect(response.status == 411)
      #expect(response.xml("Code") == "MissingContentLength")
      #expect(try await rig.ask("PUT", "/bucket/k", body: "").status == 200)
      #expect(rig.store.stored("k")?.bytes == [])
      let client = try RawClient(port: rig.server.port)
      try await client.send(
        "PUT /bucket/k HTTP/1.1\r\nHost: a\r\nContent-Length: 5368709121\r\n\r\n")
      #expect(try await client.receiveResponse().xml("Code") == "EntityTooLarge")
    }
  }

  @Test func chunksOfAWSAreTakenOff() async throws {
    try await withS3 { rig in
      let headers = [
        ("x-amz-content-sha256", "STREAMING-UNSIGNED-PAYLOAD-TRAILER"),
        ("x-amz-decoded-content-length", "5"), ("x-amz-trailer", "x-amz-checksum-crc32"),
        ("Content-Encoding", "aws-chunked"),
      ]
      let good = "5\r\nhello\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n"
      #expect(try await rig.ask("PUT", "/bucket/k", headers, body: good).status == 200)
      #expect(rig.store.stored("k")?.bytes == Array("hello".utf8))
      #expect(rig.store.stored("k")?.attributes.metadata.headers.isEmpty == true)
      let bad = "5\r\nhellO\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n"
      let refused = try await rig.ask("PUT", "/bucket/j", headers, body: bad)
      #expect(refused.xml("Code") == "BadDigest")
      let short = "4\r\nhell\r\n0\r\nx-amz-checksum-crc32:x\r\n\r\n"
      #expect(try await rig.ask("PUT", "/bucket/j", headers, body: short).status == 400)
      #expect(rig.store.stored("j") == nil)
    }
  }

  @Test func aStoreMayDependOnWhatIsThere() async throws {
    try await withS3 { rig in
      func status(_ headers: [(String, String)]) async throws -> Int {
        try await rig.ask("PUT", "/bucket/k", headers, body: "x").status
      }
      let statuses = [
        try await status([("If-Match", "\"v1\"")]), try await status([("If-None-Match", "*")]),
        try await status([("If-None-Match", "*")]), try await status([("If-Match", "\"v1\"")]),
        try await status([("If-Match", "\"v1\"")]),
      ]
      #expect(statuses == [404, 200, 412, 200, 412])
    }
  }

  @Test func aClientThatBreaksOffStoresNothing() async throws {
    try await withS3 { rig in
      let client = try RawClient(port: rig.server.port)
      try await client.send("PUT /bucket/k HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc")
      client.shutdownWrites()
      let response = try await client.receiveResponse()
      #expect(response.status == 400)
      #expect(response.xml("Code") == "IncompleteBody")
      #expect(rig.store.stored("k") == nil)
    }
  }

  @Test func anObjectIsCopied() async throws {
    try await withS3 { rig in
      var metadata = ObjectMetadata()
      metadata.user = [("a", "1")]
      rig.store.add("from x", [1, 2, 3], metadata: metadata)
      let copied = try await rig.ask(
        "PUT", "/bucket/to", [("x-amz-copy-source", "/bucket/from%20x")])
      #expect(copied.document?.name == "CopyObjectResult")
      #expect(copied.xml("ETag") == "\"v2\"")
      #expect(rig.store.stored("to")?.attributes.metadata == metadata)
      let replaced = try await rig.ask(
        "PUT", "/bucket/to",
        [
          ("x-amz-copy-source", "bucket/from%20x"), ("x-amz-metadata-directive", "REPLACE"),
          ("x-amz-meta-b", "2"),
        ])
      #expect(replaced.status == 200)
      #expect(rig.store.stored("to")?.attributes.metadata.user.map(\.name) == ["b"])
      #expect(rig.store.state.withLock { $0.forgotten } == ["bucket/to", "bucket/to"])

      func code(_ headers: [(String, String)]) async throws -> String? {
        try await rig.ask("PUT", "/bucket/to", headers).xml("Code")
      }
      #expect(try await code([("x-amz-copy-source", "/bucket/none")]) == "NoSuchKey")
      #expect(try await code([("x-amz-copy-source", "bucket")]) == "InvalidArgument")
      #expect(try await code([("x-amz-copy-source", "/bucket/to")]) == "InvalidRequest")
      #expect(
        try await code([
          ("x-amz-copy-source", "/bucket/from%20x"), ("x-amz-copy-source-if-match", "\"no\""),
        ]) == "PreconditionFailed")
    }
  }

  @Test func objectsAreDeleted() async throws {
    try await withS3 { rig in
      rig.store.add("k", [1])
      #expect(try await rig.ask("DELETE", "/bucket/k").status == 204)
      #expect(try await rig.ask("DELETE", "/bucket/k").status == 204)
      #expect(rig.store.stored("k") == nil)
      for number in 0..<30 { rig.store.add("n\(number)", [1]) }
      let objects = (0..<30).map { "<Object><Key>n\($0)</Key></Object>" }.joined()
      let response = try await rig.ask(
        "POST", "/bucket?delete", body: "<Delete>\(objects)</Delete>")
      #expect(response.document?.children("Deleted").count == 30)
      #expect(rig.store.stored("n29") == nil)
      #expect(rig.store.state.withLock { $0.forgotten.count } == 32)
      rig.store.state.withLock { $0.originFailure = .denied("no") }
      let quiet = try await rig.ask(
        "POST", "/bucket?delete",
        body: "<Delete><Quiet>true</Quiet><Object><Key>a&amp;b</Key></Object></Delete>")
      #expect(quiet.document?.child("Error")?["Key"] == "a&b")
      #expect(quiet.document?.child("Error")?["Code"] == "AccessDenied")
    }
  }

  @Test(arguments: [
    "", "<Delete/>", "<Delete><Object/></Delete>", "<Delete><Object><Key>k</Key></Delete>",
    "<Other><Object><Key>k</Key></Object></Other>", "<!DOCTYPE x []><Delete/>",
  ]) func malformedDocumentsAreRefused(text: String) async throws {
    try await withS3 { rig in
      let response = try await rig.ask("POST", "/bucket?delete", body: text)
      #expect(response.status == 400)
      #expect(response.xml("Code") == "MalformedXML")
    }
  }

  @Test func anObjectIsStoredInParts() async throws {
    try await withS3 { rig in
      let started = try await rig.ask("POST", "/bucket/big?uploads", [("Content-Type", "text/x")])
      let id = try #require(started.xml("UploadId"))
      #expect(id == "upload&1")
      let query = "uploadId=\(PercentCoding.encode(id))"
      for (number, text) in [(2, "world"), (1, "hello ")] {
        let part = try await rig.ask("PUT", "/bucket/big?partNumber=\(number)&\(query)", body: text)
        #expect(part.headers["etag"] == "\"part\(number)\"")
      }
      func complete(_ parts: String) async throws -> RawResponse {
        try await rig.ask(
          "POST", "/bucket/big?\(query)",
          body: "<CompleteMultipartUpload>\(parts)</CompleteMultipartUpload>")
      }
      let second = "<Part><ETag>part2</ETag><PartNumber>2</PartNumber></Part>"
      let first = "<Part><PartNumber>1</PartNumber><ETag>\"part1\"</ETag></Part>"
      #expect(try await complete(second + first).xml("Code") == "InvalidPartOrder")
      #expect(try await complete("").xml("Code") == "MalformedXML")
      let done = try await complete(first + second)
      #expect(done.document?.name == "CompleteMultipartUploadResult")
      #expect(done.xml("ETag") == "\"v1\"")
      #expect(rig.store.stored("big")?.bytes == Array("hello world".utf8))
      #expect(try await complete(first).xml("Code") == "NoSuchUpload")
      #expect(try await rig.ask("DELETE", "/bucket/big?\(query)").xml("Code") == "NoSuchUpload")
      #expect(
        try await rig.ask("PUT", "/bucket/big?partNumber=0&\(query)", body: "x").xml("Code")
          == "InvalidArgument")
    }
  }
}

@Suite struct S3AccessTests {
  private func tenant(_ name: String, mayWrite: Bool = true) -> NodeConfiguration.Tenant {
    var tenant = NodeConfiguration.Tenant(
      name: name, accessKey: "KEY\(name)", secretKey: "secret\(name)",
      salt: TenantSalt(key0: 1, key1: 2))
    tenant.mayWrite = mayWrite
    return tenant
  }

  /// The headers of a signed request.
  private func signed(
    _ method: String, _ target: String, key: String, secret: String, now: Int64 = HTTPDate.now()
  ) throws -> [(String, String)] {
    let signer = SigV4Signer(accessKey: key, secretKey: secret, region: "us-east-1")
    let headers = [(name: "host", value: "localhost")]
    return try signer.sign(
      method: method, path: target, query: "", headers: headers, payload: .unsigned, now: now
    ).map { ($0.name, $0.value) }
  }

  @Test func onlyTenantsAreServed() async throws {
    try await withS3(tenants: [tenant("0"), tenant("1"), tenant("2", mayWrite: false)]) { rig in
      rig.store.add("k", [1, 2, 3])
      func ask(
        _ method: String, _ target: String, _ key: String, _ secret: String, late: Int64 = 0,
        body: String? = nil
      ) async throws -> RawResponse {
        try await rig.ask(
          method, target,
          try signed(method, target, key: key, secret: secret, now: HTTPDate.now() - late),
          body: body)
      }
      let anonymous = try await rig.ask("GET", "/bucket/k")
      #expect(anonymous.status == 403)
      #expect(anonymous.xml("Code") == "AccessDenied")
      #expect(try await ask("GET", "/bucket/k", "KEY0", "secret0").body == [1, 2, 3])
      #expect(
        try await ask("GET", "/bucket/k", "KEY0", "wrong").xml("Code") == "SignatureDoesNotMatch")
      #expect(
        try await ask("GET", "/bucket/k", "KEY9", "secret0").xml("Code") == "InvalidAccessKeyId")
      #expect(
        try await ask("GET", "/bucket/k", "KEY0", "secret0", late: 3600).xml("Code")
          == "RequestTimeTooSkewed")
      // Tenant 1 has no containers: what it may not see does not exist for it.
      #expect(
        try await ask("PUT", "/bucket/k", "KEY1", "secret1", body: "x").xml("Code")
          == "NoSuchBucket")
      let readOnly = try await ask("PUT", "/bucket/k", "KEY2", "secret2", body: "x")
      #expect(readOnly.status == 403)
      #expect(readOnly.xml("Code") == "AccessDenied")
      #expect(try await ask("GET", "/bucket/k", "KEY2", "secret2").status == 200)
      #expect(try await ask("PUT", "/bucket/new", "KEY0", "secret0", body: "x").status == 200)
    }
  }
}
