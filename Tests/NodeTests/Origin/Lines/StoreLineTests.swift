import Foundation
import NIOCore
import NIOSSL
import Testing

@testable import TarnNode

/// Exchanges with a store on connections of the event loop's own.
struct StoreLineTests {
  private typealias Answer = KeptServer.Answer

  private static func whole(_ body: String) -> Answer {
    Answer("HTTP/1.1 200 OK\r\ncontent-length: \(body.utf8.count)\r\n\r\n\(body)")
  }

  /// Runs `body` on a loop with the connections to a server of this script.
  private func withLines(
    _ script: @escaping KeptServer.Script,
    _ body: @Sendable @escaping (StoreLineSet, KeptServer) async throws -> Void
  ) async throws {
    let server = try await KeptServer(script)
    let lines = StoreLineSet(
      try Endpoint("http://127.0.0.1:\(server.port)"), tls: .makeClientConfiguration())
    do { try await onLoop { try await body(lines, server) } } catch {
      await lines.shutdown()
      throw error
    }
    await lines.shutdown()
    try await server.stop()
  }

  private static func get(
    _ lines: StoreLineSet, _ method: String = "GET", path: String = "/a"
  ) async throws -> StoreResponse {
    try #require(try await lines.send(StoreRequest(method, path), name: "\(method) \(path)"))
  }

  private static func text(
    _ lines: StoreLineSet, _ method: String = "GET", path: String = "/a"
  ) async throws -> String {
    let response = try await get(lines, method, path: path)
    return String(decoding: try await response.collect(limit: 10_000_000), as: UTF8.self)
  }

  private static func expect(
    _ text: String, _ lines: StoreLineSet, _ method: String = "GET", path: String = "/a"
  ) async throws {
    #expect(try await StoreLineTests.text(lines, method, path: path) == text)
  }

  @Test func elsewhereThanOnALoopThereAreNone() async throws {
    let lines = StoreLineSet(try Endpoint("http://127.0.0.1:1"), tls: .makeClientConfiguration())
    #expect(try await lines.send(StoreRequest("GET", "/"), name: "") == nil)
  }

  @Test func oneConnectionServesOneRequestAfterTheOther() async throws {
    try await withLines({ _, number, head in
      head.hasPrefix("HEAD")
        ? Answer("HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\n")
        : StoreLineTests.whole("\(number)")
    }) { lines, server in
      for number in 0..<10 {
        let method = number % 3 == 1 ? "HEAD" : "GET"
        try await StoreLineTests.expect(method == "HEAD" ? "" : "\(number)", lines, method)
      }
      #expect(server.connections == 1 && server.requests == 10)
    }
  }

  @Test func requestsAtOnceHaveConnectionsOfTheirOwn() async throws {
    try await withLines({ _, _, head in
      Answer(
        "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n", "\r\n", String(head.dropFirst(5).prefix(2)))
    }) { lines, server in
      try await withThrowingTaskGroup(of: Bool.self) { group in
        for number in 10..<90 {
          group.addTask { try await StoreLineTests.text(lines, path: "/\(number)") == "\(number)" }
        }
        for try await isRight in group { #expect(isRight) }
      }
      #expect(server.connections > 1 && server.connections <= 80)
      #expect(server.requests == 80)
    }
  }

  @Test func noMoreConnectionsThanAllowed() async throws {
    let count = StoreLines.most + 50
    try await withLines({ _, _, _ in StoreLineTests.whole("x") }) { lines, server in
      try await withThrowingTaskGroup(of: String.self) { group in
        for _ in 0..<count { group.addTask { try await StoreLineTests.text(lines) } }
        for try await text in group { #expect(text == "x") }
      }
      #expect(server.connections <= StoreLines.most && server.requests == count)
    }
  }

  @Test(arguments: [0, 1, 5_000, 700_000])
  func bodiesComeWholeHoweverTheyAreFramed(length: Int) async throws {
    let body = String((0..<length).map { Character(UnicodeScalar(UInt8(97 + $0 % 23))) })
    let half = body.index(body.startIndex, offsetBy: length / 2)
    let (first, second) = (String(body[..<half]), String(body[half...]))
    func chunk(_ text: String) -> String {
      text.isEmpty ? "" : "\(String(text.utf8.count, radix: 16));x=y\r\n\(text)\r\n"
    }
    let chunks = chunk(first) + chunk(second) + "0\r\nt: v\r\n\r\n"
    try await withLines({ _, _, head in
      switch head.split(separator: " ")[1] {
      case "/length":
        Answer("HTTP/1.1 200 OK\r\ncontent-length: \(length)\r\n\r\n\(first)", second)
      case "/chunked":
        Answer(
          "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n",
          String(chunks.prefix(7)), String(chunks.dropFirst(7)))
      default: Answer("HTTP/1.1 200 OK\r\n\r\n\(first)", second, closes: true)
      }
    }) { lines, server in
      for path in ["/length", "/chunked", "/end"] {
        #expect(try await StoreLineTests.text(lines, path: path) == body)
        let response = try await StoreLineTests.get(lines, path: path)
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: length, alignment: 1)
        defer { buffer.deallocate() }
        try await response.fill(buffer)
        #expect(String(decoding: buffer, as: UTF8.self) == body)
        // One byte more or less is an error.
        for wrong in [length - 1, length + 1] where wrong > 0 {
          let response = try await StoreLineTests.get(lines, path: path)
          let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: wrong, alignment: 1)
          defer { buffer.deallocate() }
          await #expect(throws: OriginError.self) { try await response.fill(buffer) }
        }
      }
    }
  }

  @Test func aConnectionThatTheStoreHasClosedIsReplaced() async throws {
    try await withLines({ connection, number, _ in
      // Every connection serves two requests, and is closed when the third comes.
      number < 2 ? StoreLineTests.whole("\(connection)") : Answer(closes: true)
    }) { lines, _ in
      for number in 0..<8 { try await StoreLineTests.expect("\(number / 2)", lines) }
    }
  }

  @Test func aNewConnectionThatIsClosedIsAnError() async throws {
    try await withLines({ _, _, _ in Answer(closes: true) }) { lines, server in
      await #expect(throws: OriginError.failed("GET /a: the store closed the connection")) {
        try await StoreLineTests.get(lines)
      }
      #expect(server.requests == 1)
    }
  }

  @Test(arguments: [
    "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n12345",
    "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\n12345\r\n",
    "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nno chunk\r\n",
    "HTTP/1.1 200 OK\r\nno field\r\n\r\n", "HTTP/1.1 101 Switching\r\n\r\n", "SSH-2.0\r\n\r\n",
  ])
  func brokenAnswersAreErrorsThatNameTheRequest(answer: String) async throws {
    try await withLines({ _, _, _ in Answer(answer, closes: true) }) { lines, _ in
      let error = await #expect(throws: OriginError.self) { try await StoreLineTests.text(lines) }
      guard case .failed(let reason) = error else {
        Issue.record("\(String(describing: error))")
        return
      }
      #expect(reason.hasPrefix("GET /a: "))
    }
  }

  @Test func whatComesUnaskedEndsTheConnection() async throws {
    try await withLines({ connection, _, _ in
      Answer("HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\n\(connection)HTTP/1.1 200 OK\r\n")
    }) { lines, server in
      try await StoreLineTests.expect("0", lines)
      try await StoreLineTests.expect("1", lines)
      #expect(server.connections == 2)
    }
  }

  @Test func announcementsAreSkipped() async throws {
    try await withLines({ _, _, _ in
      Answer(
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n",
        "HTTP/1.1 204 No Content\r\n\r\n")
    }) { lines, server in
      for _ in 0..<2 {
        let response = try await StoreLineTests.get(lines)
        #expect(response.status == 204)
      }
      #expect(server.connections == 1)
    }
  }

  @Test func aBodyThatNobodyReadsEndsItsConnection() async throws {
    try await withLines({ _, _, _ in StoreLineTests.whole("abc") }) { lines, server in
      _ = try await StoreLineTests.get(lines)
      // The response is gone, and with it the connection; the next has another.
      #expect(await becomesTrue { server.open == 0 })
      try await StoreLineTests.expect("abc", lines)
      #expect(server.connections == 2)
    }
  }

  @Test func aReadThatIsGivenUpEndsItsConnection() async throws {
    try await withLines({ _, number, _ in
      Answer("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n12345")
    }) { lines, server in
      let failure = await withTaskGroup(of: OriginError?.self) { group in
        group.addTask {
          do { _ = try await StoreLineTests.text(lines) } catch { return error as? OriginError }
          return nil
        }
        #expect(await becomesTrue { server.requests == 1 })
        group.cancelAll()
        return await group.next() ?? nil
      }
      #expect(failure == .failed("GET /a: the call was given up"))
      #expect(await becomesTrue { server.open == 0 })
    }
  }

  @Test func aLongBodyWaitsInTheSocket() async throws {
    let body = String(repeating: "x", count: 30_000_000)
    try await withLines({ _, _, _ in StoreLineTests.whole(body) }) { lines, _ in
      let response = try await StoreLineTests.get(lines)
      // Time in which a connection that does not hold back would have it all.
      try await Task.sleep(nanoseconds: 200_000_000)
      #expect(try await response.collect(limit: 30_000_000).count == 30_000_000)
    }
  }

  @Test func theyWorkThroughTLSAndCheckWhoAnswers() async throws {
    let folder = try TemporaryFolder()
    let certificate = try TestCertificate(in: folder.path)
    let server = try await KeptServer(security: certificate.server) { _, number, _ in
      StoreLineTests.whole(String(repeating: "\(number)", count: 200_000))
    }
    let endpoint = try Endpoint("https://localhost:\(server.port)")
    var tls = TLSConfiguration.makeClientConfiguration()
    let strangers = StoreLineSet(endpoint, tls: tls)
    tls.trustRoots = .certificates([certificate.certificate])
    let friends = StoreLineSet(endpoint, tls: tls)
    try await onLoop {
      for number in 0..<3 {
        let response = try await StoreLineTests.get(friends)
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 200_000, alignment: 1)
        defer { buffer.deallocate() }
        try await response.fill(buffer)
        #expect(buffer.allSatisfy { $0 == UInt8(ascii: "0") + UInt8(number) })
      }
      await #expect(throws: OriginError.self) { try await StoreLineTests.get(strangers) }
    }
    #expect(server.requests == 3)
    await friends.shutdown()
    await strangers.shutdown()
    try await server.stop()
  }
}

/// A certificate of its own authority for `localhost`, made by openssl.
struct TestCertificate {
  let certificate: NIOSSLCertificate
  let server: NIOSSLContext

  init(in folder: String) throws {
    let (key, file) = ("\(folder)/key.pem", "\(folder)/certificate.pem")
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/openssl")
    process.arguments = [
      "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout",
      key,
      "-out", file, "-days", "2", "-subj", "/CN=localhost", "-addext",
      "subjectAltName=DNS:localhost",
    ]
    process.standardError = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    certificate = try #require(try NIOSSLCertificate.fromPEMFile(file).first)
    server = try NIOSSLContext(
      configuration: .makeServerConfiguration(
        certificateChain: [.certificate(certificate)],
        privateKey: .privateKey(try NIOSSLPrivateKey(file: key, format: .pem))))
  }
}
