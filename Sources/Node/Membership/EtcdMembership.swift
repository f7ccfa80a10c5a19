public import Logging
internal import Synchronization
public import TarnCore

/// The cell's members as etcd has them: every node keeps a key PREFIX/ordinal under a lease of some
/// seconds, and watches all of them.
///
/// No request of a client ever waits for etcd. While it can't be reached the members stay as they
/// are, and when it comes back everything is listed anew. A node whose own lease was lost, because
/// etcd was gone for longer than the lease lasts, registers again under its ordinal.
public final class EtcdMembership: Membership {
  private struct State {
    var held: EtcdRegistration.Held?
    var confirmed = Instant.zero
    /// Keeps this node's own key.
    var keeper: Task<Void, Never>?
    var watcher: Task<Void, Never>?
  }

  private let registration: EtcdRegistration
  private let wanted: UInt16?
  private let now: @Sendable () -> Instant
  private let logger: Logger
  private let state = Mutex(State())

  /// The members under `prefix`.
  ///
  /// - Parameters:
  ///   - own: this node; its ordinal is taken from `ordinal` or from etcd.
  ///   - ordinal: the ordinal to take; nil for any that is free.
  ///   - ttlSeconds: how long the others count on a node that has stopped without a word.
  public init(
    endpoints: [String], prefix: String, own: MemberPlace, ordinal: UInt16?, capacity: Int,
    ttlSeconds: Int = 10, now: @escaping @Sendable () -> Instant, logger: Logger
  ) {
    var random = SystemRandomNumberGenerator()
    registration = EtcdRegistration(
      client: EtcdClient(endpoints), prefix: prefix.hasSuffix("/") ? prefix : prefix + "/",
      me: EtcdMember(
        host: own.place.host, port: own.place.port, weight: own.member.weight,
        rack: own.member.rack, zone: own.member.zone,
        instance: String(random.next() as UInt64, radix: 16)),
      capacity: capacity, ttlSeconds: Int64(ttlSeconds))
    wanted = ordinal
    self.now = now
    self.logger = logger
  }

  /// When etcd last confirmed the members.
  public var confirmedAt: Instant { state.withLock { $0.confirmed } }

  /// Takes this node's ordinal, before anything is started that has to know it, and keeps it from
  /// now on: the node may take long to start. Throws a sentence if there is none to be had; a node
  /// with a configured ordinal may start all the same. Call `stop` in any case.
  public func register() async throws -> NodeID {
    let held = try await registration.register(wanted)
    state.withLock { $0.held = held }
    keepRegistered()
    return NodeID(held.ordinal)
  }

  public func start(onChange: @escaping @Sendable ([MemberPlace]) -> Void) async {
    keepRegistered()
    state.withLock { $0.watcher = Task { await self.watch(onChange) } }
  }

  private func keepRegistered() {
    state.withLock { state in
      if state.keeper == nil { state.keeper = Task { await self.stayRegistered() } }
    }
  }

  public func stop() async {
    await stop(keepingKey: false)
  }

  /// Stops; with `keepingKey` as if the node had died: the key stays until its lease ends.
  func stop(keepingKey: Bool) async {
    let tasks = state.withLock { [$0.keeper, $0.watcher] }
    for task in tasks { task?.cancel() }
    for task in tasks { await task?.value }
    let held = state.withLock { $0.held }
    if let held, !keepingKey { await registration.revoke(held.lease) }
    await registration.client.shutdown()
  }

  // MARK: This node's own key

  private func stayRegistered() async {
    var complaint = ""
    let interval = Duration.seconds(registration.ttlSeconds) / 3
    while !Task.isCancelled {
      do throws(EtcdError) {
        try await renew()
        complaint = ""
      } catch {
        // A sentence for each trouble, not for each attempt.
        if "\(error)" != complaint, !Task.isCancelled { logger.error("not registered: \(error)") }
        complaint = "\(error)"
      }
      try? await Task.sleep(for: interval)
    }
  }

  private func renew() async throws(EtcdError) {
    let held = state.withLock { $0.held }
    if let held, try await registration.keepAlive(held.lease) { return }
    // The core has its ordinal for life: only that one will do.
    let again = try await registration.register(held?.ordinal ?? wanted)
    if held != nil {
      logger.warning("the lease in etcd was lost: node \(again.ordinal) registered again")
    }
    state.withLock { $0.held = again }
  }

  // MARK: All keys

  private func watch(_ onChange: @Sendable ([MemberPlace]) -> Void) async {
    var watched = EtcdWatch(registration.client, prefix: registration.prefix)
    var known: [MemberPlace]?
    var complaint = ""
    var wait = Duration.milliseconds(50)
    while !Task.isCancelled {
      do throws(EtcdError) {
        try await watched.follow { members in
          self.state.withLock { $0.confirmed = self.now() }
          complaint = ""
          wait = .milliseconds(50)
          guard members != known else { return }
          known = members
          onChange(members)
        }
      } catch {
        if Task.isCancelled { return }
        if "\(error)" != complaint { logger.warning("the members stay as they are: \(error)") }
        complaint = "\(error)"
      }
      try? await Task.sleep(for: wait)
      wait = min(wait * 2, .seconds(2))
    }
  }
}
