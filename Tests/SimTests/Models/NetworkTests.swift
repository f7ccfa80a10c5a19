import TarnCore
import TarnSim
import Testing

/// Expected times are worked out by hand for the plain fleet: NIC 1 ns a byte, racks 0.5, cells 1,
/// regions 2; half round trips 50 us, 450 us, 800 us, 30 ms.
struct NetworkTests {
  @Test(
    arguments: [
      (1, 1_000, 51_000),  // same rack
      (3, 1_000, 451_000),  // other rack of the cell
      (6, 1_000, 801_000),  // other cell, in another zone
      (12, 1_000, 30_002_000),  // other region, whose link takes 2 ns a byte
      (0, 1_000, 0),  // itself
    ] as [(Int, UInt64, UInt64)])
  func `a transfer takes its slowest link and half a round trip`(
    _ vector: (to: Int, bytes: UInt64, end: UInt64)
  ) throws {
    var network = Network(try FleetTopology(plainShape()))
    let end = network.transfer(bytes: vector.bytes, from: 0, to: vector.to, at: .zero)
    #expect(end == at(vector.end))
  }

  @Test func `a message takes half a round trip whatever the load`() throws {
    var network = Network(try FleetTopology(plainShape()))
    _ = network.transfer(bytes: 1_000_000, from: 0, to: 3, at: .zero)
    let arrival = network.message(from: 0, to: 3, at: at(7))
    let roundTrip = network.roundTrip(0, 12)
    #expect(arrival == at(450_007))
    #expect(roundTrip == 60_000_000)
  }

  @Test func `a sender's transfers queue at its NIC`() throws {
    var network = Network(try FleetTopology(plainShape()))
    let ends = (1...2).map { network.transfer(bytes: 1_000, from: 0, to: $0, at: .zero) }
    let later = network.transfer(bytes: 1_000, from: 0, to: 1, at: at(5_000))
    #expect(ends == [at(51_000), at(52_000)])
    #expect(later == at(56_000))
  }

  @Test func `incast queues at the receiver`() throws {
    var network = Network(try FleetTopology(plainShape()))
    let ends = [1, 2, 3, 4, 5].map {
      network.transfer(bytes: 100_000, from: $0, to: 0, at: .zero).nanoseconds
    }
    #expect(ends == [150_000, 250_000, 750_000, 850_000, 950_000])
  }

  @Test func `a rack's link is shared by its nodes`() throws {
    var shape = plainShape()
    shape.pools[0].rackBytesPerSecond = 500_000_000
    var network = Network(try FleetTopology(shape))
    let ends = (0..<3).map { network.transfer(bytes: 1_000, from: $0, to: 3 + $0, at: .zero) }
    #expect(ends == [at(452_000), at(454_000), at(456_000)])
  }

  @Test func `a cell's link without a rate has no limit`() throws {
    var shape = plainShape()
    shape.pools[0].cellBytesPerSecond = 0
    var network = Network(try FleetTopology(shape))
    let ends = (0..<2).map { network.transfer(bytes: 1_000, from: $0, to: 6 + $0, at: .zero) }
    #expect(ends == [at(801_000), at(801_000)])
  }

  @Test func `bytes from the origin come through the NIC`() throws {
    var network = Network(try FleetTopology(plainShape()))
    // The account is slower than the NIC, then the NIC is busy with 100 us of earlier bytes.
    let slow = network.receiveFromOrigin(
      bytes: 1_000, to: 0, firstByte: at(10_000), lastByte: at(30_000), at: .zero)
    let fast = network.receiveFromOrigin(
      bytes: 100_000, to: 0, firstByte: at(1_000), lastByte: at(2_000), at: .zero)
    let queued = network.receiveFromOrigin(
      bytes: 1_000, to: 0, firstByte: at(1_000), lastByte: at(2_000), at: .zero)
    #expect(slow == at(30_000))
    #expect(fast == at(101_000))
    #expect(queued == at(102_000))
  }

  @Test(arguments: [1.0, 0.25])
  func `no link ever beats its bandwidth`(rate: Double) throws {
    let fleet = try FleetTopology(plainShape())
    var network = Network(fleet, scale: SamplingScale(rate: rate))
    var random = ModelRandom(seed: 3)
    var now: UInt64 = 0
    var bytesToNode = [UInt64](repeating: 0, count: 24)
    var last = [UInt64](repeating: 0, count: 24)
    for _ in 0..<3_000 {
      now += random.next(below: 2_000)
      let from = Int(random.next(below: 24))
      let to = Int(random.next(below: 24))
      let bytes = 1 + random.next(below: 50_000)
      let end = network.transfer(bytes: bytes, from: from, to: to, at: at(now))
      guard from != to else { continue }
      bytesToNode[to] += bytes
      last[to] = max(last[to], end.nanoseconds)
      let least = now + bytes + network.roundTrip(from, to) / 2
      #expect(end.nanoseconds >= least)
    }
    for node in 0..<24 where rate == 1 { #expect(last[node] >= bytesToNode[node]) }
    // Sampled, the last transfers' bursts of (1 / rate - 1) spans are still in the backlog.
    for link in network.busiest(50, over: Double(last.max() ?? 0) / 1e9) {
      #expect(link.utilisation <= (rate == 1 ? 1 : 1.05))
    }
  }

  @Test func `the busiest links come by name, share and bytes`() throws {
    var network = Network(
      try FleetTopology(plainShape()), scale: SamplingScale(rate: 0.5))
    _ = network.transfer(bytes: 1_000, from: 4, to: 13, at: .zero)
    _ = network.transfer(bytes: 3_000, from: 1, to: 2, at: .zero)
    let top = network.busiest(3, over: 0.001)
    #expect(top.map(\.name) == ["node 1 out", "node 2 in", "west to east"])
    #expect(top.map(\.utilisation) == [0.006, 0.006, 0.004])
    #expect(top.map(\.bytes) == [6_000, 6_000, 2_000])
    let all = network.busiest(50, over: 0.001).map(\.name)
    let expected = [
      "cell 0 up", "cell 2 down", "node 13 in", "node 4 out", "rack 1 up", "rack 4 down",
    ]
    #expect(all.dropFirst(3).sorted() == expected)
    let sums = network.bytesByLinkClass
    #expect(sums == (8_000, 2_000, 2_000, 2_000))
  }
}
