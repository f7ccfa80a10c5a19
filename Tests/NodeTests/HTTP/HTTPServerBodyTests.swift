import Glibc
import NIOCore
import NIOPosix
import Synchronization
import Testing

@testable import TarnNode

@Suite struct HTTPServerBodyTests {
  @Test func bodiesReachTheirReaderWhole() async throws {
    try await withServer(echoBody) { server in
      let client = try RawClient(port: server.port)
      let bytes = (0..<1_500_000).map { UInt8(truncatingIfNeeded: $0 &* 7 &>> 3) }
      for _ in 0..<2 {
        try await client.send("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 1500000\r\n\r\n")
        async let response = client.receiveResponse()
        try await client.send(bytes)
        #expect(try await response.body == bytes)
      }
    }
  }

  @Test func theClientIsToldToGoOnWhenItWaits() async throws {
    try await withServer(echoBody) { server in
      let client = try RawClient(port: server.port)
      try await client.send(
        "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n")
      let first = try await client.receive()
      #expect(String(decoding: first, as: UTF8.self) == "HTTP/1.1 100 Continue\r\n\r\n")
      try await client.send("abc")
      let response = try await client.receiveResponse()
      #expect(response.text == "abc")
      #expect(response.headers["connection"] == nil)
    }
  }

  @Test func aClientThatWaitsInVainMustConnectAnew() async throws {
    try await withServer(echo) { server in
      let client = try RawClient(port: server.port)
      try await client.send(
        "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n")
      var bytes = Array(try await client.receiveAll().utf8)
      #expect(RawResponse(&bytes)?.headers["connection"] == "close")
      #expect(bytes.isEmpty)
    }
  }

  @Test func aShortBodyThatNobodyReadsIsSkipped() async throws {
    try await withServer(echo) { server in
      let client = try RawClient(port: server.port)
      for _ in 0..<2 {
        try await client.send("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 60000\r\n\r\n")
        #expect(try await client.receiveResponse().status == 200)
        try await client.send([UInt8](repeating: UInt8(ascii: "G"), count: 60_000))
      }
      try await client.send("GET /after HTTP/1.1\r\nHost: a\r\n\r\n")
      #expect(try await client.receiveResponse().text == "GET /after")
    }
  }

  @Test func aLongBodyThatNobodyReadsEndsTheConnectionButNotTheAnswer() async throws {
    try await withServer(echo) { server in
      let client = try RawClient(port: server.port)
      try await client.send("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 4000000\r\n\r\n")
      try await client.send([UInt8](repeating: 0, count: 1_000_000))
      var bytes = Array(try await client.receiveAll().utf8)
      let response = RawResponse(&bytes)
      #expect(response?.text == "PUT /")
      #expect(response?.headers["connection"] == "close")
    }
  }

  @Test func aChunkedBodyThatNobodyReadsIsSkippedUpToTheLimit() async throws {
    try await withServer(echo) { server in
      let client = try RawClient(port: server.port)
      try await client.send(
        "PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n"
          + "GET /after HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
      let text = try await client.receiveAll()
      #expect(text.contains("PUT /HTTP/1.1 200 OK"))
      #expect(text.hasSuffix("GET /after"))
    }
  }

  @Test func malformedChunksFailTheBody() async throws {
    try await withServer(echoBody) { server in
      let client = try RawClient(port: server.port)
      try await client.send(
        "PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nxx\r\n0\r\n\r\n")
      var bytes = Array(try await client.receiveAll().utf8)
      let response = RawResponse(&bytes)
      #expect(response?.status == 400)
      #expect(response?.text == "malformedChunk")
      #expect(response?.headers["connection"] == "close")
      #expect(server.counters.refused == [.malformedChunk: 1])
    }
  }

  @Test func aBodyThatEndsEarlyFails() async throws {
    try await withServer(echoBody) { server in
      let client = try RawClient(port: server.port)
      try await client.send("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc")
      client.shutdownWrites()
      var bytes = Array(try await client.receiveAll().utf8)
      let response = RawResponse(&bytes)
      #expect(response?.status == 400)
      #expect(response?.text == "closed")
    }
  }

  @Test func aBodyWaitsInTheSocketUntilItIsRead() async throws {
    let held = Mutex<[Carried]>([])
    try await withServer({ _, exchange in
      held.withLock { $0.append(Carried(exchange: exchange)) }
    }) { server in
      let client = try RawClient(port: server.port)
      try await client.send("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 30000000\r\n\r\n")
      let sending = Task { try await client.send([UInt8](repeating: 0, count: 30_000_000)) }
      try await Task.sleep(nanoseconds: 300_000_000)
      #expect(server.counters.bytesIn < 500_000)
      let carried = held.withLock { $0.removeFirst() }
      carried.exchange.loop.execute {
        echoBody(HTTPRequestHead(method: "PUT", target: "/"), carried.exchange)
      }
      #expect(try await client.receiveResponse().body.count == 30_000_000)
      try await sending.value
    }
  }

  static func payload(_ bytes: [UInt8]) throws -> Payload {
    let memory = try PayloadMemory(capacityBytes: 16 << 20, largestBlock: 4 << 20)
    let payload = memory.allocate(bytes.count)
    payload.bytes.copyBytes(from: bytes)
    return payload
  }

  @Test(arguments: [1, 1024, 32_768, 65_536, 131_073, 3_000_000])
  func slicesArriveWhole(length: Int) async throws {
    let bytes = (0..<length).map { UInt8(truncatingIfNeeded: $0 &* 31 &>> 5) }
    let flushes = Mutex(0)
    try await withServer({ head, exchange in
      guard let original = try? HTTPServerBodyTests.payload(bytes) else {
        return exchange.abort()
      }
      exchange.begin(
        HTTPResponseHead(
          status: 200, contentLength: head.target == "/chunked" ? nil : UInt64(length)))
      let middle = length / 2
      for range in [0..<middle, middle..<length] {
        exchange.write(PayloadSlice(original, range), stays: range.lowerBound > 0) {
          flushes.withLock { $0 += 1 }
        }
      }
      exchange.finish()
    }) { server in
      let client = try RawClient(port: server.port)
      for _ in 0..<2 {
        try await client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(try await client.receiveResponse().body == bytes)
      }
      try await client.send("GET /chunked HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
      var decoder = ChunkedDecoder()
      var text: [UInt8] = []
      while case let more = try await client.receive(), !more.isEmpty { text += more }
      let start = text.indices.first { text[$0...].starts(with: Array("\r\n\r\n".utf8)) } ?? 0
      var input = ByteBuffer(bytes: text[(start + 4)...])
      var body: [UInt8] = []
      while let piece = try decoder.next(&input) { body += piece.readableBytesView }
      #expect(body == bytes)
      #expect(decoder.isOver)
    }
    // A slice without bytes is not written at all.
    #expect(flushes.withLock { $0 } == (length == 1 ? 3 : 6))
  }

  /// What the kernel takes at once goes past NIO, and the rest through it.
  @Test(arguments: [false, true]) func answersOfAllSizesKeepTheirOrder(stays: Bool) async throws {
    let sizes = [100, 40_000, 1_500_000, 5, 500_000, 70_000]
    let payloads = try sizes.enumerated().map { number, size in
      try HTTPServerBodyTests.payload([UInt8](repeating: UInt8(number), count: size))
    }
    try await withServer({ head, exchange in
      let payload = payloads[Int(head.target.dropFirst()) ?? 0]
      exchange.begin(HTTPResponseHead(status: 200, contentLength: UInt64(payload.count)))
      exchange.write(PayloadSlice(payload, 0..<payload.count), stays: stays) {}
      exchange.finish()
    }) { server in
      let client = try RawClient(port: server.port, receiveBufferBytes: 16 << 10)
      let order = (0..<36).map { $0 * 5 % sizes.count }
      let requests = order.map { "GET /\($0) HTTP/1.1\r\nHost: a\r\n" }
      try await client.send(
        requests.joined(separator: "\r\n") + "Connection: close\r\n\r\n")
      var bytes: [UInt8] = []
      while case let more = try await client.receive(), !more.isEmpty { bytes += more }
      let length = bytes.count
      for number in order {
        let body = RawResponse(&bytes)?.body
        #expect(body == [UInt8](repeating: UInt8(number), count: sizes[number]))
      }
      #expect(bytes.isEmpty)
      #expect(server.counters.bytesOut == UInt64(length))
    }
  }

  @Test func aResponseThatIsTooShortClosesTheConnection() async throws {
    try await withServer({ _, exchange in
      exchange.begin(HTTPResponseHead(status: 200, contentLength: 10))
      exchange.write(ByteBuffer(string: "abc"))
      exchange.finish()
    }) { server in
      let client = try RawClient(port: server.port)
      try await client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
      _ = try? await client.receiveAll()
      // The client may see the end before the loop has counted it.
      var looks = 0
      while server.counters.openConnections > 0, looks < 500 {
        looks += 1
        try await Task.sleep(nanoseconds: 10_000_000)
      }
      #expect(server.counters.openConnections == 0)
    }
  }

  @Test(arguments: [20_000, 40_000])
  func aSlowReaderHoldsBackTheWriter(size: Int) async throws {
    let piece = try HTTPServerBodyTests.payload([UInt8](repeating: 7, count: size))
    let written = Mutex(0)
    @Sendable func pump(_ exchange: any HTTPExchange, _ left: Int) {
      guard left > 0 else { return exchange.finish() }
      written.withLock { $0 += 1 }
      exchange.write(PayloadSlice(piece, 0..<piece.count), stays: true) {
        let carried = Carried(exchange: exchange)
        exchange.loop.execute { pump(carried.exchange, left - 1) }
      }
    }
    try await withServer({ _, exchange in
      exchange.begin(HTTPResponseHead(status: 200, contentLength: 40_000_000))
      pump(exchange, 40_000_000 / size)
    }) { server in
      let client = try RawClient(port: server.port, receiveBufferBytes: 16 << 10)
      try await client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
      try await Task.sleep(nanoseconds: 300_000_000)
      // Of 40 MB no more than the socket's buffers and the high-water mark.
      let before = written.withLock { $0 }
      #expect(before < 20_000_000 / size)
      #expect(try await client.receiveResponse().body.count == 40_000_000)
    }
  }
}
