import Foundation
import TarnCore
import Testing

@testable import TarnNode

private let version2 = "30 24 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw\n"
private let version1 = """
  32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct
  35 31 0:32 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory
  40 31 0:37 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,name=systemd

  """

@Suite struct CgroupTests {
  @Test func version2LimitsProcessorsAndMemory() throws {
    let root = try FixtureRoot([
      "proc/self/cgroup": "0::/pod/tarn\n", "proc/self/mountinfo": version2,
      "sys/fs/cgroup/pod/tarn/cpu.max": "150000 100000\n",
      "sys/fs/cgroup/pod/tarn/memory.max": "8589934592\n",
      "sys/fs/cgroup/pod/tarn/memory.high": "max\n",
    ])
    let limits = CgroupLimits.read(root: root.path)
    #expect(limits == CgroupLimits(processors: 1.5, memoryBytes: 8 << 30))
  }

  @Test func theTightestLimitOnTheWayToTheRootCounts() throws {
    let root = try FixtureRoot([
      "proc/self/cgroup": "0::/a/b\n", "proc/self/mountinfo": version2,
      "sys/fs/cgroup/a/b/cpu.max": "max 100000\n", "sys/fs/cgroup/a/b/memory.max": "4096000\n",
      "sys/fs/cgroup/a/cpu.max": "200000 50000\n", "sys/fs/cgroup/a/memory.max": "1024000\n",
      "sys/fs/cgroup/a/memory.high": "512000\n",
    ])
    let limits = CgroupLimits.read(root: root.path)
    #expect(
      limits
        == CgroupLimits(processors: 4, memoryBytes: 1_024_000, throttledMemoryBytes: 512_000))
  }

  @Test func noLimitIsNil() throws {
    let root = try FixtureRoot([
      "proc/self/cgroup": "0::/\n", "proc/self/mountinfo": version2,
      "sys/fs/cgroup/cpu.max": "max 100000\n", "sys/fs/cgroup/memory.max": "max\n",
    ])
    #expect(CgroupLimits.read(root: root.path) == CgroupLimits())
    #expect(CgroupLimits.read(root: root.path + "/nowhere") == CgroupLimits())
  }

  @Test func version1HasAHierarchyForEachController() throws {
    let root = try FixtureRoot([
      "proc/self/cgroup": "11:cpu,cpuacct:/docker/x\n4:memory:/docker/x\n1:name=systemd:/\n",
      "proc/self/mountinfo": version1,
      "sys/fs/cgroup/cpu,cpuacct/docker/x/cpu.cfs_quota_us": "250000\n",
      "sys/fs/cgroup/cpu,cpuacct/docker/x/cpu.cfs_period_us": "100000\n",
      "sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us": "-1\n",
      "sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us": "100000\n",
      "sys/fs/cgroup/memory/docker/x/memory.limit_in_bytes": "1073741824\n",
      "sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n",
    ])
    #expect(
      CgroupLimits.read(root: root.path) == CgroupLimits(processors: 2.5, memoryBytes: 1 << 30))
  }

  @Test func bothVersionsAtOnceAreRead() throws {
    let root = try FixtureRoot([
      "proc/self/cgroup": "4:memory:/m\n0::/u\n",
      "proc/self/mountinfo":
        "35 31 0:32 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n"
        + "41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n",
      "sys/fs/cgroup/memory/m/memory.limit_in_bytes": "2097152\n",
      "sys/fs/cgroup/unified/u/cpu.max": "100000 100000\n",
    ])
    #expect(
      CgroupLimits.read(root: root.path) == CgroupLimits(processors: 1, memoryBytes: 2 << 20))
  }

  @Test func aContainerSeesItsOwnGroupAtTheTopOfTheMount() {
    let mount = CgroupMount(top: "/docker/x", folder: "/cg", controllers: [])
    #expect(mount.folders(of: "/docker/x") == ["/cg"])
    #expect(mount.folders(of: "/docker/x/inner") == ["/cg/inner", "/cg"])
    #expect(mount.folders(of: "/docker/y") == ["/cg"])
    #expect(CgroupMount(top: "/", folder: "/cg", controllers: []).folders(of: "/../z") == ["/cg"])
    #expect(
      CgroupMount(top: "/", folder: "/cg", controllers: []).folders(of: "/a/b")
        == ["/cg/a/b", "/cg/a", "/cg"])
  }

  @Test func nonsenseIsNoLimit() throws {
    let root = try FixtureRoot([
      "proc/self/cgroup": "\n0\nx::y:\n0::/\n", "proc/self/mountinfo": "short\n- - -\n" + version2,
      "sys/fs/cgroup/cpu.max": "many 100000\n", "sys/fs/cgroup/memory.max": "-5\n",
    ])
    #expect(CgroupLimits.read(root: root.path) == CgroupLimits())
  }
}

@Suite struct HostTests {
  @Test func aQuotaIsRoundedUpAndNeverAboveTheProcessorsThatThereAre() {
    func processors(_ affinity: Int, _ quota: Double?) -> Int {
      HostResources(affinity: affinity, physicalBytes: nil, cgroup: CgroupLimits(processors: quota))
        .processors
    }
    #expect(processors(8, nil) == 8)
    #expect(processors(8, 1.5) == 2)
    #expect(processors(8, 0.1) == 1)
    #expect(processors(2, 64) == 2)
  }

  @Test func theSmallerOfMachineAndGroupBoundsMemory() {
    let both = HostResources(
      affinity: 1, physicalBytes: 8 << 30, cgroup: CgroupLimits(memoryBytes: 4 << 30))
    #expect(both.memoryLimit?.bytes == 4 << 30)
    #expect(both.memoryLimit?.of == "the control group's memory limit")
    let machine = HostResources(affinity: 1, physicalBytes: 8 << 30, cgroup: CgroupLimits())
    #expect(machine.memoryLimit?.of == "the machine's memory")
    #expect(
      HostResources(affinity: 1, physicalBytes: nil, cgroup: CgroupLimits()).memoryLimit == nil)
  }

  @Test func thisMachineIsRead() throws {
    let host = HostResources.read()
    #expect(host.affinity >= 1 && host.affinity <= ProcessInfo.processInfo.processorCount)
    #expect(host.physicalBytes == ProcessInfo.processInfo.physicalMemory)
    let root = try FixtureRoot(["proc/meminfo": "MemTotal:       16384 kB\nMemFree: 1 kB\n"])
    #expect(HostResources.read(root: root.path).physicalBytes == 16 << 20)
  }

  @Test func theLimitOfDescriptorsIsRaisedToTheHardOne() {
    let raised = DescriptorLimit.raise()
    #expect(raised == UInt64(DescriptorLimit.current.rlim_max))
  }
}

@Suite struct ResourcePlanTests {
  private func host(memory: UInt64, processors: Int = 2) -> HostResources {
    HostResources(affinity: processors, physicalBytes: memory, cgroup: CgroupLimits())
  }
  private func configuration(memory: UInt64, threads: Int? = nil) -> NodeConfiguration {
    var configuration = NodeConfiguration()
    configuration.cache.memoryBytes = memory
    configuration.threads = threads
    return configuration
  }

  @Test func aPlanNamesThreadsAndWhatMemoryIsFor() {
    let plan = ResourcePlan(configuration(memory: 1 << 30), on: host(memory: 16 << 30))
    #expect(plan.threads == 2 && plan.errors == [] && plan.warnings == [])
    #expect(plan.memory[0] == ResourcePlan.Part("blocks in memory", 1 << 30))
    // 2 threads x 10 blocks of 4 MiB, and 2 x 64 MiB kept for the next; then 2 x 16 and 64 MiB.
    #expect(plan.memory.map(\.bytes) == [1 << 30, 208 << 20, 163_840, 32 << 20, 64 << 20])
    #expect(plan.summary.hasPrefix("2 threads, about 1329 MiB of memory when full (blocks in"))
  }

  @Test func moreThanThereIsIsAnErrorThatSaysWhatFits() {
    var limited = host(memory: 64 << 30)
    limited.cgroup.memoryBytes = 1 << 30
    let plan = ResourcePlan(configuration(memory: 1 << 30), on: limited)
    #expect(
      plan.errors == [
        "the node would use about 1329 MiB, more than the 1024 MiB of the control group's memory "
          + "limit; lower cache.memory.capacity to 719 MiB at most, or raise the limit"
      ])
    let fitting = ResourcePlan(configuration(memory: 719 << 20), on: limited)
    #expect(fitting.errors == [])
    limited.cgroup.memoryBytes = 100 << 20
    let hopeless = ResourcePlan(configuration(memory: 1 << 30), on: limited)
    #expect(
      hopeless.errors[0].hasSuffix(
        "raise the limit above 305 MiB, which the node uses "
          + "without any cache"))
  }

  @Test func littleRoomAndThrottlingAndTooManyThreadsAreWarnedOf() {
    let tight = ResourcePlan(configuration(memory: 1 << 30), on: host(memory: 1_400 << 20))
    #expect(tight.errors == [] && tight.warnings.count == 1)
    var throttled = host(memory: 64 << 30)
    throttled.cgroup.throttledMemoryBytes = 1 << 30
    let slow = ResourcePlan(configuration(memory: 1 << 30), on: throttled)
    #expect(slow.errors == [] && slow.warnings.count == 1)
    #expect(slow.warnings.first?.contains("memory.high of 1024 MiB") == true)
    let crowded = ResourcePlan(
      configuration(memory: 1 << 30, threads: 3), on: host(memory: 64 << 30))
    #expect(
      crowded.warnings == [
        "threads is 3, but the node may use 2 processors: event loops would wait for each other; "
          + "lower threads, or leave it out"
      ])
  }
}
