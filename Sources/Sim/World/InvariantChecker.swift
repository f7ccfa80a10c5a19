import TarnCore

/// Watches a run from outside and writes down every promise that it sees broken: the invariants of
/// the design that can be seen from inputs and effects alone.
///
/// It knows nothing of how the core works; it keeps its own books with plain collections, and
/// costs several times the run itself. `tarn simulate --check` and every simulation test use it.
final class InvariantChecker {
  /// What was found, in words; at most `limit` are kept.
  private(set) var violations: [String] = []
  /// How many there were in all.
  private(set) var violationCount = 0
  private let limit = 20

  struct Request {
    var key: BlockKey
    var tenant: TenantID
    var deadline: Instant
    var node: UInt32
  }
  private struct Lease: Hashable {
    var cell: Int
    var key: BlockKey
  }
  private struct Reading: Hashable {
    var node: UInt32
    var operation: OperationID
  }
  private struct OriginRead {
    var at: Instant
    var bytes: UInt64
  }

  private let fleet: Fleet
  private var open: [RequestID: Request] = [:]
  private var asker: UInt32 = 0
  private var reading: [Lease: Int] = [:]
  private var underWay: [Reading: Lease] = [:]
  private var held: [Lease: UInt32] = [:]
  private var lastFault: [Instant]
  private var recentReads: [[OriginRead]]
  private var latestDeadline = Instant.zero

  init(_ fleet: Fleet) {
    self.fleet = fleet
    lastFault = [Instant](repeating: .zero, count: fleet.cellCount)
    recentReads = [[OriginRead]](repeating: [], count: fleet.cellCount)
  }

  private func broken(_ sentence: @autoclosure () -> String, at now: Instant) {
    violationCount += 1
    guard violations.count < limit else { return }
    let milliseconds = now.nanoseconds / 1_000_000
    violations.append("at \(milliseconds) ms: " + sentence())
  }

  // MARK: 5. Every request ends, once, by its deadline

  func asked(_ request: ReadRequest, of node: UInt32, at now: Instant) {
    note(
      request.request,
      Request(key: request.key, tenant: request.tenant, deadline: request.deadline, node: node),
      at: now)
  }

  func put(_ request: PutRequest, of node: UInt32, at now: Instant) {
    note(
      request.request,
      Request(key: request.key, tenant: request.tenant, deadline: now, node: node), at: now)
  }

  private func note(_ id: RequestID, _ request: Request, at now: Instant) {
    if open.updateValue(request, forKey: id) != nil {
      broken("request \(id.rawValue) was asked again before it was answered", at: now)
    }
  }

  func answered(_ reply: Reply, by node: borrowing CacheNode, number: UInt32, at now: Instant) {
    guard let request = close(reply.request, at: now), reply.failure == .none else { return }
    // 1. The bytes are those of the block that was asked for, of the asker's tenant. A block that
    // was not admitted has left its slot by the end of the step that answered.
    guard node.memory.table.isLive(reply.slot) else { return }
    let entry = node.memory.table[reply.slot]
    if node.memory.find(request.key) == reply.slot, entry.tenant != request.tenant {
      broken("node \(number) answered a tenant with another tenant's bytes", at: now)
    }
    if entry.key != request.key, node.memory.find(request.key) != .none {
      broken("node \(number) answered with the bytes of another block", at: now)
    }
  }

  /// A request got an answer, whatever it says.
  @discardableResult
  func close(_ id: RequestID, at now: Instant) -> Request? {
    guard let request = open.removeValue(forKey: id) else {
      broken("request \(id.rawValue) was answered twice, or never asked", at: now)
      return nil
    }
    if now > request.deadline {
      broken("request \(id.rawValue) was answered after its deadline", at: now)
    }
    return request
  }

  // MARK: 2. One origin read of a block in a cell at a time

  func originStarted(
    _ operation: OperationID, _ key: BlockKey, by node: UInt32, length: UInt32,
    path: OriginPath = .first, at now: Instant
  ) {
    let cell = fleet.cell(of: node)
    let lease = Lease(cell: cell, key: key)
    if reading[lease, default: 0] > 0, isCalm(cell, at: now) {
      broken("cell \(cell) reads one block from the origin twice at once", at: now)
    }
    reading[lease, default: 0] += 1
    underWay[Reading(node: node, operation: operation)] = lease
    let paths = fleet.settings(ofCell: cell).configuration.originPaths
    if paths[Int(path.rawValue)].isBudgeted { checkBudget(cell, length: length, at: now) }
  }

  /// Whether the node that owns the block has it: then nobody of its cell needs the origin.
  func ownerHolds(_ key: BlockKey, cell: Int, at now: Instant) {
    if isCalm(cell, at: now) {
      broken("cell \(cell) reads a block from the origin that its owner holds", at: now)
    }
  }

  /// The read was answered, or called off; some other operation is none of ours.
  func originEnded(_ operation: OperationID, by node: UInt32) {
    guard let lease = underWay.removeValue(forKey: Reading(node: node, operation: operation)),
      let count = reading[lease]
    else { return }
    reading[lease] = count > 1 ? count - 1 : nil
  }

  /// Faults excuse double reads for as long as suspicion and views take to settle.
  private func isCalm(_ cell: Int, at now: Instant) -> Bool {
    lastFault[cell] == .zero || now - lastFault[cell] > 70_000_000_000
  }

  // MARK: 7. The origin budget

  private func checkBudget(_ cell: Int, length: UInt32, at now: Instant) {
    recentReads[cell].append(OriginRead(at: now, bytes: UInt64(length)))
    recentReads[cell].removeAll { now - $0.at > 1_000_000_000 }
    let configuration = fleet.settings(ofCell: cell).configuration
    // A second's worth, the burst of 50 ms, and what two network latencies can push together.
    let most = Double(configuration.originCeilingPermille) / 1000 * 1.10
    let requests = Double(configuration.originRequestsPerSecond) * most + 2
    let bytes = Double(configuration.originBytesPerSecond) * most + 2 * Double(length)
    let used = recentReads[cell].reduce(0) { $0 + $1.bytes }
    if Double(recentReads[cell].count) > requests || Double(used) > bytes {
      broken(
        "cell \(cell) read \(recentReads[cell].count) blocks, \(used) bytes, from the origin "
          + "within a second", at: now)
    }
  }

  // MARK: 3. Tiers stay within their bytes

  func afterStep(_ node: borrowing CacheNode, node number: UInt32, at now: Instant) {
    if node.memory.usedBytes > node.memory.capacityBytes {
      broken("node \(number) holds more in memory than its capacity", at: now)
    }
    let configuration = fleet.configuration(of: number).value
    if node.flash.usedBytes > node.flash.capacityBytes
      || node.flashLog.bytesInUse > configuration.flashBytes
    {
      broken("node \(number) holds more on flash than its capacity", at: now)
    }
  }

  // MARK: Faults and the end

  func lost(_ node: UInt32, at now: Instant) {
    lastFault[fleet.cell(of: node)] = max(now, Instant(nanoseconds: 1))
    // The order in which they are forgotten decides nothing.
    for (id, request) in open where request.node == node { open.removeValue(forKey: id) }
  }

  func fault(inCell cell: Int, at now: Instant) {
    lastFault[cell] = max(now, Instant(nanoseconds: 1))
  }

  /// At the end nothing may be overdue.
  func finish(at now: Instant) {
    let overdue = open.values.count { $0.deadline < now }
    if overdue > 0 { broken("\(overdue) requests were never answered", at: now) }
  }
}
