import TarnCore
import TarnSim
import Testing
@testable import TarnSettings

/// A small sound scenario; tests break one line of it.
private let sound = """
  name: small
  duration: 10s
  topology:
    regions:
      - {name: east, zones: 2}
    pools:
      - name: train
        nodes_per_cell: 20
        class: gb200
  cache:
    memory: {capacity: 4GiB}
    flash: {capacity: 50%}
  origin:
    accounts: 2
  workloads:
    - name: vision
      kind: training
      jobs: [{gpus: 64, count: 1}]
      model: resnet50-h100
      dataset: 1TB
  slo:
    - {name: gpu_stall_fraction, max: 10%}
  """

/// The complaints about the sound scenario after a replacement.
private func complaints(_ old: String, _ new: String, overrides: [String] = []) -> [String] {
  #expect(sound.contains(old), "the test replaces nothing")
  return complaints(about: sound.replacing(old, with: new), overrides)
}

private func complaints(about text: String, _ overrides: [String] = []) -> [String] {
  do throws(SettingsError) {
    _ = try Scenario(yaml: text, file: "x.yaml", overrides: overrides)
    return []
  } catch {
    return error.issues.map(\.description)
  }
}

@Suite struct `Scenario errors` {
  @Test func `a sound scenario is read with its defaults`() throws {
    let scenario = try Scenario(yaml: sound, file: "x.yaml")
    #expect(scenario.nodes == 20)
    #expect(scenario.gpus == 80)
    #expect(scenario.seed == 1)
    #expect(scenario.topology.pools[0].nodesPerRack == 18)
    #expect(
      scenario.coreConfiguration(of: scenario.topology.pools[0]).flashBytes == 8 * 1_000_000_000_000
    )
    #expect(scenario.originBudget(of: scenario.topology.pools[0]) == (80_000, 50_000_000_000))
  }

  @Test func `a measured class says what its drives and clients cost`() throws {
    let own = "{nvme: {read_latency: 210us}, client: {answer: 150us, bandwidth: 2GB/s}}"
    let text = sound.replacing("  pools:\n", with: "  classes: {gb200: \(own)}\n  pools:\n")
    let scenario = try Scenario(yaml: text, file: "x.yaml")
    let gb200 = scenario.topology.nodeClass(of: scenario.topology.pools[0])
    #expect(gb200.drive.readLatencyNanoseconds == 210_000)
    #expect(gb200.drive.writeLatencyNanoseconds == 20_000)
    #expect(gb200.drive.capacityBytes == 4_000_000_000_000)
    #expect(
      gb200.client == Scenario.Client(answerNanoseconds: 150_000, bytesPerSecond: 2_000_000_000))
  }

  @Test(arguments: [
    (
      "accounts: 2", "acounts: 2",
      "x.yaml:14: origin.acounts: unknown key; did you mean accounts?"
    ),
    (
      "memory: {capacity: 4GiB}", "memory: {capacity: 4}",
      "x.yaml:11: cache.memory.capacity: 4 has no unit; a size takes one of B, KB, MB, GB, TB, PB, KiB, MiB, GiB, TiB, PiB, as in 4MiB"
    ),
    (
      "dataset: 1TB", "dataset: [1TB]",
      "x.yaml:20: workloads[0].dataset: is a list; give a size such as 4MiB"
    ),
    (
      "dataset: 1TB", "dataset:",
      "x.yaml:20: workloads[0].dataset: is empty; give a size such as 4MiB"
    ),
    (
      "    dataset: 1TB\n", "",
      "x.yaml:16: workloads[0].dataset: is missing; give a size such as 4MiB"
    ),
    (
      "nodes_per_cell: 20", "nodes_per_cell: 6000",
      "x.yaml:8: topology.pools[0].nodes_per_cell: 6000 is more than the 5000 nodes of an AKS cluster; use 5000 or fewer"
    ),
    (
      "accounts: 2", "accounts: 0",
      "x.yaml:14: origin.accounts: 0 is less than 1; use 1 or more"
    ),
    (
      "class: gb200", "class: gb20",
      "x.yaml:9: topology.pools[0].class: 'gb20' is unknown; did you mean gb200?"
    ),
    (
      "nodes_per_cell: 20", "nodes_per_cell: 20\n      zone: 3",
      "x.yaml:9: topology.pools[0].zone: 3 is more than the 2 zones of east; use 2 or fewer"
    ),
    (
      "kind: training", "kind: trainig",
      "x.yaml:17: workloads[0].kind: 'trainig' is unknown; did you mean training?"
    ),
    (
      "gpus: 64", "gpus: 63",
      "x.yaml:18: workloads[0].jobs[0].gpus: 63 GPUs are no whole number of nodes of 4; use a multiple"
    ),
    (
      "gpus: 64", "gpus: 128",
      "x.yaml:18: workloads[0].jobs: needs 128 GPUs where 80 are free in train; use smaller or fewer jobs"
    ),
    (
      "flash: {capacity: 50%}", "flash: {capacity: 17TB}",
      "x.yaml:12: cache.flash.capacity: is more than the 16000000000000 bytes of the drives of class gb200; use 80% or so"
    ),
    (
      "flash: {capacity: 50%}", "flash: {capacity: 1GiB}",
      "x.yaml:12: cache.flash.segment: leaves flash fewer than 4 segments; use a quarter of its capacity or less"
    ),
    (
      "memory: {capacity: 4GiB}", "memory: {capacity: 8MiB}",
      "x.yaml:11: cache.memory.capacity: holds fewer than 4 blocks of workload vision; use 16777216B or more"
    ),
    (
      "max: 10%", "max: 10%, min: 1%",
      "x.yaml:22: slo[0]: has two bounds; give either max or min"
    ),
    (
      "name: gpu_stall_fraction", "name: ttft_p99_us",
      "x.yaml:22: slo[0].name: ttft_p99_us is one workload's; say whose with workload: NAME"
    ),
    (
      "- {name: gpu_stall_fraction", "- {workload: visoin, name: gpu_stall_fraction",
      "x.yaml:22: slo[0].workload: 'visoin' is no workload; did you mean vision?"
    ),
    (
      "duration: 10s", "duration: 10s\nwarmup: 10s",
      "x.yaml:3: warmup: leaves no time to count; use less than the duration"
    ),
    (
      "- {name: east, zones: 2}", "- {name: east, zones: 2}\n    - {name: west}",
      "x.yaml:8: topology.pools[0].region: is missing; give one of east, west"
    ),
    (
      "name: small", "name: small\nname: again",
      "x.yaml:1: name: written twice in one mapping; keep one of them"
    ),
    (
      "name: small", "name: [small",
      "x.yaml:2: is no YAML: did not find expected ',' or ']'"
    ),
    (
      "  - name: vision\n", "  - name: a vision\n",
      "x.yaml:16: workloads[0].name: 'a vision' is not a name; use letters, digits, - and _ only"
    ),
    (
      "dataset: 1TB", "dataset: 1TB\n    shared_dataset: yes",
      "x.yaml:21: workloads[0].shared_dataset: 'yes' is neither true nor false; write one of them"
    ),
    (
      "accounts: 2", "accounts: 2\n  first_byte: {p50: 20ms, p99: 10ms}",
      "x.yaml:15: origin.first_byte.p99: is below p50; give p50 or more"
    ),
    (
      "duration: 10s", "duration: 10s\nfaults: {rack_loss: [{at: 1s, racks: 3}]}",
      "x.yaml:3: faults.rack_loss: 3 racks are more than the fleet's 2; lose fewer"
    ),
    (
      "duration: 10s", "duration: 10s\nsampling: {rate: 1/4, reference: {nodes: 21, duration: 1s}}",
      "x.yaml:3: sampling.reference.nodes: 21 is more than the fleet's 20 nodes; use a smaller fleet"
    ),
    (
      "memory: {capacity: 4GiB}", "quotas: {visoin: 50%}",
      "x.yaml:11: cache.quotas.visoin: no workload has this tenant; use default"
    ),
    (
      "memory: {capacity: 4GiB}", "budget: {requests: 1k/s, bytes: 1GB/s, ceiling: 0.5}",
      "x.yaml:11: cache.budget.ceiling: 0.5 is not from 1 to 1000; 1 is the budget itself"
    ),
    (
      "memory: {capacity: 4GiB}", "memory: {eviction: {policy: sieve, small: 0.1}}",
      "x.yaml:11: cache.memory.eviction.small: unknown key; use policy"
    ),
  ])
  func `one mistake gets one line with its place and its cure`(
    old: String, new: String, complaint: String
  ) {
    #expect(complaints(old, new) == [complaint])
  }

  @Test func `every mistake is reported, in the order of lines`() {
    let text = sound.replacing("duration: 10s", with: "duration: 10")
      .replacing("accounts: 2", with: "acounts: 2").replacing(
        "model: resnet50-h100", with: "modle: x")
    #expect(
      complaints(about: text) == [
        "x.yaml:2: duration: 10 has no unit; a duration takes one of ns, us, ms, s, m, h, d, as in 60s",
        "x.yaml:14: origin.acounts: unknown key; did you mean accounts?",
        "x.yaml:16: workloads[0].model: is missing; give one of unet3d-h100, unet3d-a100, "
          + "resnet50-h100, resnet50-a100, cosmoflow-h100, cosmoflow-a100",
        "x.yaml:19: workloads[0].modle: unknown key; did you mean model?",
      ])
  }

  @Test func `an empty file and a file of another shape are refused`() {
    #expect(complaints(about: "") == ["x.yaml: is empty; see scenarios/SCHEMA.md"])
    #expect(
      complaints(about: "- a\n").first == "x.yaml:1: is a list; give a mapping of keys to values")
  }

  @Test func `regions need a round trip for every pair`() {
    let text = sound.replacing(
      "- {name: east, zones: 2}", with: "- {name: east}\n    - {name: west}"
    )
    .replacing("- name: train", with: "- name: train\n      region: west")
    #expect(
      complaints(about: text) == [
        "x.yaml:3: topology.region_rtt: has no entry for east and west; "
          + "give one such as {between: [east, west], rtt: 60ms}"
      ])
  }

  @Test func `a missing file is named`() {
    #expect(
      throws: SettingsError([
        .init(file: "nix.yaml", message: "cannot be read; check the name and permissions")
      ])
    ) {
      try Scenario.load("nix.yaml")
    }
  }
}

@Suite struct `Overrides` {
  @Test func `values are replaced by path, by index and by name`() throws {
    let scenario = try Scenario(
      yaml: sound, file: "x.yaml",
      overrides: [
        "origin.accounts=60", "workloads[0].reader_depth=4", "workloads.vision.prefetch_steps=3",
        "seed=7", "origin.first_byte={p50: 1ms, p99: 2ms}",
      ])
    guard case .training(let training) = scenario.workloads[0].kind else {
      Issue.record("no training")
      return
    }
    #expect(scenario.origin.accounts == 60)
    #expect(training.readerDepth == 4)
    #expect(training.prefetchSteps == 3)
    #expect(scenario.seed == 7)
    #expect(scenario.origin.firstByteP99Nanoseconds == 2_000_000)
  }

  @Test(arguments: [
    ("origin.accounts=0", "command line: origin.accounts: 0 is less than 1; use 1 or more"),
    ("origin.acounts=3", "command line: origin.acounts: unknown key; did you mean accounts?"),
    ("origin", "command line: origin: write path=value, for example origin.accounts=60"),
    ("a..b=1", "command line: a..b=1: is no path; write one like workloads[0].reader_depth"),
    (
      "workloads[3].block=1MiB",
      "command line: workloads[3].block=1MiB: the list has 1 items; count from 0"
    ),
    (
      "workloads.visoin.block=1MiB",
      "command line: workloads.visoin.block=1MiB: no item is named visoin; did you mean vision?"
    ),
    (
      "seed.x=1",
      "command line: seed.x=1: the path goes on below a single value; end it before that"
    ),
    ("seed=[1", "command line: seed=[1: the value is no YAML"),
  ])
  func `a bad override names its path`(override: String, complaint: String) {
    #expect(complaints("name: small", "name: small\nseed: 1", overrides: [override]) == [complaint])
  }
}
