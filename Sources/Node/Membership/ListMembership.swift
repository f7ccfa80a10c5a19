public import Logging
internal import Synchronization
public import TarnCore

/// A list of addresses in the configuration: a node's ordinal is its place in the list, and all are
/// members, whether they answer or not. Their racks, zones and weights are learned from the nodes
/// themselves as they come up; until then they count as the largest nodes of rack 0.
public final class ListMembership: Membership {
  private let places: [NodeConfiguration.SocketPlace]
  private let own: Member
  private let everyNanoseconds: Nanoseconds
  private let logger: Logger
  private let acquaintances: Acquaintances
  private let task = Mutex<Task<Void, Never>?>(nil)

  /// Watches `places`, of which the one at this node's ordinal is this node.
  ///
  /// - Parameters:
  ///   - greet: asks who is there (`PeerPool.greet`).
  ///   - everyNanoseconds: how often nodes that have not answered are asked.
  public init(
    _ places: [NodeConfiguration.SocketPlace], own: Member,
    greet: @escaping @Sendable (NodeConfiguration.SocketPlace) async throws -> PeerGreeting,
    now: @escaping @Sendable () -> Instant, everyNanoseconds: Nanoseconds = 2_000_000_000,
    logger: Logger
  ) {
    self.places = places
    self.own = own
    self.everyNanoseconds = everyNanoseconds
    self.logger = logger
    acquaintances = Acquaintances(
      greet: greet, now: now, refreshNanoseconds: max(60_000_000_000, everyNanoseconds),
      logger: logger)
  }

  /// A list needs no confirmation.
  public var confirmedAt: Instant { .never }

  public func start(onChange: @escaping @Sendable ([MemberPlace]) -> Void) async {
    var known = members(knowing: [:])
    onChange(known)
    let watch = Task {
      while !Task.isCancelled {
        let others = places.indices.filter { $0 != Int(own.node.ordinal) }.map { places[$0] }
        let now = members(knowing: await acquaintances.meet(others))
        if now != known { onChange(now) }
        known = now
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

  private func members(
    knowing greetings: [NodeConfiguration.SocketPlace: PeerGreeting]
  ) -> [MemberPlace] {
    places.enumerated().map { index, place in
      let node = NodeID(UInt16(clamping: index))
      if node == own.node { return MemberPlace(own, at: place) }
      guard let member = greetings[place]?.member else {
        return MemberPlace(Member(node: node), at: place)
      }
      guard member.node == node else {
        logger.error(
          "\(place.host):\(place.port) is number \(index) of cell.list and says that it is node \(member.node.ordinal): correct its cell.ordinal, or the list"
        )
        return MemberPlace(Member(node: node), at: place)
      }
      return MemberPlace(member, at: place)
    }
  }
}
