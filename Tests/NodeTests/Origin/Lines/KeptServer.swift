import NIOCore
import NIOPosix
import NIOSSL
import Synchronization

@testable import TarnNode

/// A server on loopback that keeps its connections, and answers as it is told.
final class KeptServer: Sendable {
  struct Answer: Sendable {
    /// Sent one after the other, a millisecond apart.
    var pieces: [String]
    /// Closes the connection behind them.
    var closes = false

    init(_ pieces: String..., closes: Bool = false) {
      self.pieces = pieces
      self.closes = closes
    }
  }
  /// Answers request `number` of connection `connection`, both counted from 0.
  typealias Script = @Sendable (_ connection: Int, _ number: Int, _ head: String) -> Answer

  private let channel: any Channel
  private let counts: Counts
  var port: Int { channel.localAddress?.port ?? 0 }
  /// Connections that were ever made, and requests that have come.
  var connections: Int { counts.state.withLock { $0.connections } }
  var requests: Int { counts.state.withLock { $0.requests } }
  /// Connections that are open now.
  var open: Int { counts.state.withLock { $0.open } }

  init(security: NIOSSLContext? = nil, _ script: @escaping Script) async throws {
    let counts = Counts()
    self.counts = counts
    channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          if let security {
            try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: security))
          }
          let number = counts.state.withLock { counts in
            counts.connections += 1
            counts.open += 1
            return counts.connections - 1
          }
          try channel.pipeline.syncOperations.addHandler(Answerer(number, counts, script))
        }
      }
      .bind(host: "127.0.0.1", port: 0).get()
  }

  func stop() async throws { try await channel.close() }

  private final class Counts: Sendable {
    let state = Mutex((connections: 0, requests: 0, open: 0))
  }

  private final class Answerer: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer
    private let connection: Int
    private let counts: Counts
    private let script: Script
    private var number = 0
    private var head: [UInt8] = []

    init(_ connection: Int, _ counts: Counts, _ script: @escaping Script) {
      self.connection = connection
      self.counts = counts
      self.script = script
    }

    func channelInactive(context: ChannelHandlerContext) {
      counts.state.withLock { $0.open -= 1 }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
      context.close(promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
      head += unwrapInboundIn(data).readableBytesView
      guard head.suffix(4) == Array("\r\n\r\n".utf8)[...] else { return }
      let answer = script(connection, number, String(decoding: head, as: UTF8.self))
      counts.state.withLock { $0.requests += 1 }
      number += 1
      head = []
      send(answer, from: 0, context)
    }

    private func send(_ answer: Answer, from index: Int, _ context: ChannelHandlerContext) {
      guard index < answer.pieces.count else {
        if answer.closes { context.close(promise: nil) }
        return
      }
      let bytes = ByteBuffer(string: answer.pieces[index])
      context.writeAndFlush(wrapOutboundOut(bytes), promise: nil)
      context.eventLoop.assumeIsolated().scheduleTask(in: .milliseconds(1)) { [self] in
        send(answer, from: index + 1, context)
      }
    }
  }
}

/// Runs `body` as the node reads its origins: on an event loop.
func onLoop<Result>(_ body: () async throws -> Result) async throws -> Result {
  let loop = MultiThreadedEventLoopGroup.singleton.next()
  return try await withTaskExecutorPreference(LoopExecutor(loop)) { try await body() }
}
