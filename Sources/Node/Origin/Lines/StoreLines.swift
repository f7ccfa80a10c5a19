internal import NIOCore
internal import NIOPosix
internal import NIOSSL

/// The connections of one event loop to one store. Confined to the loop.
final class StoreLines: @unchecked Sendable {
  /// Connections at once; more requests wait for their turn.
  static let most = 256
  private static let connectTime = TimeAmount.seconds(2)
  /// Silence after which a store is given up, and idleness after which a connection is closed.
  private static let silence = TimeAmount.seconds(10)
  private static let idleTime = TimeAmount.seconds(50)

  let loop: any EventLoop
  private let host: String
  private let port: Int
  private let security: NIOSSLContext?
  /// The one used last at the end.
  private var idle: [StoreLine] = []
  private var busy: [ObjectIdentifier: StoreLine] = [:]
  /// Connections that are being made.
  private var opening = 0
  private var waiting = CircularBuffer<CheckedContinuation<Void, Never>>()
  private var ticking: RepeatedTask?
  private var isShut = false

  init(_ loop: any EventLoop, host: String, port: Int, security: NIOSSLContext?) {
    self.loop = loop
    self.host = host
    self.port = port
    self.security = security
  }

  /// A connection for one exchange; the one that was used last, or a new one.
  func take() async throws(OriginError) -> StoreLine {
    while idle.isEmpty, busy.count + opening >= StoreLines.most {
      await withCheckedContinuation { waiting.append($0) }
      guard !Task.isCancelled else {
        callNext()
        throw .failed("the call was given up")
      }
    }
    while let line = idle.popLast() {
      guard line.isReusable else { continue }
      busy[ObjectIdentifier(line)] = line
      return line
    }
    return try await open()
  }

  private func open() async throws(OriginError) -> StoreLine {
    let line = StoreLine(loop, isSecure: security != nil)
    opening += 1
    defer { opening -= 1 }
    do {
      let name = security == nil ? nil : StoreLines.serverName(host)
      let security = security
      _ = try await ClientBootstrap(group: loop)
        .connectTimeout(StoreLines.connectTime)
        .channelOption(.tcpOption(.tcp_nodelay), value: 1)
        .channelOption(.maxMessagesPerRead, value: 1)
        .channelOption(.recvAllocator, value: ReceiveAllocator(buffers: line.buffers))
        .channelInitializer { channel in
          channel.eventLoop.makeCompletedFuture {
            if let security {
              try channel.pipeline.syncOperations.addHandler(
                try NIOSSLClientHandler(context: security, serverHostname: name))
            }
            try channel.pipeline.syncOperations.addHandler(line)
          }
        }
        .connect(host: host, port: port).get()
    } catch {
      callNext()
      throw .failed("no connection: \(error)")
    }
    guard !isShut else {
      line.close("the node ends")
      throw .failed("the node ends")
    }
    busy[ObjectIdentifier(line)] = line
    startTicking()
    return line
  }

  /// Addresses are no names that TLS can ask for.
  private static func serverName(_ host: String) -> String? {
    (try? SocketAddress(ipAddress: host, port: 0)) == nil ? host : nil
  }

  /// The exchange is over. `isWhole` if all of the answer was read and more may follow.
  func giveBack(_ line: StoreLine, isWhole: Bool) {
    busy[ObjectIdentifier(line)] = nil
    if isWhole, line.isReusable, !isShut {
      idle.append(line)
    } else {
      line.close("the exchange is over")
    }
    callNext()
  }

  private func callNext() { waiting.popFirst()?.resume() }

  // MARK: Time

  private func startTicking() {
    guard ticking == nil else { return }
    ticking = loop.scheduleRepeatedTask(initialDelay: .seconds(1), delay: .seconds(1)) {
      [weak self] task in
      guard let self else { return task.cancel() }
      tick(.now())
    }
  }

  private func tick(_ now: NIODeadline) {
    for line in busy.values where line.lastUse + StoreLines.silence < now {
      line.close("no byte came for \(StoreLines.silence.nanoseconds / 1_000_000_000) seconds")
    }
    // The longest unused come first.
    let kept = idle.firstIndex { $0.isReusable && $0.lastUse + StoreLines.idleTime >= now }
    for line in idle[..<(kept ?? idle.endIndex)] { line.close("it was not used") }
    idle.removeFirst(kept ?? idle.count)
    if idle.isEmpty, busy.isEmpty {
      ticking?.cancel()
      ticking = nil
    }
  }

  /// Closes all connections.
  func shutdown() {
    isShut = true
    ticking?.cancel()
    for line in idle + busy.values { line.close("the node ends") }
    idle.removeAll()
    while let next = waiting.popFirst() { next.resume() }
  }
}
