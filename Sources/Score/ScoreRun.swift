internal import AsyncHTTPClient
internal import NIOCore
internal import NIOPosix
internal import Synchronization

/// Replays a trace at a cache.
public struct ScoreRun: Sendable {
  private let layout: ObjectLayout
  private let settings: ScoreSettings

  /// A replay of the layout's trace.
  ///
  /// Throws `ScoreError` where the settings contradict each other or the trace.
  public init(_ layout: ObjectLayout, _ settings: ScoreSettings) throws(ScoreError) {
    guard (1...65_536).contains(settings.clients) else {
      throw ScoreError("--clients \(settings.clients): use 1 to 65536")
    }
    guard (0..<layout.trace.count).contains(settings.warmup) else {
      throw ScoreError(
        "--warmup \(settings.warmup): use fewer than the \(layout.trace.count) requests replayed")
    }
    if let speed = settings.speed {
      guard speed > 0, speed.isFinite else { throw ScoreError("--speed \(speed): use more than 0") }
      guard !layout.trace.times.isEmpty else {
        throw ScoreError(
          "\(layout.trace.name): tells no times; leave --speed out, so that a request is sent when "
            + "one before it is answered")
      }
    }
    guard settings.listen != nil || settings.hitHeader != nil else {
      throw ScoreError(
        "nothing tells hits from misses: give --listen 127.0.0.1:9000 and make that the cache's "
          + "origin, or --hit-header 'X-Cache: HIT' if the cache says it")
    }
    if settings.origin != nil, settings.listen == nil {
      throw ScoreError(
        "--origin needs --listen, the address at which the cache finds it; leave it out otherwise")
    }
    self.layout = layout
    self.settings = settings
  }

  /// Replays until the trace's end or until `isWanted` says no, which it is asked now and then.
  ///
  /// `listening` hears the own origin's address before anything is sent; `progress` hears of requests
  /// that have ended.
  public func run(
    isWanted: @escaping @Sendable () -> Bool = { true },
    listening: (String) -> Void = { _ in },
    progress: @escaping @Sendable (_ done: Int, _ hits: Int) -> Void = { _, _ in }
  ) async throws -> ScoreReport {
    let client = HTTPClient(
      eventLoopGroupProvider: .singleton, configuration: clientConfiguration)
    do {
      let report = try await run(client, isWanted, listening, progress)
      try await client.shutdown()
      return report
    } catch {
      try? await client.shutdown()
      throw error
    }
  }

  private var clientConfiguration: HTTPClient.Configuration {
    var configuration = HTTPClient.Configuration()
    configuration.timeout = .init(
      connect: .seconds(5), read: .seconds(Int64(settings.timeoutSeconds)))
    configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = max(
      256, settings.clients)
    // A connection that cannot be made is told at once, not after tries of our own.
    configuration.connectionPool.retryConnectionEstablishment = false
    configuration.redirectConfiguration = .disallow
    configuration.httpVersion = .http1Only
    configuration.decompression = .disabled
    return configuration
  }

  private func run(
    _ client: HTTPClient, _ isWanted: @escaping @Sendable () -> Bool,
    _ listening: (String) -> Void, _ progress: @escaping @Sendable (Int, Int) -> Void
  ) async throws -> ScoreReport {
    let ledger = OriginLedger(blocks: settings.listen == nil ? 0 : layout.trace.blocks)
    var origin: CountingOrigin?
    if let listen = settings.listen {
      let behind = settings.origin.map { ForwardedOrigin(client: client, url: $0) }
      let made = try await CountingOrigin(
        host: listen.host, port: listen.port, layout: layout, ledger: ledger, behind: behind)
      listening(made.address)
      origin = made
    }
    let pace = ScorePace(
      layout: layout, settings: settings, ledger: settings.listen == nil ? nil : ledger,
      client: ScoreClient(client: client, layout: layout, settings: settings), progress: progress)
    let server = origin
    await withTaskGroup { group in
      group.addTask { await server?.serve() }
      group.addTask { await pace.replay(while: isWanted) }
      // The server ends only when it is told to; without one, its task has ended already.
      if server == nil { _ = await group.next() }
      _ = await group.next()
      group.cancelAll()
    }
    return try pace.report(origin: settings.listen == nil ? nil : ledger.counts)
  }
}
