import NIOCore
import NIOHTTP1
import NIOPosix
import Payloads

/// SwiftNIO's channel handlers behind NIOHTTP1's parser and encoder, on one event loop.
@main
struct NIOServer {
  static func main() async throws {
    let payloads = try Payloads(arguments: CommandLine.arguments)
    let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    let listener = try await ServerBootstrap(group: group)
      .serverChannelOption(.backlog, value: 4096)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          let pipeline = channel.pipeline.syncOperations
          try pipeline.configureHTTPServerPipeline(withPipeliningAssistance: false)
          try pipeline.addHandler(Answers(payloads.byPath))
        }
      }
      .bind(host: "127.0.0.1", port: payloads.port).get()
    try await listener.closeFuture.get()
  }
}

/// Answers GETs of known paths.
private final class Answers: ChannelInboundHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias OutboundOut = HTTPServerResponsePart
  private let payloads: [String: ByteBuffer]
  private var path = ""

  init(_ payloads: [String: ByteBuffer]) { self.payloads = payloads }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .head(let head): path = head.uri
    case .body: break
    case .end: answer(context)
    }
  }

  private func answer(_ context: ChannelHandlerContext) {
    let payload = payloads[path]
    var head = HTTPResponseHead(version: .http1_1, status: payload == nil ? .notFound : .ok)
    head.headers.add(name: "Content-Type", value: "application/octet-stream")
    head.headers.add(name: "Content-Length", value: "\(payload?.readableBytes ?? 0)")
    context.write(wrapOutboundOut(.head(head)), promise: nil)
    if let payload { context.write(wrapOutboundOut(.body(.byteBuffer(payload))), promise: nil) }
    context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
  }
}
