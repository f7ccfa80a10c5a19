public import TarnCore

/// The links of a fleet. A transfer reserves bandwidth on each link that it crosses; O(1).
///
/// Two nodes of a rack: the sender's NIC and the receiver's. Two racks: also the sender rack's link
/// up and the receiver rack's link down. Two cells: also the cells' links. Two regions: also the
/// link between them. Each link is a `Backlog`: first come, first served, in the order of calls,
/// which must be the order of times. Bits flow through (cut-through): the last byte arrives when the
/// slowest link has passed it, plus half a round trip.
///
/// Assumptions: the network between racks of a cell has full bisection; a transfer holds its place
/// on all links from its start; acknowledgements and retransmissions cost nothing.
public struct Network: ~Copyable {
  /// One direction of a link: 16 bytes.
  struct Link: BitwiseCopyable {
    var backlog = Backlog()
    /// Simulated bytes, not scaled.
    var bytes: UInt64 = 0
  }

  /// Bandwidths of a cell's links, bytes a second.
  struct Rates: BitwiseCopyable {
    let nic: UInt64
    let rack: UInt64
    let cell: UInt64
  }

  let topology: FleetTopology
  private let latency: NetworkLatency
  private let places: FixedArray<FleetTopology.Place>
  private let rates: FixedArray<Rates>
  /// Round trip and bytes a second between regions, row by row.
  private let regionRoundTrips: [Nanoseconds]
  let regionRates: [UInt64]
  /// Nodes, then racks, then cells: out or up, then in or down; then regions, row by row.
  private var links: FixedArray<Link>
  let scale: SamplingScale

  /// The network of `topology`, idle.
  public init(_ topology: FleetTopology, scale: SamplingScale = .unsampled) {
    self.topology = topology
    self.scale = scale
    latency = topology.shape.latency
    places = FixedArray(topology.places)
    rates = FixedArray(
      topology.cells.map {
        let pool = topology.shape.pools[$0.pool]
        return Rates(
          nic: pool.nodeClass.nicBytesPerSecond, rack: pool.rackBytesPerSecond,
          cell: pool.cellBytesPerSecond)
      })
    let pairs = topology.regions.flatMap { one in
      topology.regions.map { other in
        topology.shape.regionLinks.first { $0.joins(one, other) }
      }
    }
    regionRoundTrips = pairs.map { $0?.roundTrip ?? 0 }
    regionRates = pairs.map { $0?.bytesPerSecond ?? 0 }
    let pairedLinks = topology.nodeCount + topology.rackCount + topology.cells.count
    links = FixedArray(repeating: Link(), count: 2 * pairedLinks + pairs.count)
  }

  /// Brings a node's links closer.
  @inline(__always)
  func prefetch(_ node: Int) {
    links.prefetch(nicOut(node))
    places.prefetch(node)
  }

  /// Sends `bytes` and returns when the last one arrives. Within a node it takes no time.
  public mutating func transfer(
    bytes: UInt64, from sender: Int, to receiver: Int, at now: Instant
  ) -> Instant {
    guard sender != receiver else { return now }
    let source = places[sender]
    let target = places[receiver]
    guard source.cell == target.cell else {
      return transferBetweenCells(bytes, from: sender, to: receiver, at: now)
    }
    return passCell(bytes, from: sender, to: receiver, at: now) + roundTrip(source, target) / 2
  }

  /// Sends a piece of a payload, of the origin if `sender` is nil, and returns when its last byte has
  /// passed the links; the receiver has it half a round trip later. Both ends are in one cell.
  public mutating func pass(
    bytes: UInt64, from sender: Int?, to receiver: Int, at now: Instant
  ) -> Instant {
    guard let sender else {
      let rate = rates[Int(places[receiver].cell)].nic
      let span = transferSpan(bytes: bytes, bytesPerSecond: rate)
      return reserve(nicIn(receiver), bytes, span, now)
    }
    guard sender != receiver else { return now }
    return passCell(bytes, from: sender, to: receiver, at: now)
  }

  @inline(__always)
  private mutating func passCell(
    _ bytes: UInt64, from sender: Int, to receiver: Int, at now: Instant
  ) -> Instant {
    let source = places[sender]
    let target = places[receiver]
    let rates = rates[Int(source.cell)]
    let span = transferSpan(bytes: bytes, bytesPerSecond: rates.nic)
    let end = max(
      reserve(nicOut(sender), bytes, span, now), reserve(nicIn(receiver), bytes, span, now))
    guard source.rack != target.rack else { return end }
    let rackSpan = transferSpan(bytes: bytes, bytesPerSecond: rates.rack)
    let up = reserve(rackUp(Int(source.rack)), bytes, rackSpan, now)
    let down = reserve(rackUp(Int(target.rack)) + 1, bytes, rackSpan, now)
    return max(end, max(up, down))
  }

  /// Sends so few bytes that only latency counts, and returns when they arrive.
  public func message(from sender: Int, to receiver: Int, at now: Instant) -> Instant {
    guard sender != receiver else { return now }
    return now + roundTrip(places[sender], places[receiver]) / 2
  }

  /// Receives `bytes` from the origin through the node's front-end NIC: returns when the last one is
  /// in, if the origin sends the first at `firstByte` and the last at `lastByte`.
  ///
  /// The NIC's time is taken from its backlog now, when the read is asked for, and not from
  /// `firstByte` on: a reservation ahead would block everything that comes in before.
  public mutating func receiveFromOrigin(
    bytes: UInt64, to receiver: Int, firstByte: Instant, lastByte: Instant, at now: Instant
  ) -> Instant {
    let rate = rates[Int(places[receiver].cell)].nic
    let span = transferSpan(bytes: bytes, bytesPerSecond: rate)
    let free = reserve(nicIn(receiver), bytes, span, now)
    return max(max(free, lastByte), firstByte + span)
  }

  /// The same from the origin of `region`, which need not be the receiver's: then the bytes cross the
  /// link between the two, and `firstByte` and `lastByte` are when they leave.
  public mutating func receiveFromOrigin(
    bytes: UInt64, of region: Int, to receiver: Int, firstByte: Instant, lastByte: Instant,
    at now: Instant
  ) -> Instant {
    let own = Int(places[receiver].region)
    guard region != own else {
      return receiveFromOrigin(
        bytes: bytes, to: receiver, firstByte: firstByte, lastByte: lastByte, at: now)
    }
    let pair = region * topology.regions.count + own
    let rate = regionRates[pair]
    let span = rate == 0 ? 0 : transferSpan(bytes: bytes, bytesPerSecond: rate)
    let passed = reserve(regionLink(pair), bytes, span, now)
    let half = regionRoundTrips[pair] / 2
    return receiveFromOrigin(
      bytes: bytes, to: receiver, firstByte: firstByte + half,
      lastByte: max(lastByte, passed) + half, at: now)
  }

  /// The round-trip time between two regions, nanoseconds; 0 within one.
  public func regionRoundTrip(_ one: Int, _ other: Int) -> Nanoseconds {
    one == other ? 0 : regionRoundTrips[one * topology.regions.count + other]
  }

  /// The round-trip time between two nodes, nanoseconds; 0 within a node.
  public func roundTrip(_ one: Int, _ other: Int) -> Nanoseconds {
    one == other ? 0 : roundTrip(places[one], places[other])
  }

  @inline(__always)
  private func roundTrip(
    _ one: FleetTopology.Place, _ other: FleetTopology.Place
  ) -> Nanoseconds {
    if one.rack == other.rack { return latency.rack }
    if one.zone == other.zone { return latency.zone }
    if one.region == other.region { return latency.crossZone }
    return regionRoundTrips[Int(one.region) * topology.regions.count + Int(other.region)]
  }

  @inline(never)
  private mutating func transferBetweenCells(
    _ bytes: UInt64, from sender: Int, to receiver: Int, at now: Instant
  ) -> Instant {
    let source = places[sender]
    let target = places[receiver]
    let sending = rates[Int(source.cell)]
    let receiving = rates[Int(target.cell)]
    var end = now
    func cross(_ index: Int, _ bytesPerSecond: UInt64) {
      // A rate of 0 is no limit, but the bytes are counted.
      let span =
        bytesPerSecond == 0 ? 0 : transferSpan(bytes: bytes, bytesPerSecond: bytesPerSecond)
      let passed = reserve(index, bytes, span, now)
      if bytesPerSecond > 0 { end = max(end, passed) }
    }
    cross(nicOut(sender), sending.nic)
    cross(rackUp(Int(source.rack)), sending.rack)
    cross(cellUp(Int(source.cell)), sending.cell)
    if source.region != target.region {
      let pair = Int(source.region) * topology.regions.count + Int(target.region)
      cross(regionLink(pair), regionRates[pair])
    }
    cross(cellUp(Int(target.cell)) + 1, receiving.cell)
    cross(rackUp(Int(target.rack)) + 1, receiving.rack)
    cross(nicIn(receiver), receiving.nic)
    return end + roundTrip(source, target) / 2
  }

  /// Takes `span` of a link's time and returns when the last byte has passed.
  @inline(__always)
  private mutating func reserve(
    _ index: Int, _ bytes: UInt64, _ span: Nanoseconds, _ now: Instant
  ) -> Instant {
    var link = links[index]
    link.bytes &+= bytes
    let start = link.backlog.reserve(span, at: now, scale: scale)
    links[index] = link
    return start + span
  }

  // Where a link lies in `links`; its other direction is the next one.
  @inline(__always) func nicOut(_ node: Int) -> Int { 2 * node }
  @inline(__always) func nicIn(_ node: Int) -> Int { 2 * node + 1 }
  @inline(__always) func rackUp(_ rack: Int) -> Int { 2 * (places.count + rack) }
  @inline(__always)
  func cellUp(_ cell: Int) -> Int { 2 * (places.count + topology.rackCount + cell) }
  @inline(__always)
  func regionLink(_ pair: Int) -> Int { cellUp(rates.count) + pair }

  var linkCount: Int { links.count }
  func bytes(onLink index: Int) -> UInt64 { links[index].bytes }
  func rates(ofCell cell: Int) -> Rates { rates[cell] }
}
