/// The production cache core of one shard: the state machine that ties the rooms together.
///
/// It is told what happened and says what to do, through one entry point, `step`. It has no clock,
/// does no I/O, starts no thread and draws no random number; given the same inputs at the same
/// times it emits the same effects, byte for byte, in the simulator, in the node and on replay.
///
/// ```swift
/// var node = CacheNode(CacheConfiguration(), id: NodeID(7))
/// var effects = Effects()
/// node.step(.view(ClusterViewReference(view)), at: .zero, into: &effects)
/// node.step(.read(request), at: now, into: &effects)
/// effects.drain { perform($0) }
/// ```
public struct CacheNode: ~Copyable {
  // What most steps touch comes first and lies together.
  var decisions = DecisionHash()
  /// The wake that the driver was last asked for.
  private var armedWake = Instant.never
  /// Reads the view of the cell without counting references.
  var handle: ClusterView.Handle?
  /// This node's ordinal in its cell.
  public let id: NodeID
  /// Whether something is left that does not wait for a timer.
  var hasBacklog = false
  private let shared: SharedConfiguration
  var flights: FlightTable
  /// Blocks in memory: resident, filling, draining.
  public internal(set) var memory: CacheTier
  /// Blocks on flash.
  public internal(set) var flash: CacheTier
  /// Where they lie there.
  public internal(set) var flashLog: FlashLog
  var health = PeerHealth()
  var fanOut = FanOut()
  var balance = GiveBalance()
  var memoryFilter: AdmissionFilter
  var flashFilter: AdmissionFilter
  var latency = LatencyEstimate()
  /// What it has counted.
  public internal(set) var counters = CacheCounters()
  var streams = PrefetchStreams()
  var budget = OriginBudget()
  var paths: OriginPaths
  /// The members of the cell.
  private var view: ClusterView?

  /// What the operator decided.
  var configuration: CacheConfiguration {
    @inline(__always) _read { yield shared.value }
  }

  /// A core without blocks and without peers.
  ///
  /// - Parameter incarnation: how often this node has started before, so that answers to an earlier
  ///   life's operations are not taken for answers to this one's.
  /// - Precondition: `problem()` of the configuration is nil.
  public init(_ shared: SharedConfiguration, id: NodeID, incarnation: UInt16 = 0) {
    let configuration = shared.value
    self.id = id
    self.shared = shared
    flights = FlightTable(incarnation: incarnation)
    paths = OriginPaths(configuration.originPaths)
    memory = CacheTier(
      capacityBytes: configuration.memoryBytes, eviction: configuration.memoryEviction,
      quotaPermille: configuration.tenantQuotaPermille)
    let log = FlashLog(
      flashBytes: configuration.flashBytes, segmentBytes: configuration.flashSegmentBytes)
    flash = CacheTier(
      capacityBytes: log.liveByteLimit, eviction: configuration.flashEviction,
      quotaPermille: configuration.tenantQuotaPermille)
    flashLog = log
    memoryFilter = AdmissionFilter(
      configuration.memoryAdmission, capacityBytes: configuration.memoryBytes,
      blockBytesHint: CacheNode.typicalBlockBytes)
    flashFilter = AdmissionFilter(
      configuration.flashAdmission, capacityBytes: configuration.flashBytes,
      blockBytesHint: CacheNode.typicalBlockBytes)
  }

  /// A core with a configuration of its own.
  public init(_ configuration: CacheConfiguration, id: NodeID, incarnation: UInt16 = 0) {
    self.init(SharedConfiguration(configuration), id: id, incarnation: incarnation)
  }

  /// The block size that admission filters are sized for.
  static let typicalBlockBytes: UInt64 = 4 << 20

  /// Everything that this core was told and has said so far, as one number.
  public var decisionHash: UInt64 { decisions.value }

  /// Fetches, writes and moves under way.
  public var flightsUnderWay: Int { Int(flights.count) }

  /// Heap bytes behind this core, besides its own `MemoryLayout<CacheNode>.size`.
  public var residentBytes: Int {
    memory.residentBytes + flash.residentBytes + flashLog.residentBytes + flights.residentBytes
      + fanOut.residentBytes + streams.residentBytes + memoryFilter.residentBytes
      + flashFilter.residentBytes + paths.residentBytes
  }

  /// The one entry point: `input` happened at `now`; what to do about it is appended to `effects`.
  ///
  /// - Parameters:
  ///   - keys: the chain of a prefix look-up, empty otherwise.
  ///   - now: not before the `now` of any earlier step.
  public mutating func step(
    _ input: Input, keys: Span<BlockKey> = Span(), at now: Instant, into effects: inout Effects
  ) {
    let first = effects.count
    decisions.absorb(input, at: now)
    if !keys.isEmpty { decisions.absorb(keys: keys) }
    handle(input, keys: keys, at: now, into: &effects)
    rearm(at: now, into: &effects)
    precondition(
      effects.count - first <= Effects.stepLimit, "a step stays within its limit of effects")
    for index in first..<effects.count { decisions.absorb(effects[index]) }
  }

  private mutating func handle(
    _ input: Input, keys: Span<BlockKey>, at now: Instant, into effects: inout Effects
  ) {
    switch input {
    case .read(let request): read(request, at: now, into: &effects)
    case .message(let message, let peer):
      receive(message, from: peer, keys: keys, at: now, into: &effects)
    case .flashCompleted(let operation, let status):
      flashCompleted(operation, status, at: now, into: &effects)
    case .originCompleted(let operation, let status):
      originCompleted(operation, status, at: now, into: &effects)
    case .wake: wake(at: now, into: &effects)
    case .lookUpPrefix(let request): lookUpPrefix(request, keys: keys, at: now, into: &effects)
    case .put(let request): put(request, at: now, into: &effects)
    case .hint(let hint): startStream(hint, at: now, into: &effects)
    case .pin(let key, let action): pin(key, action)
    case .invalidate(let key): invalidate(key, into: &effects)
    case .view(let reference): adopt(reference, at: now, into: &effects)
    case .recovered(let key, let length, let tenant, let segment, let offset):
      recover(key, length: length, tenant: tenant, segment: segment, offset: offset)
    case .changeEviction(let tier, let eviction):
      switch tier {
      case .memory: memory.changeEviction(eviction)
      case .flash: flash.changeEviction(eviction)
      }
    case .askLeave(let request): askLeave(request, at: now, into: &effects)
    case .originThrottled(let milliseconds):
      originThrottled(retryAfterMilliseconds: milliseconds, at: now, into: &effects)
    }
  }

  /// Asks for one wake, at the earliest time at which anything is due.
  private mutating func rearm(at now: Instant, into effects: inout Effects) {
    let due = hasBacklog ? now : min(flights.earliest, health.nextDeadline)
    guard due != armedWake else { return }
    armedWake = due
    effects.append(.wake(due))
  }

  /// The driver delivered the wake that was asked for.
  private mutating func wake(at now: Instant, into effects: inout Effects) {
    armedWake = .never
    hasBacklog = false
    counters.suspicions += UInt64(
      health.expire(at: now, suspicion: configuration.fetch.suspicionNanoseconds))
    fireTimers(at: now, into: &effects)
    cleanFlash(at: now, into: &effects)
  }

  // MARK: Small inputs

  private mutating func pin(_ key: BlockKey, _ action: PinAction) {
    let slot = memory.find(key)
    guard slot != .none, memory.isReadable(slot) else { return }
    // What was invalidated stays only until its last waiter is served.
    if let flight = deliveringFlight(slot), flights[flight].flags.contains(.invalidated) { return }
    switch action {
    case .pin: _ = memory.pin(slot)
    case .unpin: memory.unpin(slot)
    }
  }

  private mutating func invalidate(_ key: BlockKey, into effects: inout Effects) {
    let slot = memory.find(key)
    if slot != .none {
      let isFilling = !memory.isReadable(slot)
      if let flight = isFilling ? memory.table[slot].next : deliveringFlight(slot) {
        // Those who wait get what they asked for; it stays nowhere.
        flights[flight].flags.insert(.invalidated)
        memory.unpin(slot)
      } else {
        // A flash write of it that is under way will find it gone, here and there.
        memory.discard(slot)
      }
    }
    let flashSlot = flash.find(key)
    if flashSlot != .none { discardFromFlash(flashSlot, into: &effects) }
    fanOut.forget(key)
  }

  /// The flight whose waiters are being served from a readable block, if there is one.
  private func deliveringFlight(_ slot: Slot) -> UInt32? {
    let entry = memory.table[slot]
    guard entry.flags.contains(.draining), flights[entry.next].state == .delivering else {
      return nil
    }
    return entry.next
  }

  private mutating func recover(
    _ key: BlockKey, length: UInt32, tenant: TenantID, segment: UInt32, offset: UInt32
  ) {
    guard flash.find(key) == .none, flash.canHold(length, of: tenant),
      flash.hasRoom(for: length, of: tenant)
    else { return }
    let slot = flash.reserve(key: key, length: length, tenant: tenant)
    let extent = FlashExtent(segment: segment, offset: offset, length: length)
    guard flashLog.recover(slot, at: extent) else {
      flash.discard(slot)
      return
    }
    flash.land(slot)
    flash.release(slot)
  }

  private mutating func adopt(
    _ reference: ClusterViewReference, at now: Instant, into effects: inout Effects
  ) {
    let view = reference.view.takeUnretainedValue()
    // What was granted alone is not known to the cell.
    if self.view == nil { budget.resign() }
    if let known = self.view, view.version <= known.version { return }
    self.view = view
    handle = view.handle
    health.forgetStrangers(to: view.handle)
    if budgetKeeper(at: now) != id { budget.resign() }
    rerouteFlights(at: now)
  }

  /// Stops the program if the core's books do not balance. For tests: O(blocks).
  public func checkInvariants() {
    memory.checkInvariants()
    flash.checkInvariants()
    if let broken = flashLog.brokenInvariant() { preconditionFailure(broken) }
    precondition(
      flashLog.bytesInUse <= configuration.flashBytes, "flash stays within its capacity")
  }
}
