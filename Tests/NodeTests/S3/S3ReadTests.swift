import NIOCore
import Synchronization
import Testing

@testable import TarnNode

private let bytes = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 13 &>> 4) }

@Suite struct S3ReadTests {
  @Test(arguments: [false, true]) func anObjectIsReadWithItsHeaders(isLate: Bool) async throws {
    try await withS3(isLate: isLate) { rig in
      var metadata = ObjectMetadata()
      metadata.contentType = "text/x"
      metadata.headers = [("cache-control", "no-cache")]
      metadata.user = [("owner", "me")]
      rig.store.add("a/b c", bytes, metadata: metadata)
      for method in ["GET", "HEAD"] {
        let response = try await rig.ask(method, "/bucket/a/b%20c")
        #expect(response.status == 200)
        #expect(response.body == (method == "GET" ? bytes : []))
        #expect(response.headers["content-length"] == "300000")
        #expect(response.headers["etag"] == "\"v1\"")
        #expect(response.headers["last-modified"] == "Sun, 06 Nov 1994 08:49:37 GMT")
        #expect(response.headers["accept-ranges"] == "bytes")
        #expect(response.headers["content-type"] == "text/x")
        #expect(response.headers["cache-control"] == "no-cache")
        #expect(response.headers["x-amz-meta-owner"] == "me")
        #expect(response.headers["x-amz-request-id"]?.count == 13)
      }
      #expect(
        rig.counters.requests.map { "\($0.operation) \($0.statusClass) \($0.count)" } == [
          "get-object 2 1", "head-object 2 1",
        ])
    }
  }

  @Test func anEmptyObjectHasNoBytes() async throws {
    try await withS3 { rig in
      rig.store.add("empty", [])
      let response = try await rig.ask("GET", "/bucket/empty")
      #expect(response.status == 200)
      #expect(response.headers["content-length"] == "0")
      #expect(response.headers["content-type"] == "binary/octet-stream")
      #expect(try await rig.ask("GET", "/bucket/empty", [("Range", "bytes=0-")]).status == 416)
    }
  }

  @Test(arguments: [
    ("bytes=0-0", 0..<1), ("bytes=65535-65536", 65_535..<65_537), ("bytes=-5", 299_995..<300_000),
    ("bytes=100-", 100..<300_000),
  ]) func aRangeIsReadAlone(text: String, range: Range<Int>) async throws {
    try await withS3 { rig in
      rig.store.add("k", bytes)
      let response = try await rig.ask("GET", "/bucket/k", [("Range", text)])
      #expect(response.status == 206)
      #expect(response.body == Array(bytes[range]))
      #expect(
        response.headers["content-range"]
          == "bytes \(range.lowerBound)-\(range.upperBound - 1)/300000")
      let head = try await rig.ask("HEAD", "/bucket/k", [("Range", text)])
      #expect(head.status == 206)
      #expect(head.headers["content-length"] == String(range.count))
    }
  }

  @Test func opensSayWhichByteIsWantedFirstIfThatIsCertain() async throws {
    try await withS3 { rig in
      rig.store.add("k", Array(bytes.prefix(100)))
      let requests: [(verb: String, headers: [(String, String)], first: UInt64?)] = [
        ("GET", [], 0), ("GET", [("Range", "bytes=40-50")], 40),
        ("GET", [("Range", "bytes=7-")], 7),
        ("GET", [("Range", "rows=1-2")], 0), ("GET", [("Range", "bytes=-5")], nil),
        ("GET", [("If-None-Match", "\"other\"")], nil), ("GET", [("If-Match", "*")], nil),
        ("GET", [("Range", "bytes=40-50"), ("If-Range", "\"other\"")], nil), ("HEAD", [], nil),
        ("HEAD", [("Range", "bytes=40-50")], nil),
      ]
      for (verb, headers, _) in requests { _ = try await rig.ask(verb, "/bucket/k", headers) }
      #expect(rig.store.state.withLock { $0.wanted } == requests.map(\.first))
    }
  }

  @Test func rangesThatAreNoneMeanAllAndThoseOutsideFail() async throws {
    try await withS3 { rig in
      rig.store.add("k", bytes)
      for text in ["bytes=0-1,3-4", "bytes=x", "bytes=9-1"] {
        let response = try await rig.ask("GET", "/bucket/k", [("Range", text)])
        #expect(response.status == 200)
        #expect(response.body.count == 300_000)
        #expect(response.headers["content-range"] == nil)
      }
      let outside = try await rig.ask("GET", "/bucket/k", [("Range", "bytes=300000-")])
      #expect(outside.status == 416)
      #expect(outside.headers["content-range"] == "bytes */300000")
      #expect(outside.xml("Code") == "InvalidRange")
      #expect(outside.xml("ActualObjectSize") == "300000")
    }
  }

  @Test func anIfRangeOfAnotherVersionMeansAll() async throws {
    try await withS3 { rig in
      rig.store.add("k", bytes)
      func status(_ condition: String) async throws -> Int {
        try await rig.ask("GET", "/bucket/k", [("Range", "bytes=0-0"), ("If-Range", condition)])
          .status
      }
      let statuses = [
        try await status("\"v1\""), try await status("\"v2\""),
        try await status("Sun, 06 Nov 1994 08:49:37 GMT"),
        try await status("Sun, 06 Nov 1994 08:49:38 GMT"),
      ]
      #expect(statuses == [206, 200, 206, 200])
    }
  }

  @Test func conditionsDecide() async throws {
    try await withS3 { rig in
      rig.store.add("k", bytes)
      let unmodified = try await rig.ask("GET", "/bucket/k", [("If-None-Match", "\"v1\"")])
      #expect(unmodified.status == 304)
      #expect(unmodified.headers["etag"] == "\"v1\"")
      #expect(unmodified.headers["content-length"] == nil)
      let failed = try await rig.ask("GET", "/bucket/k", [("If-Match", "\"v2\"")])
      #expect(failed.status == 412)
      #expect(failed.xml("Code") == "PreconditionFailed")
    }
  }

  @Test func theRequestMaySayWhatTheResponseSays() async throws {
    try await withS3 { rig in
      rig.store.add("k", [1])
      let response = try await rig.ask(
        "GET",
        "/bucket/k?response-content-type=a%2Fb&response-content-disposition=x%0d%0aInjected:%20y"
          + "&response-expires=never&partNumber=1")
      #expect(response.status == 206)
      #expect(response.headers["content-type"] == "a/b")
      #expect(response.headers["content-disposition"] == "x  Injected: y")
      #expect(response.headers["expires"] == "never")
      #expect(response.headers["injected"] == nil)
      #expect(try await rig.ask("GET", "/bucket/k?partNumber=2").status == 416)
      #expect(try await rig.ask("GET", "/bucket/k?partNumber=0").status == 400)
    }
  }

  @Test(arguments: [
    (ObjectFailure.noObject, 404, "NoSuchKey"), (.noContainer, 404, "NoSuchBucket"),
    (.busy(retryAfterMilliseconds: 1500), 503, "SlowDown"), (.deadline, 503, "SlowDown"),
    (.denied("no"), 403, "AccessDenied"), (.failed("no"), 500, "InternalError"),
  ]) func failuresBeforeTheFirstByteAreErrors(
    failure: ObjectFailure, status: Int, code: String
  ) async throws {
    try await withS3 { rig in
      rig.store.add("k", bytes)
      rig.store.state.withLock {
        $0.openFailures = [failure]
        $0.readFailures = [(0, failure)]
      }
      for _ in 0..<2 {
        let response = try await rig.ask("GET", "/bucket/k")
        #expect(response.status == status)
        #expect(response.xml("Code") == code)
        #expect(response.xml("Resource") == "/bucket/k")
        #expect(response.xml("RequestId") == response.headers["x-amz-request-id"])
        if case .busy = failure { #expect(response.headers["retry-after"] == "2") }
      }
      #expect(try await rig.ask("GET", "/bucket/k").body == bytes)
    }
  }

  @Test func anObjectThatChangesIsOpenedAgain() async throws {
    try await withS3 { rig in
      rig.store.add("k", bytes)
      rig.store.state.withLock {
        $0.openFailures = [.changed]
        $0.readFailures = [(0, .changed), (0, .changed)]
      }
      let response = try await rig.ask("GET", "/bucket/k")
      #expect(response.status == 200)
      #expect(response.body == bytes)
      #expect(rig.store.state.withLock { $0.opens } == 4)
      rig.store.state.withLock { $0.readFailures = Array(repeating: (0, .changed), count: 4) }
      let failed = try await rig.ask("GET", "/bucket/k")
      #expect(failed.status == 503)
      #expect(failed.headers["retry-after"] == "1")
    }
  }

  @Test(arguments: [false, true])
  func aFailureAfterTheFirstByteCutsTheConnection(isLate: Bool) async throws {
    try await withS3(isLate: isLate) { rig in
      rig.store.add("k", bytes)
      rig.store.state.withLock { $0.readFailures = [(2, .failed("gone"))] }
      let client = try RawClient(port: rig.server.port)
      try await client.send("GET /bucket/k HTTP/1.1\r\nHost: a\r\n\r\n")
      var count = 0
      while let more = try? await client.receive(), !more.isEmpty { count += more.count }
      #expect(count < 300_000)
    }
  }

  @Test func aClientThatGoesAwayEndsItsRead() async throws {
    try await withS3(isLate: true) { rig in
      rig.store.add("k", [UInt8](repeating: 1, count: 20_000_000))
      do {
        let client = try RawClient(port: rig.server.port, receiveBufferBytes: 16 << 10)
        client.resetAtEnd()
        try await client.send("GET /bucket/k HTTP/1.1\r\nHost: a\r\n\r\n")
        _ = try await client.receive()
      }
      while rig.server.counters.openConnections > 0 {
        try await Task.sleep(nanoseconds: 5_000_000)
      }
      // Two slices and what the kernel took.
      #expect(rig.store.memory.residentBytes < 20_000_000)
    }
  }

  @Test func hostsOfTheDomainAreBuckets() async throws {
    try await withS3(domain: "s3.local") { rig in
      rig.store.add("k/l", [1, 2, 3])
      let response = try await rig.ask("GET", "/k/l", [("Host", "bucket.s3.local")])
      #expect(response.body == [1, 2, 3])
    }
  }

  @Test func whatIsNotOfferedIsSaid() async throws {
    try await withS3 { rig in
      let property = try await rig.ask("GET", "/bucket?acl")
      #expect(property.status == 501)
      #expect(property.xml("Code") == "NotImplemented")
      let method = try await rig.ask("PATCH", "/bucket/k")
      #expect(method.status == 405)
      #expect(method.headers["allow"] == "GET, HEAD, PUT, POST, DELETE")
      #expect(try await rig.ask("GET", "/bucket/%zz").xml("Code") == "InvalidURI")
      let head = try await rig.ask("HEAD", "/bucket/none")
      #expect(head.status == 404)
      #expect(head.body.isEmpty)
    }
  }
}
