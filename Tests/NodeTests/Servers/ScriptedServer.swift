import NIOCore
import NIOPosix
import Synchronization

/// A server on loopback that answers each request with the next of its prepared texts, whatever was
/// asked, and closes the connection: for what well-behaved servers never say.
final class ScriptedServer: Sendable {
  private let channel: any Channel
  private let script: Script
  var endpoint: String { "http://127.0.0.1:\(channel.localAddress?.port ?? 0)" }
  /// The requests' heads that have come, line ends as they were.
  var requests: [String] { script.requests }

  /// - Parameter answers: Whole responses; lines may end in `\n` alone.
  init(_ answers: [String]) async throws {
    let script = Script(answers)
    self.script = script
    channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.addHandler(Answerer(script))
        }
      }
      .bind(host: "127.0.0.1", port: 0).get()
  }

  func stop() async throws { try await channel.close() }

  private final class Script: Sendable {
    private let state: Mutex<(answers: ArraySlice<String>, requests: [String])>
    init(_ answers: [String]) { state = Mutex((answers[...], [])) }
    var requests: [String] { state.withLock { $0.requests } }

    func answer(_ request: String) -> String {
      state.withLock { state in
        state.requests.append(request)
        return state.answers.popFirst() ?? "HTTP/1.1 500 Unexpected\ncontent-length: 0\n\n"
      }
    }
  }

  private final class Answerer: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer
    private let script: Script
    private var head: [UInt8] = []
    private var isAnswered = false

    init(_ script: Script) { self.script = script }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
      head += unwrapInboundIn(data).readableBytesView
      let text = String(decoding: head, as: UTF8.self)
      guard !isAnswered, text.utf8.count >= 4, text.contains("\r\n\r\n") else { return }
      isAnswered = true
      let answer = script.answer(text)
      // The head's lines get their CR; the body stays as it is.
      let parts = answer.split(separator: "\n\n", maxSplits: 1, omittingEmptySubsequences: false)
      let lines = parts[0].split(separator: "\n").joined(separator: "\r\n")
      let bytes = ByteBuffer(
        string: "\(lines)\r\nconnection: close\r\n\r\n" + (parts.count > 1 ? parts[1] : ""))
      context.writeAndFlush(wrapOutboundOut(bytes), promise: nil)
      context.close(promise: nil)
    }
  }
}
