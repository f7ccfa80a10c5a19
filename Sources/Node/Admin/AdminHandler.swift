internal import NIOCore

/// What the pages of the admin port show.
public struct AdminPages: Sendable {
  public var metrics: MetricsRegistry
  public var readiness: Readiness
  public var pulse: LoopPulse
  /// The configuration in effect as YAML, without its secrets.
  public var configuration: @Sendable () -> String

  public init(
    metrics: MetricsRegistry, readiness: Readiness, pulse: LoopPulse,
    configuration: @escaping @Sendable () -> String
  ) {
    self.metrics = metrics
    self.readiness = readiness
    self.pulse = pulse
    self.configuration = configuration
  }
}

/// The admin port: `/metrics` for Prometheus, `/healthz` and `/readyz` for Kubernetes, `/config` for
/// people. Nothing there changes the node.
public final class AdminHandler: HTTPRequestHandler {
  private let pages: AdminPages
  private static let paths = "/metrics, /healthz, /readyz and /config"

  public init(_ pages: AdminPages) { self.pages = pages }

  public func handle(_ head: HTTPRequestHead, _ exchange: any HTTPExchange) {
    let page: (any HTTPExchange) -> Void
    switch head.path {
    case "/metrics": page = metrics
    case "/healthz": page = health
    case "/readyz": page = readiness
    case "/config":
      page = { self.respond($0, 200, self.pages.configuration(), type: "application/yaml") }
    default: return respond(exchange, 404, "There is no such page; there are \(Self.paths).\n")
    }
    guard head.method == "GET" || head.method == "HEAD" else {
      return respond(
        exchange, 405, "Pages of the admin port are read by GET.\n", more: [("allow", "GET, HEAD")])
    }
    page(exchange)
  }

  private func metrics(_ exchange: any HTTPExchange) {
    let loop = exchange.loop
    let bound = NIOLoopBound((self, exchange), eventLoop: loop)
    let registry = pages.metrics
    Task {
      let text = await registry.exposition()
      loop.execute {
        let (handler, exchange) = bound.value
        handler.respond(exchange, 200, text, type: TextExposition.contentType)
      }
    }
  }

  /// A process that answers lives, unless one of its loops is stuck: then a restart is the cure.
  private func health(_ exchange: any HTTPExchange) {
    let complaints = pages.pulse.complaints
    guard !complaints.isEmpty else { return respond(exchange, 200, "ok\n") }
    respond(exchange, 503, complaints.map { $0 + "\n" }.joined())
  }

  private func readiness(_ exchange: any HTTPExchange) {
    let report = pages.readiness.report
    respond(exchange, report.isReady ? 200 : 503, report.json, type: "application/json")
  }

  private func respond(
    _ exchange: any HTTPExchange, _ status: Int, _ text: String,
    type: String = "text/plain; charset=utf-8", more: [(name: String, value: String)] = []
  ) {
    guard !exchange.isOver else { return }
    let head = HTTPResponseHead(
      status: status, headers: [("content-type", type), ("cache-control", "no-store")] + more,
      contentLength: UInt64(text.utf8.count))
    exchange.respond(head, body: ByteBuffer(string: text))
  }
}
