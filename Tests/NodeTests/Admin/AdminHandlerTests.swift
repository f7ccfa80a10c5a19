import Glibc
import NIOCore
import NIOPosix
import Synchronization
import Testing

@testable import TarnNode

/// One exchange whose response a test waits for.
private final class AskedExchange: HTTPExchange {
  let loop: any EventLoop
  let answer: EventLoopPromise<(head: HTTPResponseHead, body: String)>
  var isOver = false
  var onClose: (() -> Void)?
  let contentLength: UInt64? = 0

  init(_ loop: any EventLoop) {
    self.loop = loop
    answer = loop.makePromise()
  }

  func body() -> OriginBody { OriginBody { $0.finish() } }
  func respond(_ head: HTTPResponseHead, body: ByteBuffer?) {
    loop.assertInEventLoop()
    precondition(!isOver, "one response to a request")
    isOver = true
    answer.succeed((head, body.map { String(buffer: $0) } ?? ""))
  }
  func begin(_ head: HTTPResponseHead) { preconditionFailure("admin pages are whole") }
  func write(_ slice: PayloadSlice, stays: Bool, flushed: @escaping () -> Void) {}
  func write(_ bytes: ByteBuffer) {}
  func finish() {}
  func abort() { preconditionFailure("admin pages never abort") }
}

@Suite final class AdminHandlerTests {
  private let group = MultiThreadedEventLoopGroup(numberOfThreads: 2)
  private let readiness = Readiness()
  private let registry = MetricsRegistry()
  private let pages: AdminPages

  init() {
    let pulse = LoopPulse([group.next()])
    pages = AdminPages(metrics: registry, readiness: readiness, pulse: pulse) {
      "threads: 2\nsecret: REDACTED\n"
    }
  }

  deinit {
    pages.pulse.stop()
    group.shutdownGracefully { _ in }
  }

  private func ask(
    _ target: String, method: String = "GET", pages: AdminPages? = nil
  ) async throws -> (head: HTTPResponseHead, body: String) {
    let loop = group.next()
    let pages = pages ?? self.pages
    return try await loop.flatSubmit {
      let exchange = AskedExchange(loop)
      AdminHandler(pages).handle(HTTPRequestHead(method: method, target: target), exchange)
      return exchange.answer.futureResult
    }.get()
  }

  @Test func metricsAreServedInPrometheussFormat() async throws {
    registry.collect("node") { NodeSnapshot.full.families }
    let (head, body) = try await ask("/metrics?ignored=1")
    #expect(head.status == 200 && head.contentLength == UInt64(body.utf8.count))
    #expect(
      head.headers.contains {
        $0.name == "content-type" && $0.value == "text/plain; version=0.0.4; charset=utf-8"
      })
    #expect(body.contains("tarn_ready 1\n"))
    #expect(body.contains("tarn_collectors_late{collector=\"node\"} 0\n"))
  }

  @Test func aNodeIsReadyWhenItHasStartedAndUntilItDrains() async throws {
    readiness.block("flash", "recovering 3 shards")
    var (head, body) = try await ask("/readyz")
    #expect(head.status == 503)
    #expect(
      body == """
        {"ready":false,"phase":"starting","reasons":["starting","flash: recovering 3 shards"],\
        "warnings":[]}

        """)
    readiness.clear("flash")
    readiness.enter(.ready)
    (head, body) = try await ask("/readyz")
    #expect(head.status == 200)
    #expect(body == "{\"ready\":true,\"phase\":\"ready\",\"reasons\":[],\"warnings\":[]}\n")
    readiness.enter(.draining)
    readiness.enter(.ready)
    (head, body) = try await ask("/readyz")
    #expect(head.status == 503 && body.contains("\"reasons\":[\"draining\"]"))
  }

  @Test func whatIsDegradedIsListedAndDoesNotMakeTheNodeUnready() async throws {
    readiness.enter(.ready)
    readiness.warn("origin \"s3\"", "connection refused")
    readiness.warn("flash", "device failed 8 writes")
    let (head, body) = try await ask("/readyz")
    #expect(head.status == 200)
    #expect(
      body == """
        {"ready":true,"phase":"ready","reasons":[],"warnings":\
        ["flash: device failed 8 writes","origin \\"s3\\": connection refused"]}

        """)
  }

  @Test func aProcessLivesUnlessALoopIsStuck() async throws {
    #expect(try await ask("/healthz").head.status == 200)
    let stuck = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    let gate = Gate()
    stuck.next().execute { gate.wait() }
    let pulse = LoopPulse([stuck.next()], patience: .milliseconds(10))
    var pages = pages
    pages.pulse = pulse
    while pulse.complaints.isEmpty { try await Task.sleep(for: .milliseconds(5)) }
    let (head, body) = try await ask("/healthz", pages: pages)
    #expect(head.status == 503 && body.hasPrefix("event loop 0 has not run for "))
    pulse.stop()
    gate.open()
    try await stuck.shutdownGracefully()
  }

  @Test func theConfigurationIsShownAsItsOwnerRedactsIt() async throws {
    let (head, body) = try await ask("/config")
    #expect(head.status == 200 && body == "threads: 2\nsecret: REDACTED\n")
    #expect(head.headers.contains { $0.name == "content-type" && $0.value == "application/yaml" })
  }

  @Test func otherPagesAndOtherMethodsAreRefused() async throws {
    for target in ["/", "/metrics/", "/Metrics"] {
      #expect(try await ask(target).head.status == 404, "\(target)")
    }
    let (head, _) = try await ask("/metrics", method: "POST")
    #expect(head.status == 405)
    #expect(head.headers.contains { $0.name == "allow" && $0.value == "GET, HEAD" })
    #expect(try await ask("/readyz", method: "HEAD").head.status == 503)
  }
}

/// Holds a thread until it is opened.
private final class Gate: Sendable {
  private let isOpen = Atomic<Bool>(false)
  func open() { isOpen.store(true, ordering: .releasing) }
  func wait() { while !isOpen.load(ordering: .acquiring) { usleep(1_000) } }
}
