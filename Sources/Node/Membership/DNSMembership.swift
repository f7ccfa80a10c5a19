public import Logging
internal import Synchronization
public import TarnCore

/// The addresses that a name has, as a headless service of Kubernetes gives them. An address is a
/// member once the node there has said who it is, and leaves some time after the name has lost it.
///
/// Each node greets every other one, once a minute: good for cells of some hundred nodes. Larger ones
/// take etcd, where a node says once for all who it is.
public final class DNSMembership: Membership {
  /// The addresses of a name. Throws a sentence if it has none or can't be asked.
  public typealias Resolve = @Sendable (_ name: String) async throws -> [String]

  private struct Address {
    var lastSeen: Instant
    var isListed: Bool
  }

  private let name: String
  private let port: Int
  private let everyNanoseconds: Nanoseconds
  private let graceNanoseconds: Nanoseconds
  private let resolve: Resolve
  private let now: @Sendable () -> Instant
  private let logger: Logger
  private let acquaintances: Acquaintances
  private let task = Mutex<Task<Void, Never>?>(nil)
  private let confirmed = Mutex(Instant.zero)

  /// Watches the addresses of `name`; peers listen at `port`.
  ///
  /// - Parameters:
  ///   - everyNanoseconds: how often the name is asked for.
  ///   - graceNanoseconds: how long an address stays that the name has lost.
  ///   - resolve: asks for a name (`SystemResolver.addresses`).
  ///   - greet: asks who is there (`PeerPool.greet`).
  public init(
    name: String, port: Int, everyNanoseconds: Nanoseconds,
    graceNanoseconds: Nanoseconds = 30_000_000_000, resolve: @escaping Resolve,
    greet: @escaping @Sendable (NodeConfiguration.SocketPlace) async throws -> PeerGreeting,
    now: @escaping @Sendable () -> Instant, logger: Logger
  ) {
    self.name = name
    self.port = port
    self.everyNanoseconds = everyNanoseconds
    self.graceNanoseconds = graceNanoseconds
    self.resolve = resolve
    self.now = now
    self.logger = logger
    acquaintances = Acquaintances(
      greet: greet, now: now, refreshNanoseconds: max(60_000_000_000, everyNanoseconds),
      logger: logger)
  }

  /// When the name was last resolved.
  public var confirmedAt: Instant { confirmed.withLock { $0 } }

  public func start(onChange: @escaping @Sendable ([MemberPlace]) -> Void) async {
    let watch = Task {
      var addresses: [String: Address] = [:]
      var known: [MemberPlace]?
      while !Task.isCancelled {
        await look(&addresses)
        let members = await members(at: addresses)
        if members != known, !Task.isCancelled { onChange(members) }
        known = members
        try? await Task.sleep(for: .nanoseconds(everyNanoseconds))
      }
    }
    task.withLock { $0 = watch }
  }

  public func stop() async {
    let watch = task.withLock { $0 }
    watch?.cancel()
    await watch?.value
  }

  /// Asks for the name. If that fails everything stays as it was.
  private func look(_ addresses: inout [String: Address]) async {
    let listed: [String]
    do {
      listed = try await resolve(name)
    } catch {
      logger.warning("the members stay as they are: \(error)")
      return
    }
    let time = now()
    confirmed.withLock { $0 = time }
    for address in addresses.keys { addresses[address]?.isListed = false }
    for address in listed { addresses[address] = Address(lastSeen: time, isListed: true) }
    addresses = addresses.filter { $0.value.lastSeen + graceNanoseconds > time }
  }

  private func members(at addresses: [String: Address]) async -> [MemberPlace] {
    let places = addresses.keys.sorted().map {
      NodeConfiguration.SocketPlace(host: $0, port: port)
    }
    let greetings = await acquaintances.meet(places)
    var chosen: [UInt16: NodeConfiguration.SocketPlace] = [:]
    for place in places {
      guard let greeting = greetings[place] else { continue }
      let ordinal = greeting.member.node.ordinal
      guard let rival = chosen[ordinal], let other = greetings[rival] else {
        chosen[ordinal] = place
        continue
      }
      // A node that moved has two addresses for a while: the new one is listed, and its life is later.
      let rank = (addresses[place.host]?.isListed ?? false, greeting.incarnation)
      let otherRank = (addresses[rival.host]?.isListed ?? false, other.incarnation)
      let isBetter = rank.0 != otherRank.0 ? rank.0 : rank.1 > otherRank.1
      if isBetter { chosen[ordinal] = place }
      if rank.0, otherRank.0 { complain(ordinal, place, rival) }
    }
    return chosen.sorted { $0.key < $1.key }.compactMap { _, place in
      greetings[place].map { MemberPlace($0.member, at: place) }
    }
  }

  private func complain(
    _ ordinal: UInt16, _ one: NodeConfiguration.SocketPlace,
    _ other: NodeConfiguration.SocketPlace
  ) {
    logger.error(
      "\(one.host) and \(other.host) of \(name) both say that they are node \(ordinal): correct cell.ordinal of one"
    )
  }
}
