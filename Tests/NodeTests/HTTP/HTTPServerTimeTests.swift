import Glibc
import NIOCore
import NIOPosix
import Synchronization
import Testing

@testable import TarnNode

/// Time-outs so short that tests can wait for them.
private var short: HTTPLimits {
  var limits = HTTPLimits()
  limits.tick = .milliseconds(20)
  limits.headTimeout = .milliseconds(200)
  limits.idleTimeout = .seconds(20)
  limits.bodyTimeout = .milliseconds(200)
  limits.readerTimeout = .milliseconds(400)
  limits.lingerTimeout = .milliseconds(200)
  return limits
}

@Suite struct HTTPServerTimeTests {
  @Test func anIdleConnectionIsClosedWithoutAWord() async throws {
    var limits = short
    limits.idleTimeout = .milliseconds(300)
    try await withServer(limits: limits, echo) { server in
      let client = try RawClient(port: server.port)
      #expect(try await client.receiveAll() == "")
      let later = try RawClient(port: server.port)
      try await later.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
      #expect(try await later.receiveAll().hasSuffix("GET /"))
      #expect(server.counters.refused.isEmpty)
    }
  }

  @Test func aSlowHeadIsAnswered408() async throws {
    try await withServer(limits: short, echo) { server in
      let client = try RawClient(port: server.port)
      try await client.send("GET / HTTP/1.1\r\nHo")
      #expect(try await client.receiveAll().hasPrefix("HTTP/1.1 408 Request Timeout\r\n"))
      #expect(server.counters.refused == [.headTimeout: 1])
    }
  }

  @Test func aHeadThatDripsIsNoFasterForIt() async throws {
    try await withServer(limits: short, echo) { server in
      let client = try RawClient(port: server.port)
      let dripping = Task {
        for byte in "GET / HTTP/1.1\r\nX: \(String(repeating: "x", count: 2000))".utf8 {
          try await client.send([byte])
          try await Task.sleep(nanoseconds: 5_000_000)
        }
      }
      let text = try await client.receiveAll()
      #expect(text.hasPrefix("HTTP/1.1 408 "), "\(text)")
      dripping.cancel()
      _ = try? await dripping.value
    }
  }

  @Test func aBodyThatStopsFailsItsReader() async throws {
    try await withServer(limits: short, echoBody) { server in
      let client = try RawClient(port: server.port)
      try await client.send("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\nabc")
      var bytes = Array(try await client.receiveAll().utf8)
      let response = RawResponse(&bytes)
      #expect(response?.status == 408)
      #expect(response?.text == "bodyTimeout")
      #expect(server.counters.refused == [.bodyTimeout: 1])
    }
  }

  @Test func aHandlerMayTakeItsTime() async throws {
    try await withServer(
      limits: short,
      { head, exchange in
        let carried = Carried(exchange: exchange)
        exchange.loop.scheduleTask(in: .seconds(1)) { echo(head, carried.exchange) }
      }
    ) { server in
      let client = try RawClient(port: server.port)
      try await client.send("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc")
      #expect(try await client.receiveResponse().text == "PUT /")
    }
  }

  @Test func aReaderThatTakesNothingIsGivenUp() async throws {
    let closes = Mutex(0)
    try await withServer(
      limits: short,
      { _, exchange in
        exchange.onClose = { closes.withLock { $0 += 1 } }
        exchange.begin(HTTPResponseHead(status: 200, contentLength: 60_000_000))
        exchange.write(ByteBuffer(repeating: 0, count: 50_000_000))
      }
    ) { server in
      let client = try RawClient(port: server.port, receiveBufferBytes: 16 << 10)
      try await client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
      while server.counters.refused.isEmpty { try await Task.sleep(nanoseconds: 10_000_000) }
      #expect(server.counters.refused == [.readerTimeout: 1])
      while server.counters.openConnections > 0 { try await Task.sleep(nanoseconds: 10_000_000) }
      #expect(closes.withLock { $0 } == 1)
    }
  }

  @Test func aReaderThatTakesLittleIsServed() async throws {
    try await withServer(
      limits: short,
      { _, exchange in
        exchange.respond(
          HTTPResponseHead(status: 200), body: ByteBuffer(repeating: 0, count: 8_000_000))
      }
    ) { server in
      let client = try RawClient(port: server.port, receiveBufferBytes: 64 << 10)
      try await client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
      var count = 0
      while case let more = try await client.receive(atMost: 64 << 10), !more.isEmpty {
        count += more.count
        try await Task.sleep(nanoseconds: 5_000_000)
      }
      #expect(count > 8_000_000)
      #expect(server.counters.refused.isEmpty)
    }
  }

  @Test func aFullServerTurnsConnectionsAway() async throws {
    var limits = short
    limits.connections = 1
    try await withServer(limits: limits, echo) { server in
      let first = try RawClient(port: server.port)
      try await first.send("GET /1 HTTP/1.1\r\nHost: a\r\n\r\n")
      _ = try await first.receiveResponse()
      let second = try RawClient(port: server.port)
      #expect(try await second.receiveAll() == "")
      #expect(server.counters.refused == [.tooManyConnections: 1])
      try await first.send("GET /2 HTTP/1.1\r\nHost: a\r\n\r\n")
      #expect(try await first.receiveResponse().text == "GET /2")
    }
  }

  @Test func shutdownEndsWhatIsUnderWay() async throws {
    let held = Mutex<[Carried]>([])
    try await withServer({ head, exchange in
      if head.target == "/slow" {
        held.withLock { $0.append(Carried(exchange: exchange)) }
      } else {
        echo(head, exchange)
      }
    }) { server in
      let idle = try RawClient(port: server.port)
      try await idle.send("GET /1 HTTP/1.1\r\nHost: a\r\n\r\n")
      _ = try await idle.receiveResponse()
      let busy = try RawClient(port: server.port)
      try await busy.send("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n")
      while server.counters.requests < 2 { try await Task.sleep(nanoseconds: 1_000_000) }
      let shutdown = Task { await server.shutdown(within: .seconds(20)) }
      #expect(try await idle.receiveAll() == "")
      #expect(throws: IOError.self) { try RawClient(port: server.port) }
      let carried = held.withLock { $0.removeFirst() }
      carried.exchange.loop.execute {
        echo(HTTPRequestHead(method: "GET", target: "/done"), carried.exchange)
      }
      let text = try await busy.receiveAll()
      #expect(text.contains("Connection: close\r\n"))
      #expect(text.hasSuffix("GET /done"))
      await shutdown.value
      #expect(server.counters.openConnections == 0)
    }
  }

  @Test func shutdownCutsWhatDoesNotEnd() async throws {
    let closes = Mutex(0)
    try await withServer({ _, exchange in
      exchange.onClose = { closes.withLock { $0 += 1 } }
    }) { server in
      let client = try RawClient(port: server.port)
      try await client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
      while server.counters.requests < 1 { try await Task.sleep(nanoseconds: 1_000_000) }
      await server.shutdown(within: .milliseconds(50))
      #expect(try await client.receiveAll() == "")
      #expect(closes.withLock { $0 } == 1)
    }
  }

  @Test func anAddressThatIsTakenIsNamed() async throws {
    try await withServer(echo) { server in
      let group = MultiThreadedEventLoopGroup.singleton
      let error = await #expect(throws: HTTPServerError.self) {
        _ = try await HTTPServer.bind(
          to: .init(host: "127.0.0.1", port: server.port), group: group
        ) { _ in ScriptedHandler(echo) }
      }
      #expect(error?.description.hasPrefix("cannot listen on 127.0.0.1:\(server.port): ") == true)
    }
  }
}
