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

  /// Sends `bytes` and returns when the last one arrives. Within a node it takes no time.
  public mutating func transfer(
    bytes: UInt64, from sender: Int, to receiver: Int, at now: Instant
  ) -> Instant {
    guard sender != receiver else { return now }
    let source = places[sender]
    let target = places[receiver]
    var end = reserve(nicOut(sender), bytes, rates[Int(source.cell)].nic, now)
    end = max(end, reserve(nicIn(receiver), bytes, rates[Int(target.cell)].nic, now))
    if source.rack != target.rack {
      let up = reserve(rackUp(Int(source.rack)), bytes, rates[Int(source.cell)].rack, now)
      let down = reserve(rackUp(Int(target.rack)) + 1, bytes, rates[Int(target.cell)].rack, now)
      end = max(end, max(up, down))
    }
    if source.cell != target.cell {
      end = max(end, reserveBetweenCells(bytes, source, target, now))
    }
    return end + roundTrip(source, target) / 2
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
    let free = reserve(nicIn(receiver), bytes, rate, now)
    let span = transferSpan(bytes: bytes, bytesPerSecond: rate)
    return max(max(free, lastByte), firstByte + span)
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
  private mutating func reserveBetweenCells(
    _ bytes: UInt64, _ source: FleetTopology.Place, _ target: FleetTopology.Place, _ now: Instant
  ) -> Instant {
    let up = reserve(cellUp(Int(source.cell)), bytes, rates[Int(source.cell)].cell, now)
    let down = reserve(cellUp(Int(target.cell)) + 1, bytes, rates[Int(target.cell)].cell, now)
    guard source.region != target.region else { return max(up, down) }
    let pair = Int(source.region) * topology.regions.count + Int(target.region)
    let between = reserve(regionLink(pair), bytes, regionRates[pair], now)
    return max(max(up, down), between)
  }

  /// Takes a link's bandwidth and returns when the last byte has passed; a rate of 0 has no limit.
  @inline(__always)
  private mutating func reserve(
    _ index: Int, _ bytes: UInt64, _ bytesPerSecond: UInt64, _ now: Instant
  ) -> Instant {
    var link = links[index]
    link.bytes &+= bytes
    var end = now
    if bytesPerSecond > 0 {
      let span = transferSpan(bytes: bytes, bytesPerSecond: bytesPerSecond)
      end = link.backlog.reserve(span, at: now, scale: scale) + span
    }
    links[index] = link
    return end
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
