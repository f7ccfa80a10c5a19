internal import Logging
internal import NIOCore
internal import Synchronization
internal import TarnCore

/// What all links of a node share.
final class PeerContext: Sendable {
  let configuration: PeerConfiguration
  let group: any EventLoopGroup
  let delegate: any PeerDelegate
  let places: PeerPlaces
  let tally: PeerTally
  let questions: PeerQuestions
  let returns = ReturnPaths()
  let logger: Logger
  /// Says hello for this node; each link adds its own nonce.
  private let hello: Hello
  private let scratches = Mutex<[ObjectIdentifier: ReceiveBuffers.Scratch]>([:])
  private let links = Mutex<[ObjectIdentifier: PeerLink]>([:])
  private let isClosing = Atomic<Bool>(false)

  init(
    _ configuration: PeerConfiguration, advertising place: NodeConfiguration.SocketPlace,
    group: any EventLoopGroup, delegate: any PeerDelegate, places: PeerPlaces, tally: PeerTally,
    questions: PeerQuestions, logger: Logger
  ) {
    self.configuration = configuration
    self.group = group
    self.delegate = delegate
    self.places = places
    self.tally = tally
    self.questions = questions
    self.logger = logger
    hello = Hello(
      ordinal: configuration.own.node.ordinal, incarnation: configuration.incarnation,
      shards: UInt16(configuration.shards), capacity: UInt16(configuration.capacity),
      blockBytes: configuration.blockBytes, rack: configuration.own.rack,
      zone: configuration.own.zone, weight: configuration.own.weight,
      hasSecret: configuration.secret != nil, place: place, nonce: [], cell: configuration.cell)
  }

  func makeHello(lane: Int, isGreeting: Bool) -> Hello {
    var hello = hello
    var random = SystemRandomNumberGenerator()
    hello.nonce = (0..<Hello.nonceSize).map { _ in UInt8.random(in: .min ... .max, using: &random) }
    hello.lane = UInt8(lane)
    hello.isGreeting = isGreeting
    return hello
  }

  /// The scratch memory of an event loop.
  func scratch(of loop: any EventLoop) -> ReceiveBuffers.Scratch {
    scratches.withLock { scratches in
      if let scratch = scratches[ObjectIdentifier(loop)] { return scratch }
      let scratch = ReceiveBuffers.Scratch()
      scratches[ObjectIdentifier(loop)] = scratch
      return scratch
    }
  }

  /// Remembers a link so that `close` finds it; false if it comes too late.
  func register(_ link: PeerLink) -> Bool {
    links.withLock { $0[ObjectIdentifier(link)] = link }
    return !isClosing.load(ordering: .acquiring)
  }
  func unregister(_ link: PeerLink) { links.withLock { $0[ObjectIdentifier(link)] = nil } }

  /// Closes every link, and returns when all are gone.
  func close() async {
    isClosing.store(true, ordering: .releasing)
    for link in links.withLock({ Array($0.values) }) { await link.close() }
  }
}

/// The parts of the node that peers' messages touch.
struct PeerPlaces: Sendable {
  /// The shard of a block.
  var shard: @Sendable (BlockKey) -> Int
  /// A tenant's salt; nil if there is no such tenant here.
  var salt: @Sendable (TenantID) -> TenantSalt?
  /// The node's monotonic clock.
  var now: @Sendable () -> Instant
}
