import AsyncHTTPClient
import NIOCore
import NIOPosix
import Testing

@testable import TarnNode

/// What S3Origin makes of servers that throttle, lie, or speak the old dialect.
struct S3OriginTests {
  private let object = OriginObject(container: "b", key: "k")

  /// Once on an event loop, as the node reads, and once elsewhere.
  private func withAnswers(
    _ answers: String..., body: (S3Origin, ScriptedServer) async throws -> Void
  ) async throws {
    try await withServer(answers, body)
    try await onLoop { try await withServer(answers, body) }
  }

  private func withServer(
    _ answers: [String], _ body: (S3Origin, ScriptedServer) async throws -> Void
  ) async throws {
    let server = try await ScriptedServer(answers)
    let client = HTTPClient.forOrigins(group: MultiThreadedEventLoopGroup.singleton)
    do {
      let origin = try S3Origin(
        endpoint: server.endpoint, region: "us-east-1", accessKey: "a", secretKey: "s",
        client: client)
      try await body(origin, server)
      await origin.shutdown()
      try await client.shutdown()
      try await server.stop()
    } catch {
      try await client.shutdown()
      throw error
    }
  }

  /// What a read of ten bytes ends with.
  private func readError(_ answer: String) async throws -> OriginError? {
    var result: OriginError?
    try await withAnswers(answer, answer, answer) { origin, _ in
      do { _ = try await readBytes(origin, object, "\"v\"", 0..<10) } catch {
        result = error as? OriginError
      }
    }
    return result
  }

  private func xml(_ status: String, _ code: String, header: String = "x: y") -> String {
    let body = "<Error><Code>\(code)</Code><Message>m</Message><Region>eu-west-3</Region></Error>"
    return "HTTP/1.1 \(status)\n\(header)\ncontent-length: \(body.utf8.count)\n\n\(body)"
  }

  @Test func `errors are what the server means by them`() async throws {
    #expect(
      try await readError(xml("503 Slow", "SlowDown", header: "retry-after: 7"))
        == .throttled(retryAfterMilliseconds: 7_000))
    #expect(
      try await readError(xml("429 Many", "Other")) == .throttled(retryAfterMilliseconds: 0))
    #expect(
      try await readError("HTTP/1.1 503 Busy\ncontent-length: 0\n\n")
        == .throttled(retryAfterMilliseconds: 0))
    #expect(try await readError(xml("404 No", "NoSuchKey")) == .notFound)
    #expect(try await readError(xml("404 No", "NoSuchBucket")) == .noContainer)
    #expect(try await readError(xml("412 No", "PreconditionFailed")) == .changed)
    #expect(try await readError(xml("403 No", "AccessDenied")) == .denied("AccessDenied: m"))
    #expect(try await readError(xml("400 No", "Odd")) == .rejected(code: "Odd", "m"))
    let redirect = try await readError(xml("301 Moved", "PermanentRedirect"))
    guard case .failed(let sentence) = redirect else {
      Issue.record("\(String(describing: redirect))")
      return
    }
    #expect(sentence.hasSuffix("set the origin's region to eu-west-3"))
  }

  @Test(arguments: [
    "206 Partial\ncontent-range: bytes 0-9/20\netag: \"v\"\ncontent-length: 10\n\n12345",
    "206 Partial\ncontent-range: bytes 0-9/20\netag: \"v\"\ncontent-length: 20\n\n01234567890123456789",
    "206 Partial\ncontent-range: bytes 1-10/20\netag: \"v\"\ncontent-length: 10\n\n0123456789",
    "200 OK\netag: \"v\"\ncontent-length: 20\n\n01234567890123456789",
    "206 Partial\netag: \"v\"\ncontent-length: 10\n\n0123456789",
    "200 OK\netag: \"v\"\n\n01234567890123456789", "500 Oh\ncontent-length: 3\n\nabc",
  ])
  func `bytes that are not the range are never passed on`(answer: String) async throws {
    let error = try await readError("HTTP/1.1 \(answer)")
    guard case .failed = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }

  @Test func `another version is a change, whatever the status`() async throws {
    for etag in ["etag: \"w\"", "x: y"] {
      #expect(
        try await readError(
          "HTTP/1.1 206 Partial\ncontent-range: bytes 0-9/20\n\(etag)\ncontent-length: 10\n\n0123456789"
        ) == .changed)
    }
    let right = try await readError(
      "HTTP/1.1 200 OK\ncontent-range: bytes 0-9/20\netag: \"v\"\ncontent-length: 10\n\n0123456789")
    #expect(right == nil)
  }

  @Test func `a missing bucket is told from a missing object, and asked for once`() async throws {
    let missing = "HTTP/1.1 404 Not Found\ncontent-length: 0\n\n"
    let here = "HTTP/1.1 200 OK\ncontent-length: 0\n\n"
    try await withAnswers(missing, missing, missing, here, missing) { origin, server in
      await #expect(throws: OriginError.noContainer) { try await origin.attributes(of: object) }
      for _ in 0..<2 {
        await #expect(throws: OriginError.notFound) { try await origin.attributes(of: object) }
      }
      let lines = server.requests.compactMap { $0.split(separator: "\r\n").first }
      #expect(
        lines
          == ["/b/k", "/b", "/b/k", "/b", "/b/k"].map { "HEAD \($0) HTTP/1.1" })
    }
    let forbidden = "HTTP/1.1 403 Forbidden\ncontent-length: 0\n\n"
    let busy = "HTTP/1.1 503 Busy\nretry-after: 2\ncontent-length: 0\n\n"
    try await withAnswers(missing, busy, missing, forbidden, missing) { origin, server in
      await #expect(throws: OriginError.throttled(retryAfterMilliseconds: 2_000)) {
        try await origin.attributes(of: object)
      }
      for _ in 0..<2 {
        await #expect(throws: OriginError.notFound) { try await origin.attributes(of: object) }
      }
      #expect(server.requests.count == 5)
    }
  }

  @Test func `buckets are believed to be there for a minute, and the memory of them is bounded`() {
    let buckets = S3Buckets()
    buckets.note("b", now: 100)
    #expect(buckets.wasSeen("b", now: 159))
    #expect(!buckets.wasSeen("b", now: 160))
    #expect(!buckets.wasSeen("c", now: 100))
    for number in 0..<1_024 { buckets.note("c\(number)", now: 100) }
    #expect(!buckets.wasSeen("b", now: 100))
    #expect(buckets.wasSeen("c1023", now: 100))
  }

  @Test func `an object is opened with the bytes that are wanted of it, or without them`()
    async throws
  {
    let part =
      "HTTP/1.1 206 Partial\ncontent-range: bytes 0-9/20\netag: \"v\"\ncontent-length: 10\n\n"
      + "0123456789"
    try await withAnswers(part) { origin, server in
      let (attributes, _, bytes) = try await open(origin, object, 0..<10)
      #expect(attributes.size == 20 && attributes.version == "\"v\"")
      #expect(bytes == Array("0123456789".utf8))
      #expect(server.requests.count == 1)
      #expect(server.requests[0].lowercased().contains("\r\nrange: bytes=0-9\r\n"))
    }
    // A whole object that is no longer than the range, a longer one, none of it, another range.
    let head = "HTTP/1.1 200 OK\netag: \"v\"\ncontent-length: 20\n\n"
    let cases: [(answer: String, requests: Int, bytes: Int?)] = [
      ("HTTP/1.1 200 OK\netag: \"v\"\ncontent-length: 4\n\n0123", 1, 4),
      (head + "01234567890123456789", 2, nil), (xml("416 No", "InvalidRange"), 2, nil),
      ("HTTP/1.1 206 Partial\ncontent-range: bytes 5-9/20\netag: \"v\"\n\n01234", 2, nil),
      ("HTTP/1.1 206 Partial\ncontent-range: bytes 0-9/*\netag: \"v\"\n\n0123456789", 2, nil),
      ("HTTP/1.1 206 Partial\netag: \"v\"\ncontent-length: 10\n\n0123456789", 2, nil),
    ]
    for (answer, requests, count) in cases {
      try await withAnswers(answer, head) { origin, server in
        let (attributes, _, bytes) = try await open(origin, object, 0..<10)
        #expect(attributes.size == (count == nil ? 20 : 4), "\(answer)")
        #expect(bytes?.count == count, "\(answer)")
        #expect(server.requests.count == requests, "\(answer)")
      }
    }
    let short =
      "HTTP/1.1 206 Partial\ncontent-range: bytes 0-9/20\netag: \"v\"\ncontent-length: 10\n\n0123"
    try await withAnswers(short) { origin, _ in
      await #expect(throws: OriginError.self) { try await open(origin, object, 0..<10) }
    }
  }

  @Test func `a server that cannot be reached fails in time`() async throws {
    let client = HTTPClient.forOrigins(group: MultiThreadedEventLoopGroup.singleton)
    let port = TestTools.freePorts(1)[0]
    let origin = try S3Origin(
      endpoint: "http://127.0.0.1:\(port)", region: "r", accessKey: nil, secretKey: nil,
      client: client)
    await #expect(throws: OriginError.self) { try await origin.attributes(of: object) }
    try await client.shutdown()
  }

  private func listing(_ body: String) -> String {
    let text = "<ListBucketResult>\(body)</ListBucketResult>"
    return "HTTP/1.1 200 OK\ncontent-length: \(text.utf8.count)\n\n\(text)"
  }

  @Test func `a server of the old dialect is asked in it, and once only the wrong way`()
    async throws
  {
    let entry = "<Contents><Key>c%2Bd+e</Key><Size>3</Size><ETag>abc</ETag></Contents>"
    let answer = listing("<Marker/><EncodingType>url</EncodingType>\(entry)")
    try await withAnswers(answer, answer, answer) { origin, server in
      var request = ListRequest(container: "b")
      request.after = "b"
      let page = try await origin.list(request)
      #expect(page.items.map(\.key) == ["c+d e"])
      #expect(page.items.map(\.version) == ["\"abc\""])
      _ = try await origin.list(request)
      let lines = server.requests.compactMap { $0.split(separator: " ").dropFirst().first }
      #expect(
        lines == [
          "/b?list-type=2&encoding-type=url&max-keys=1000&start-after=b",
          "/b?encoding-type=url&max-keys=1000&marker=b",
          "/b?encoding-type=url&max-keys=1000&marker=b",
        ])
    }
    try await withAnswers(xml("501 No", "NotImplemented"), answer) { origin, server in
      let page = try await origin.list(ListRequest(container: "b"))
      #expect(page.items.count == 1)
      #expect(server.requests.count == 2)
    }
  }

  @Test func `pages that show only what was listed before are skipped`() async throws {
    let first = listing(
      "<KeyCount>1</KeyCount><IsTruncated>true</IsTruncated><CommonPrefixes><Prefix>a/</Prefix>"
        + "</CommonPrefixes><NextContinuationToken>t 1</NextContinuationToken>")
    let second = listing(
      "<KeyCount>1</KeyCount><Contents><Key>b</Key><Size>1</Size></Contents>")
    try await withAnswers(first, second) { origin, server in
      var request = ListRequest(container: "b")
      (request.after, request.delimiter, request.limit) = ("a/", "/", 1)
      let page = try await origin.list(request)
      #expect(page.names == ["b"])
      #expect(server.requests.last?.contains("continuation-token=t%201") == true)
    }
  }

  @Test func `an error that comes with status 200 is an error`() async throws {
    let answer = xml("200 OK", "InternalError")
    try await withAnswers(answer) { origin, _ in
      let error = await #expect(throws: OriginError.self) {
        try await origin.completeUpload(
          object, upload: "u", parts: [UploadedPart(number: 1, version: "\"x\"")])
      }
      guard case .failed = error else {
        Issue.record("\(String(describing: error))")
        return
      }
    }
  }

  @Test func `headers cannot be smuggled into a request`() async throws {
    try await withAnswers { origin, server in
      var metadata = ObjectMetadata()
      metadata.user = [("a", "b\r\nx-evil: 1")]
      await #expect(
        throws: OriginError.rejected(
          code: "InvalidArgument", "the header x-amz-meta-a holds a control character")
      ) { try await origin.put(object, metadata, length: 0, body: stream([], by: 1)) }
      #expect(server.requests.isEmpty)
    }
  }

  @Test func `endpoints are URLs`() throws {
    #expect(try Endpoint("HTTPS://host/base/").text == "https://host/base")
    #expect(try Endpoint("http://[::1]:9000").authority == "[::1]:9000")
    for text in [
      "", "host", "ftp://host", "http://", "http:///x", "http://u@h", "http://h?q", "http://h h",
    ] {
      #expect(throws: OriginError.self, "\(text)") { try Endpoint(text) }
    }
  }

  @Test func `Retry-After is seconds or a date`() {
    #expect(RetryAfter.milliseconds("3", now: 0) == 3_000)
    #expect(RetryAfter.milliseconds(HTTPDate.format(105), now: 100) == 5_000)
    for text in [nil, "", "-5", "soon", HTTPDate.format(5)] as [String?] {
      #expect(RetryAfter.milliseconds(text, now: 100) == 0)
    }
    #expect(RetryAfter.milliseconds("99999999999999", now: 0) == 86_400_000)
  }
}
