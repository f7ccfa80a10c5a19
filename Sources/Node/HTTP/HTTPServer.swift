public import NIOCore
internal import NIOPosix
internal import Synchronization

/// An HTTP/1.1 server on a group of event loops.
public final class HTTPServer: Sendable {
  private let listener: any Channel
  private let loops: [HTTPLoop]
  private let isShut = Mutex(false)

  private init(listener: any Channel, loops: [HTTPLoop]) {
    self.listener = listener
    self.loops = loops
  }

  /// Listens on `place`; connections are spread over the group's loops.
  ///
  /// - Parameter handler: Makes the handler of a connection, on its loop. Connections of one loop may
  ///   share a handler.
  public static func bind(
    to place: NodeConfiguration.SocketPlace, group: any EventLoopGroup,
    limits: HTTPLimits = HTTPLimits(),
    handler: @escaping @Sendable (any EventLoop) -> any HTTPRequestHandler
  ) async throws(HTTPServerError) -> HTTPServer {
    let siblings = Siblings()
    let loops = group.makeIterator().map { loop in
      HTTPLoop(loop, limits: limits) { siblings.open }
    }
    siblings.counters = loops.map(\.counters)
    let byLoop = Dictionary(
      uniqueKeysWithValues: loops.map { (ObjectIdentifier($0.loop), $0) })
    let bootstrap = ServerBootstrap(group: group)
      .serverChannelOption(.backlog, value: 4096)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .serverChannelOption(.maxMessagesPerRead, value: 64)
      .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
      .childChannelOption(.allowRemoteHalfClosure, value: true)
      .childChannelOption(.maxMessagesPerRead, value: 1)
      // A socket that is full is left until it has room: trying again at once sends crumbs.
      .childChannelOption(.writeSpin, value: 0)
      .childChannelOption(.recvAllocator, value: HTTPReceiveBuffers.heads)
      .childChannelOption(
        .writeBufferWaterMark, value: .init(low: 64 << 10, high: 256 << 10)
      )
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          guard let shared = byLoop[ObjectIdentifier(channel.eventLoop)] else {
            preconditionFailure("a connection is on a loop of its server's group")
          }
          let connection = HTTPConnection(shared: shared, handler: handler(channel.eventLoop))
          try channel.pipeline.syncOperations.addHandler(connection)
        }
      }
    do {
      let listener = try await bootstrap.bind(host: place.host, port: place.port).get()
      return HTTPServer(listener: listener, loops: loops)
    } catch {
      throw HTTPServerError(
        "cannot listen on \(place.host):\(place.port): \(error); choose an address of this machine "
          + "and a free port")
    }
  }

  /// The port that clients connect to.
  public var port: Int { listener.localAddress?.port ?? 0 }

  /// The sum over all loops. Any thread may ask.
  public var counters: HTTPCounters {
    var sum = HTTPCounters()
    for loop in loops { loop.counters.add(to: &sum) }
    return sum
  }

  /// Stops listening, closes idle connections, and gives exchanges that are under way `limit` to end;
  /// then closes what is left.
  public func shutdown(within limit: TimeAmount = .seconds(30)) async {
    guard
      isShut.withLock({ isShut in
        isShut
          ? false
          : {
            isShut = true; return true
          }()
      })
    else { return }
    try? await listener.close().get()
    for loop in loops { _ = try? await loop.loop.submit { loop.drain() }.get() }
    let end = NIODeadline.now() + limit
    while counters.openConnections > 0, NIODeadline.now() < end {
      try? await Task.sleep(nanoseconds: 10_000_000)
    }
    for loop in loops { _ = try? await loop.loop.submit { loop.closeAll() }.get() }
  }

  /// Sums up open connections for loops that are not all there yet when the first is made.
  private final class Siblings: @unchecked Sendable {
    /// Written once, before the first connection.
    var counters: [HTTPLoopCounters] = []
    var open: UInt64 { counters.reduce(0) { $0 + $1.open } }
  }
}

/// A server cannot be started: a sentence that says why and what to do.
public struct HTTPServerError: Error, Equatable, CustomStringConvertible {
  public var description: String
  public init(_ description: String) { self.description = description }
}
