import Glibc
import NIOCore
import NIOPosix
import Synchronization
import Testing

@testable import TarnNode

/// Answers as a test says.
final class ScriptedHandler: HTTPRequestHandler {
  private let script: @Sendable (HTTPRequestHead, any HTTPExchange) -> Void
  init(_ script: @escaping @Sendable (HTTPRequestHead, any HTTPExchange) -> Void) {
    self.script = script
  }
  func handle(_ head: HTTPRequestHead, _ exchange: any HTTPExchange) { script(head, exchange) }
}

/// A handler's exchange on its way through a task and back to its loop.
struct Carried: @unchecked Sendable {
  let exchange: any HTTPExchange
}

/// Runs `body` with a server on one event loop.
func withServer(
  limits: HTTPLimits = HTTPLimits(),
  _ script: @escaping @Sendable (HTTPRequestHead, any HTTPExchange) -> Void,
  _ body: (HTTPServer) async throws -> Void
) async throws {
  signal(SIGPIPE, SIG_IGN)
  let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
  let server = try await HTTPServer.bind(
    to: .init(host: "127.0.0.1", port: 0), group: group, limits: limits
  ) { _ in ScriptedHandler(script) }
  do {
    try await body(server)
  } catch {
    Issue.record(error)
  }
  await server.shutdown(within: .seconds(5))
  #expect(server.counters.openConnections == 0)
  try await group.shutdownGracefully()
}

/// Answers with method and target.
@Sendable func echo(_ head: HTTPRequestHead, _ exchange: any HTTPExchange) {
  exchange.respond(
    HTTPResponseHead(status: 200), body: ByteBuffer(string: "\(head.method) \(head.target)"))
}

/// Reads the body and answers with its bytes, or with what became of it.
@Sendable func echoBody(_ head: HTTPRequestHead, _ exchange: any HTTPExchange) {
  let carried = Carried(exchange: exchange)
  let loop = exchange.loop
  let body = exchange.body()
  Task {
    var bytes = ByteBuffer()
    var status = 200
    do {
      for try await piece in body { bytes.writeImmutableBuffer(piece) }
    } catch HTTPBodyError.refused(let fault) {
      (status, bytes) = (fault.status, ByteBuffer(string: fault.rawValue))
    } catch {
      (status, bytes) = (400, ByteBuffer(string: "\(error)"))
    }
    loop.execute { [status, bytes] in
      carried.exchange.respond(HTTPResponseHead(status: status), body: bytes)
    }
  }
}

@Suite struct HTTPServerTests {
  @Test func requestsOfOneConnectionAreAnsweredInOrder() async throws {
    try await withServer(echo) { server in
      let client = try RawClient(port: server.port)
      for number in 1...3 {
        try await client.send("GET /\(number) HTTP/1.1\r\nHost: a\r\n\r\n")
        let response = try await client.receiveResponse()
        #expect(response.status == 200)
        #expect(response.text == "GET /\(number)")
        #expect(response.headers["connection"] == nil)
        #expect(response.headers["server"] == "tarn")
        #expect(HTTPDate.parse(response.headers["date"] ?? "") != nil)
      }
      #expect(server.counters.requests == 3)
      #expect(server.counters.connections == 1)
    }
  }

  @Test func aRequestMayComeByteByByte() async throws {
    try await withServer(echoBody) { server in
      let client = try RawClient(port: server.port)
      let text =
        "PUT /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x\r\nde\r\n0\r\n\r\n"
      for byte in text.utf8 { try await client.send([byte]) }
      #expect(try await client.receiveResponse().text == "abcde")
    }
  }

  @Test func pipelinedRequestsAreAnsweredOneAfterTheOther() async throws {
    // Every second answer comes later than its successor could.
    try await withServer({ head, exchange in
      let carried = Carried(exchange: exchange)
      if head.target.hasSuffix("late") {
        exchange.loop.scheduleTask(in: .milliseconds(20)) { echo(head, carried.exchange) }
      } else {
        echo(head, exchange)
      }
    }) { server in
      let client = try RawClient(port: server.port)
      var text = ""
      for number in 0..<20 {
        text += "GET /\(number)\(number % 2 == 0 ? "late" : "") HTTP/1.1\r\nHost: a\r\n\r\n"
      }
      try await client.send(text + "GET /end HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
      var bytes = Array(try await client.receiveAll().utf8)
      for number in 0..<20 {
        #expect(
          RawResponse(&bytes)?.text == "GET /\(number)\(number % 2 == 0 ? "late" : "")")
      }
      let last = RawResponse(&bytes)
      #expect(last?.text == "GET /end")
      #expect(last?.headers["connection"] == "close")
      #expect(bytes.isEmpty)
    }
  }

  @Test func moreThanOneBufferedRequestStaysInTheSocket() async throws {
    let held = Mutex<[Carried]>([])
    try await withServer({ _, exchange in
      held.withLock { $0.append(Carried(exchange: exchange)) }
    }) { server in
      let client = try RawClient(port: server.port)
      try await client.send("GET /first HTTP/1.1\r\nHost: a\r\n\r\n")
      let flood = String(
        repeating: "GET /\(String(repeating: "x", count: 4000)) HTTP/1.1\r\nHost: a\r\n\r\n",
        count: 2_000)
      let sending = Task { try await client.send(flood) }
      try await Task.sleep(nanoseconds: 300_000_000)
      #expect(server.counters.requests == 1)
      // Of 8 MB a few kilobytes are read; the rest is the kernel's and the client's.
      #expect(server.counters.bytesIn < 100_000)
      let exchange = held.withLock { $0[0] }
      exchange.exchange.loop.execute { exchange.exchange.abort() }
      _ = try? await sending.value
      held.withLock { $0 = [] }
    }
  }

  @Test func aHalfClosedClientGetsItsAnswers() async throws {
    try await withServer({ head, exchange in
      let carried = Carried(exchange: exchange)
      exchange.loop.scheduleTask(in: .milliseconds(50)) { echo(head, carried.exchange) }
    }) { server in
      let client = try RawClient(port: server.port)
      try await client.send(
        "GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\nGET /par")
      client.shutdownWrites()
      var bytes = Array(try await client.receiveAll().utf8)
      #expect(RawResponse(&bytes)?.text == "GET /1")
      #expect(RawResponse(&bytes)?.text == "GET /2")
      #expect(bytes.isEmpty)
    }
  }

  @Test func http10ClosesUnlessAskedNotTo() async throws {
    try await withServer(echo) { server in
      let client = try RawClient(port: server.port)
      try await client.send("GET /1 HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
      let first = try await client.receiveResponse()
      #expect(first.headers["connection"] == "keep-alive")
      try await client.send("GET /2 HTTP/1.0\r\n\r\n")
      var bytes = Array(try await client.receiveAll().utf8)
      #expect(RawResponse(&bytes)?.headers["connection"] == "close")
    }
  }

  @Test func headHasTheHeadersOfGetAndNoBody() async throws {
    try await withServer(echo) { server in
      let client = try RawClient(port: server.port)
      for _ in 0..<2 {
        try await client.send("HEAD /1 HTTP/1.1\r\nHost: a\r\n\r\n")
        let response = try await client.receiveResponse(hasBody: false)
        #expect(response.headers["content-length"] == "7")
      }
    }
  }

  @Test func aBodyWithoutLengthIsChunked() async throws {
    try await withServer({ _, exchange in
      exchange.begin(HTTPResponseHead(status: 200))
      exchange.write(ByteBuffer(string: "hello"))
      exchange.write(ByteBuffer())
      exchange.write(ByteBuffer(string: String(repeating: "x", count: 17)))
      exchange.finish()
    }) { server in
      let client = try RawClient(port: server.port)
      try await client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
      let text = try await client.receiveAll()
      #expect(text.contains("Transfer-Encoding: chunked\r\n"))
      #expect(text.hasSuffix("\r\n\r\n5\r\nhello\r\n11\r\nxxxxxxxxxxxxxxxxx\r\n0\r\n\r\n"))
      let old = try RawClient(port: server.port)
      try await old.send("GET / HTTP/1.0\r\n\r\n")
      #expect(try await old.receiveAll().hasSuffix("\r\n\r\nhelloxxxxxxxxxxxxxxxxx"))
    }
  }

  @Test(arguments: [204, 304]) func someResponsesHaveNoBody(status: Int) async throws {
    try await withServer({ _, exchange in
      exchange.respond(HTTPResponseHead(status: status), body: ByteBuffer(string: "never sent"))
    }) { server in
      let client = try RawClient(port: server.port)
      for _ in 0..<2 {
        try await client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        let response = try await client.receiveResponse()
        #expect(response.status == status)
        #expect(response.headers["content-length"] == nil)
      }
    }
  }

  @Test(arguments: [
    ("GET / HTTP/1.1\nHost: a\n\n", 400, HTTPFault.bareLineFeed),
    ("GET /\(String(repeating: "x", count: 9000))", 414, .requestLineTooLong),
    (
      "GET / HTTP/1.1\r\nHost: a\r\nX: \(String(repeating: "x", count: 33 << 10))", 431,
      .fieldsTooLarge
    ),
    ("GET / HTTP/2.0\r\n\r\n", 505, .unsupportedVersion),
    (
      "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n",
      400, .lengthAndTransferEncoding
    ),
  ]) func whatCannotBeUnderstoodIsAnsweredOnceAndClosed(
    text: String, status: Int, fault: HTTPFault
  ) async throws {
    try await withServer(echo) { server in
      let client = try RawClient(port: server.port)
      try await client.send(text)
      client.shutdownWrites()
      var bytes = Array(try await client.receiveAll().utf8)
      let response = RawResponse(&bytes)
      #expect(response?.status == status)
      #expect(response?.text == fault.message + "\n")
      #expect(response?.headers["connection"] == "close")
      #expect(bytes.isEmpty)
      #expect(server.counters.refused == [fault: 1])
      #expect(server.counters.requests == 0)
    }
  }

  @Test func aClientThatResetsItsConnectionIsNoticed() async throws {
    let closes = Mutex(0)
    try await withServer({ _, exchange in
      exchange.onClose = { closes.withLock { $0 += 1 } }
    }) { server in
      do {
        let client = try RawClient(port: server.port)
        client.resetAtEnd()
        try await client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        while server.counters.requests < 1 { try await Task.sleep(nanoseconds: 1_000_000) }
      }
      while server.counters.openConnections > 0 { try await Task.sleep(nanoseconds: 1_000_000) }
      #expect(closes.withLock { $0 } == 1)
    }
  }
}
