import Foundation
import TarnCore
import TarnSettings
import Testing

@testable import TarnSim

@Suite struct DesignTests {
  private static let gibibyte = DesignFixtures.gibibyte

  @Test(arguments: [Design.none, .blobfuse, .acstor].map(\.name))
  func `with no sharing twelve clients that read 100 GiB cost 1,200 GiB`(name: String) throws {
    let scenario = try DesignFixtures.coldStart(
      nodes: 12, weights: "100GiB", rate: "1/64", duration: "300s")
    let result = try DesignFixtures.run(scenario, try Design.list(parsing: name)[0])
    #expect(result.origin.bytes == 1200 * Self.gibibyte)
    #expect(result.workloads[0].completed == 12)
  }

  @Test(arguments: [Design.tarn, .alluxio, .blobfuseDist].map(\.name))
  func `with sharing twelve clients that read 100 GiB cost 100 GiB`(name: String) throws {
    let scenario = try DesignFixtures.coldStart(
      nodes: 12, weights: "100GiB", rate: "1/64", duration: "300s")
    let result = try DesignFixtures.run(scenario, try Design.list(parsing: name)[0])
    #expect(result.origin.bytes == 100 * Self.gibibyte)
    #expect(result.workloads[0].completed == 12)
  }

  @Test func `Tarn's design decides what the simulator alone decides`() throws {
    let scenario = try DesignFixtures.training()
    let plain = try Simulation(scenario: scenario).run().result
    // The simulator alone takes 20 us from a reader's call to its node's cache.
    let design = try DesignFixtures.run(scenario, .tarn, ["tarn.client_us": 20])
    #expect(design.decisionHash == plain.decisionHash)
    #expect(design.events == plain.events)
  }

  @Test func `without a cache every read goes to the origin, however often it was read`() throws {
    let result = try DesignFixtures.run(
      DesignFixtures.training(["workloads.vision.warm=100%"]), .none)
    #expect(result.hitRatio.origin == 1)
    // Each node reads its 256 MiB shard over and over.
    #expect(result.origin.bytes > 2 * Self.gibibyte)
  }

  // MARK: BlobFuse2

  @Test func `BlobFuse2 reads again what nobody has read for its time-out`() throws {
    // An epoch of a node's shard takes eight steps of 0.2 s.
    let scenario = try DesignFixtures.training()
    let kept = try DesignFixtures.run(scenario, .blobfuse)
    let dropped = try DesignFixtures.run(scenario, .blobfuse, ["blobfuse.timeout_s": 1])
    #expect(kept.origin.bytes == Self.gibibyte)
    #expect(dropped.origin.bytes > 2 * Self.gibibyte)
  }

  @Test func `a time-out that never comes leaves what earlier epochs brought`() throws {
    let scenario = try DesignFixtures.training(["workloads.vision.warm=100%"])
    let usual = try DesignFixtures.run(scenario, .blobfuse)
    let never = try DesignFixtures.run(scenario, .blobfuse, ["blobfuse.timeout_s": 86_400])
    #expect(usual.origin.bytes == Self.gibibyte)
    #expect(never.origin.bytes == 0)
  }

  @Test func `BlobFuse2's distributed cache reads a chunk once under a stampede`() throws {
    let scenario = try DesignFixtures.coldStart(
      nodes: 16, weights: "2GiB", ["workloads.restart.order=same"])
    let result = try DesignFixtures.run(scenario, .blobfuseDist)
    // 64 chunks of 32 MiB.
    #expect(result.origin.requests == 64)
    #expect(result.workloads[0].completed == 16)
    #expect(result.hitRatio.peer > 0.5)
  }

  @Test func `readers of a chunk that is being fetched poll, first after 200 ms`() throws {
    let scenario = try DesignFixtures.coldStart(
      nodes: 16, weights: "32MiB", ["workloads.restart.order=same"])
    let result = try DesignFixtures.run(scenario, .blobfuseDist)
    // One stream of 60 MiB/s takes 0.53 s for the chunk; polls come at 0.2, 0.6 and 1.4 s.
    #expect(result.origin.requests == 1)
    let slowest = try #require(result.workloads[0].slowestNodeSeconds)
    #expect(slowest > 0.59 && slowest < 1.5)
  }

  @Test func `readers of the distributed cache go to the origin for a server that is gone`() throws
  {
    let scenario = try DesignFixtures.coldStart(
      nodes: 8, weights: "2GiB",
      ["faults.losses=[{scope: node, at: 500ms, return_after: 1500ms}]", "faults.detection=50s"])
    let result = try DesignFixtures.run(scenario, .blobfuseDist)
    #expect(result.workloads[0].completed == 8)
    #expect(result.origin.requests > 64)
  }

  // MARK: Alluxio

  @Test func `Alluxio's pages are 1 MiB on flash, with two workers to ask`() throws {
    let (planned, traits) = Design.alluxio.plan(
      try DesignFixtures.coldStart(nodes: 4, weights: "1GiB"), DesignValues())
    #expect(planned.workloads[0].blockBytes == 1 << 20)
    #expect(planned.cache.memoryAdmission == .never)
    #expect(planned.cache.fetch.owners == 2)
    #expect(traits.standIn == nil && traits.poolsCells)
  }

  @Test func `Alluxio's second worker takes the pages of one that is gone`() throws {
    let result = try DesignFixtures.run(
      DesignFixtures.coldStart(
        nodes: 4, weights: "256MiB",
        ["faults.losses=[{scope: node, at: 500ms}]", "faults.detection=50s"]), .alluxio)
    // Three nodes are left, and read each page from the store once although nobody told them.
    #expect(result.workloads[0].completed == 3)
    #expect(result.origin.requests == 256)
  }

  @Test func `Alluxio answers no read from memory`() throws {
    let result = try DesignFixtures.run(
      DesignFixtures.training(["workloads.vision.warm=100%"]), .alluxio)
    #expect(result.hitRatio.memory == 0)
    #expect(result.hitRatio.flash > 0 && result.hitRatio.peer > 0)
    #expect(result.origin.bytes == 0)
  }

  @Test func `direct reads are faster where the node owns the page, and only there`() throws {
    let shared = try DesignFixtures.training(["workloads.vision.warm=100%"])
    let alone = try DesignFixtures.training([
      "workloads.vision.warm=100%", "topology.pools[0].cells=8",
      "topology.pools[0].nodes_per_cell=1",
    ])
    func gain(_ scenario: Scenario) throws -> Double {
      try DesignFixtures.run(scenario, .alluxio).latencyMicroseconds.p50
        - DesignFixtures.run(scenario, .alluxioDAX).latencyMicroseconds.p50
    }
    // The hop's 200 us less the 5 of a page fault; the median read of four nodes is a peer's.
    #expect(abs(try gain(alone) - 195) < 10)
    #expect(abs(try gain(shared)) < 10)
  }

  // MARK: Azure Container Storage

  @Test func `nothing is read from the volume before all of it is staged`() throws {
    let result = try DesignFixtures.run(DesignFixtures.training(), .acstor)
    #expect(result.origin.bytes == Self.gibibyte)
    #expect(result.hitRatio.origin == 0)
    #expect(result.workloads[0].completed > 5)
  }

  @Test func `what is larger than the volume is read from the origin`() throws {
    let result = try DesignFixtures.run(
      DesignFixtures.training(["workloads.vision.dataset=500GB", "duration=2s"]), .acstor)
    #expect(result.hitRatio.origin == 1)
    #expect(result.notes.contains { $0.contains("larger than the volume") })
  }

  // MARK: Names

  @Test func `designs are listed once each, in the order of the list`() throws {
    let designs = try Design.list(parsing: "tarn, none,tarn")
    #expect(designs.map(\.name) == ["tarn", "none"])
  }

  @Test(arguments: [
    ("tern", "'tern' is no design; did you mean tarn?"), ("external", "external:FILE"),
    ("", "is no design"), ("external:/nowhere.json", "/nowhere.json: cannot be read"),
  ])
  func `a wrong list is refused with a cure`(text: String, expected: String) {
    let error = #expect(throws: SettingsError.self) { try Design.list(parsing: text) }
    #expect("\(error!)".contains(expected), "\(error!)")
  }

  @Test func `every design says what it models, from what, what it leaves out and how it errs`() {
    #expect(
      Design.all.map(\.name) == [
        "none", "blobfuse", "blobfuse-dist", "alluxio", "alluxio-dax", "acstor", "tarn",
      ])
    for design in Design.all {
      for text in [design.models, design.leavesOut, design.errs, design.extraHardware] {
        #expect(!text.isEmpty, "\(design.name)")
      }
      #expect(!design.documents.isEmpty, "\(design.name)")
    }
  }

  @Test func `every assumption has a source, and its range holds its value`() {
    #expect(DesignAssumption.all.count > 12)
    for assumption in DesignAssumption.all {
      #expect(!assumption.source.isEmpty)
      #expect(assumption.low < assumption.high, "\(assumption.key) has no range")
      #expect(assumption.low <= assumption.value && assumption.value <= assumption.high)
      #expect(assumption.least <= assumption.low && assumption.high <= assumption.most)
      #expect(assumption.status != .published || assumption.url.hasPrefix("https://"))
    }
  }
}
