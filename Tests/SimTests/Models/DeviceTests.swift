import TarnCore
import Testing

@testable import TarnSim

/// Plain nodes: 2 drives of 1 GB/s and 100,000 reads/s, half of it for writes; memory 10 GB/s.
struct DeviceTests {
  @Test func `a large read takes one drive's bandwidth and its latency`() throws {
    var flash = FlashDevices(try FleetTopology(plainShape()))
    let first = flash.read(bytes: 1_000_000, at: 3, now: .zero)
    #expect(first == at(1_080_000))
    // The next goes to the other drive: the queue of both is free after half the time.
    let second = flash.read(bytes: 1_000_000, at: 3, now: .zero)
    #expect(second == at(1_580_000))
    let elsewhere = flash.read(bytes: 1_000_000, at: 4, now: .zero)
    #expect(elsewhere == at(1_080_000))
  }

  @Test func `small reads are limited by operations`() throws {
    var flash = FlashDevices(try FleetTopology(plainShape()))
    var last = Instant.zero
    for _ in 0..<1_000 { last = flash.read(bytes: 512, at: 0, now: .zero) }
    // 999 starts before it at 200,000 a second, 512 ns, and the latency.
    #expect(last == at(999 * 5_000 + 512 + 80_000))
  }

  @Test func `writes are slower, share the queue and are counted`() throws {
    var flash = FlashDevices(try FleetTopology(plainShape()), scale: SamplingScale(rate: 1))
    let write = flash.write(bytes: 1_000_000, at: 0, now: .zero)
    #expect(write == at(2_020_000))
    let read = flash.read(bytes: 1_000, at: 0, now: .zero)
    #expect(read == at(1_000_000 + 1_000 + 80_000))
    let traffic = flash.traffic(of: 0)
    #expect(traffic == (1_000, 1_000_000))
  }

  @Test func `a sampled device is loaded by what its operations stand for`() throws {
    var flash = FlashDevices(try FleetTopology(plainShape()), scale: SamplingScale(rate: 0.1))
    for _ in 0..<10 { _ = flash.read(bytes: 1_000_000, at: 0, now: .zero) }
    // 50 ms of queue less the burst of 4.5 ms, then 1.08 ms for itself.
    let last = flash.read(bytes: 1_000_000, at: 0, now: .zero)
    #expect(last == at(46_580_000))
    let traffic = flash.traffic(of: 0)
    #expect(traffic.read == 110_000_000)
  }

  @Test func `copies share memory's bandwidth`() throws {
    var memory = MemoryModel(try FleetTopology(plainShape()))
    let ends = (0..<3).map { _ in memory.copy(bytes: 10_000, at: 0, now: .zero) }
    // Each after the 5 us that handling it takes.
    #expect(ends == [at(6_000), at(7_000), at(8_000)])
    let copiesAll = memory.copiesAll(at: 0)
    #expect(!copiesAll)
  }

  @Test func `clients behind a socket share its bandwidth, whatever the source`() throws {
    var shape = plainShape()
    shape.pools[1].nodeClass.clientPath = NodeClass.ClientPath(
      answer: 100_000, bytesPerSecond: 1_000_000_000)
    var memory = MemoryModel(try FleetTopology(shape))
    let ends = (0..<2).map { _ in memory.copy(bytes: 10_000, at: 12, now: .zero) }
    #expect(ends == [at(110_000), at(120_000)])
    let copiesAll = [memory.copiesAll(at: 12), memory.copiesAll(at: 0)]
    #expect(copiesAll == [true, false])
  }

  @Test func `a class of drives has latencies of its own`() throws {
    var shape = plainShape()
    shape.pools[0].nodeClass.driveReadLatency = 300_000
    shape.pools[0].nodeClass.driveWriteLatency = 0
    var flash = FlashDevices(try FleetTopology(shape))
    let ends = [
      flash.read(bytes: 1_000, at: 0, now: .zero), flash.write(bytes: 1_000, at: 1, now: .zero),
      flash.read(bytes: 1_000, at: 12, now: .zero),
    ]
    #expect(ends == [at(301_000), at(2_000), at(81_000)])
  }

  @Test func `a node's models take at most 64 bytes`() {
    let bytes =
      2 * MemoryLayout<Network.Link>.stride + MemoryLayout<FlashDevices.State>.stride
      + MemoryLayout<Backlog>.stride
    #expect(bytes == 64)
  }
}
