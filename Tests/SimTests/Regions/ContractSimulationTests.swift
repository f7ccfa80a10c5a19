import TarnCore
import Testing

@testable import TarnSim

@Suite struct `Three regions` {
  @Test(arguments: 1...3 as ClosedRange<UInt64>)
  func `nobody opens what is too old, no handle mixes versions, and everything ends in time`(
    seed: UInt64
  ) throws {
    let result = try checkedRun(threeRegions(seed: seed, [northCut]))
    #expect(result.contract.count == 6)
    for line in result.contract {
      #expect(line.violations == ContractLine.Violations())
      for region in line.regions { #expect(region.served > 50) }
    }
    let validated = try result.line("open", "validate")
    #expect(validated.stalestSeconds == 0 && validated.stalenessBoundSeconds == 0)
    // Versions do grow old, and not past the bound.
    let index = try result.line("open", "ttl")
    #expect(index.stalestSeconds > 1 && index.stalestSeconds <= 4)
    #expect(try result.line("open", "immutable").stalenessBoundSeconds == nil)
    #expect(result.slo.filter { !$0.pass }.isEmpty)
  }

  @Test func `a question to the home costs its round trip and the accounts' answer`() throws {
    let result = try checkedRun(threeRegions())
    let opens = try result.line("open", "validate")
    #expect(try opens.region("east").latencyMicroseconds.p50 < 20_000)
    #expect((85_000...120_000).contains(try opens.region("north").latencyMicroseconds.p50))
    #expect((205_000...240_000).contains(try opens.region("south").latencyMicroseconds.p50))
    // What never changes is asked about once a node at most: hardly an open takes a round trip.
    #expect(try result.line("open", "immutable").region("south").latencyMicroseconds.p50 < 1_000)
  }

  @Test func `who is cut off gets what its consistency allows, and the rest of it after the cut`()
    throws
  {
    let result = try checkedRun(threeRegions([northCut]))
    let immutable = try result.line("open", "immutable").region("north")
    let validated = try result.line("open", "validate").region("north")
    let aged = try result.line("open", "ttl").region("north")
    #expect(immutable.cutServed > 20)
    #expect(validated.cutServed == 0 && validated.cutFailed > 300)
    // Ten seconds of cut, four of which old versions last at most.
    #expect(aged.cutServed > 20 && aged.cutFailed > 100)
    #expect(aged.stalestSeconds <= 4)
    // Blocks that the region holds are served from its cache.
    #expect(try result.line("read", "immutable").region("north").cutServed > 100)
    for line in result.contract where line.operation == "open" {
      #expect(try line.region("south").cutServed + line.region("south").cutFailed == 0)
      // Within a probe's second after the cut all is as before.
      #expect(try line.region("north").drainedMicroseconds <= 1_000_000)
      #expect(try line.region("north").failed <= 6 * 8 * 2)
    }
    #expect(try result.counter("wan_messages_lost_in_cuts") > 10)
  }

  @Test func `a cut of the home cuts off all others and not itself`() throws {
    let scenario = try threeRegions([northCut.replacing("north", with: "east")])
    let result = try checkedRun(scenario)
    let opens = try result.line("open", "validate")
    #expect(try opens.region("east").failed == 0)
    #expect(try opens.region("east").cutFailed == 0)
    #expect(try opens.region("north").cutFailed > 300)
    #expect(try opens.region("south").cutFailed > 300)
  }

  @Test func `a region reads a block once over its border, and joined ones ask the accounts once`()
    throws
  {
    let changes = ["workloads=[\(weights)]", "cache.memory.capacity=2GiB"]
    let joined = try checkedRun(threeRegions(changes))
    let apart = try checkedRun(threeRegions(changes + ["federation.join=false"]))
    for result in [joined, apart] {
      #expect(try result.counter("wan_reads_per_block") == 1)
      // Nearly all of the 480 blocks, in each of the two other regions.
      #expect((800...960).contains(try result.counter("wan_blocks_of_cells")))
      #expect(
        try result.counter("wan_bytes") == result.counter("wan_blocks_of_cells") * 1_048_576)
    }
    // While the home's cache is empty its accounts are as near: some reads go there.
    #expect(try joined.counter("wan_pool_reads") > 2 * joined.counter("wan_store_reads"))
    #expect(try apart.counter("wan_pool_reads") == 0)
    // Blocks and questions; of the blocks the accounts are hardly read by others than the home.
    #expect(joined.origin.bytes < 700 << 20)
    #expect(apart.origin.bytes > 1200 << 20)
  }

  @Test func `the same seed gives the same decisions and the same contract`() throws {
    let first = try Simulation(scenario: threeRegions([northCut])).run().result
    let second = try Simulation(scenario: threeRegions([northCut])).run().result
    let other = try Simulation(scenario: threeRegions(seed: 4, [northCut])).run().result
    #expect(first.decisionHash == second.decisionHash)
    #expect(first.events == second.events)
    #expect(
      try first.line("open", "ttl").region("north").served
        == second.line("open", "ttl").region("north").served)
    #expect(first.decisionHash != other.decisionHash)
  }

  @Test func `a bound that is not kept breaks the contract`() throws {
    let terms = "contract=[{operation: open, consistency: validate, p99: 50ms}]"
    let result = try Simulation(scenario: threeRegions(["duration=4s", terms])).run().result
    let line = try result.line("open", "validate")
    #expect(!line.holds)
    let broken = try #require(result.slo.first { $0.name == "contract.open.validate.p99_us" })
    #expect(!broken.pass && broken.limit == 50_000 && broken.value > 200_000)
    #expect("\(ContractText(result))".contains("p99 <= 50.0 ms"))
    #expect("\(ContractText(result))".contains("BROKEN"))
    #expect("\(RegionText(result))".contains("blocks from another region's cache"))
  }

  @Test func `a node that is lost and returns breaks no promise`() throws {
    let losses =
      "faults={losses: [{scope: node, count: 2, at: 5s, return_after: 6s}], detection: 500ms}"
    let result = try checkedRun(threeRegions([losses]))
    for line in result.contract { #expect(line.violations == ContractLine.Violations()) }
  }
}

private let weights =
  "{name: weights, kind: objects, home: east, consistency: immutable, objects: 60, size: 8MiB, "
  + "block: 1MiB, opens: 2}"
