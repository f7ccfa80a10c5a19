import TarnCore

/// Everything that takes time: network, flash, memory and the origin.
///
/// Sampled cells and unsampled ones share no link in this model (a cell pools its own cache), so
/// each kind has a network and devices of its own, with its own scale; the origin's accounts serve
/// the sampled ones, since KV blocks have no origin.
struct Models: ~Copyable {
  /// What a client notices at once when its node is gone: the reset of a connection.
  static let brokenConnection: Nanoseconds = 1_000_000
  /// From a reader's call to the node's cache: a system call and a switch to another process.
  static let clientOverhead: Nanoseconds = 20_000

  var sampled: Devices
  var exact: Devices
  var accounts: BlobAccounts
  var random: RandomStream
  /// By path; nil is the front end.
  private let directPaths: [DirectPath?]
  private var directRandom: RandomStream
  let isSampled: [Bool]
  let topology: FleetTopology
  let pieceBytes: UInt32

  struct Devices: ~Copyable {
    var network: Network
    var flash: FlashDevices
    var memory: MemoryModel

    init(_ topology: FleetTopology, scale: SamplingScale) {
      network = Network(topology, scale: scale)
      flash = FlashDevices(topology, scale: scale)
      memory = MemoryModel(topology, scale: scale)
    }
  }

  /// - Parameters:
  ///   - rate: the sampling rate of the sampled cells.
  ///   - paths: what lies behind each path to the origin; nil: the accounts' front end.
  init(
    _ fleet: Fleet, rate: Double, accounts: consuming BlobAccounts,
    paths: [DirectPathConfiguration?] = [nil], seed: UInt64
  ) {
    sampled = Devices(fleet.topology, scale: SamplingScale(rate: rate))
    exact = Devices(fleet.topology, scale: .unsampled)
    self.accounts = accounts
    topology = fleet.topology
    pieceBytes = fleet.topology.shape.pieceBytes
    random = RandomStream(seed: seed, purpose: "origin latency")
    directPaths = paths.map { path in
      path.map { DirectPath($0, nodes: fleet.nodeCount, scale: SamplingScale(rate: rate)) }
    }
    directRandom = RandomStream(seed: seed, purpose: "direct path latency")
    isSampled = (0..<UInt32(fleet.nodeCount)).map { fleet.isSampled($0) }
  }

  // MARK: Flash and memory

  mutating func readFlash(of node: UInt32, bytes: UInt32, at now: Instant) -> Instant {
    isSampled[Int(node)]
      ? sampled.flash.read(bytes: UInt64(bytes), at: Int(node), now: now)
      : exact.flash.read(bytes: UInt64(bytes), at: Int(node), now: now)
  }

  mutating func writeFlash(of node: UInt32, bytes: UInt32, at now: Instant) -> Instant {
    isSampled[Int(node)]
      ? sampled.flash.write(bytes: UInt64(bytes), at: Int(node), now: now)
      : exact.flash.write(bytes: UInt64(bytes), at: Int(node), now: now)
  }

  mutating func copyMemory(of node: UInt32, bytes: UInt32, at now: Instant) -> Instant {
    isSampled[Int(node)]
      ? sampled.memory.copy(bytes: UInt64(bytes), at: Int(node), now: now)
      : exact.memory.copy(bytes: UInt64(bytes), at: Int(node), now: now)
  }

  /// Whether clients of `node` get a copy of every answer, not only of those from memory.
  func copiesAll(at node: UInt32) -> Bool { exact.memory.copiesAll(at: Int(node)) }

  /// Brings the state closer that an operation of `node` will touch.
  @inline(__always)
  func prefetch(_ node: Int) {
    if isSampled[node] {
      sampled.network.prefetch(node)
      sampled.flash.prefetch(node)
      sampled.memory.prefetch(node)
    } else {
      exact.network.prefetch(node)
      exact.flash.prefetch(node)
      exact.memory.prefetch(node)
    }
  }

  // MARK: Network

  mutating func transfer(
    bytes: UInt32, from sender: UInt32, to receiver: UInt32, at now: Instant
  ) -> Instant {
    let (sender, receiver) = (Int(sender), Int(receiver))
    return isSampled[sender]
      ? sampled.network.transfer(bytes: UInt64(bytes), from: sender, to: receiver, at: now)
      : exact.network.transfer(bytes: UInt64(bytes), from: sender, to: receiver, at: now)
  }

  func message(from sender: UInt32, to receiver: UInt32, at now: Instant) -> Instant {
    exact.network.message(from: Int(sender), to: Int(receiver), at: now)
  }

  /// Whether payloads cross the network in pieces, and of how many bytes.
  var isInterleaved: Bool { pieceBytes > 0 }

  /// Sends a piece of a payload, of the origin if `sender` is nil, and returns when it has crossed the
  /// links; it is at the receiver half a round trip later.
  mutating func pass(
    _ bytes: UInt32, from sender: UInt32?, to receiver: UInt32, at now: Instant
  ) -> Instant {
    let (sender, receiver) = (sender.map(Int.init), Int(receiver))
    return isSampled[receiver]
      ? sampled.network.pass(bytes: UInt64(bytes), from: sender, to: receiver, at: now)
      : exact.network.pass(bytes: UInt64(bytes), from: sender, to: receiver, at: now)
  }

  /// The busiest links of either kind, busiest first.
  func busiestLinks(_ limit: Int, until end: Instant) -> [SimulationSeries.Link] {
    let seconds = Double(end.nanoseconds) / 1e9
    let links =
      sampled.network.busiest(limit, over: seconds) + exact.network.busiest(limit, over: seconds)
    let ranked = links.enumerated().sorted { left, right in
      left.element.utilisation != right.element.utilisation
        ? left.element.utilisation > right.element.utilisation : left.offset < right.offset
    }
    return ranked.prefix(limit).map(\.element)
  }

  /// The highest mean utilisation of one node's flash by bandwidth, 0 to 1, of either kind.
  func busiestFlash(until end: Instant) -> Double {
    let seconds = Double(end.nanoseconds) / 1e9
    return max(sampled.flash.busiest(over: seconds), exact.flash.busiest(over: seconds))
  }

  // MARK: Origin

  /// When and how a read of the origin that starts now ends at `node`.
  mutating func readOrigin(
    _ key: BlockKey, bytes: UInt32, to node: UInt32, by path: OriginPath = .first, at now: Instant
  ) -> (Instant, OriginStatus) {
    let answer = askOrigin(key, bytes: bytes, for: node, by: path, at: now)
    guard case .ok(let first, let last) = answer else { return answer.end }
    return (receive(bytes, at: node, first, last, now), OriginStatus(.ok))
  }

  /// What a read of the origin that starts now is answered, as it leaves the origin.
  mutating func askOrigin(
    _ key: BlockKey, bytes: UInt32, for node: UInt32, by path: OriginPath, at now: Instant
  ) -> BlobAnswer {
    if let direct = directPaths[Int(path.rawValue)] {
      return direct.read(
        key, bytes: UInt64(bytes), by: Int(node), at: now, random: &directRandom,
        accounts: &accounts)
    }
    return accounts.read(blob: key.low, bytes: UInt64(bytes), at: now, random: random.next())
  }

  /// When the answer to someone else's read of the origin comes, if that starts now.
  mutating func waitForOrigin(at now: Instant) -> Instant {
    now + accounts.firstByteTime(random: random.next())
  }

  /// A node starts anew: without layouts and sessions.
  func restart(_ node: UInt32) {
    for case let path? in directPaths { path.restart(Int(node)) }
  }

  /// What the direct paths have done, by path; nil for the front end.
  var directTotals: [DirectPath.Totals?] { directPaths.map { $0?.totals } }

  /// Partitions of blob names that were split.
  var partitionSplits: UInt64 { accounts.partitionSplits }

  private mutating func receive(
    _ bytes: UInt32, at node: UInt32, _ first: Instant, _ last: Instant, _ now: Instant
  ) -> Instant {
    isSampled[Int(node)]
      ? sampled.network.receiveFromOrigin(
        bytes: UInt64(bytes), to: Int(node), firstByte: first, lastByte: last, at: now)
      : exact.network.receiveFromOrigin(
        bytes: UInt64(bytes), to: Int(node), firstByte: first, lastByte: last, at: now)
  }
}
