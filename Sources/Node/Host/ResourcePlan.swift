internal import TarnCore

/// What a node of some configuration would use of its host, and what is wrong with that.
public struct ResourcePlan: Sendable, Equatable {
  public struct Part: Sendable, Equatable {
    public var name: String
    public var bytes: UInt64
    public init(_ name: String, _ bytes: UInt64) {
      self.name = name
      self.bytes = bytes
    }
  }

  /// Event loops, each with a shard.
  public var threads: Int
  /// What memory is for, estimated at full tiers.
  public var memory: [Part]
  /// Why the node must not start; each names a key and the cure.
  public var errors: [String] = []
  /// What an operator should know.
  public var warnings: [String] = []

  public var memoryBytes: UInt64 { memory.reduce(0) { $0 + $1.bytes } }

  /// Estimated bytes of a cached block's records in the core: entry, index, eviction, ghosts.
  static let bytesOfRecord: UInt64 = 128
  /// Bytes of a thread: stack in use, receive buffers, allocator caches, connections' state.
  static let bytesOfThread: UInt64 = 16 << 20
  /// Bytes of the process before it serves anything: code, libraries, TLS certificates.
  static let bytesOfProcess: UInt64 = 64 << 20

  /// A plan for `configuration` on `host`.
  public init(_ configuration: NodeConfiguration, on host: HostResources) {
    threads = configuration.threads ?? host.processors
    let cache = configuration.cache
    let block = UInt64(configuration.blockBytes)
    // A block that a client still sends or flash still writes may have been evicted already.
    let underWay = UInt64(threads) * UInt64(2 * (configuration.readAhead + 1)) * block
    let spare = min(UInt64(PayloadMemory.spareBytes), cache.memoryBytes / 16) * UInt64(threads)
    memory = [
      Part("blocks in memory", cache.memoryBytes),
      Part("blocks under way and pages kept for the next", underWay + spare),
      Part(
        "records of cached blocks",
        (cache.memoryBytes / block + cache.flashBytes / block) * Self.bytesOfRecord),
      Part("threads", UInt64(threads) * Self.bytesOfThread),
      Part("process", Self.bytesOfProcess),
    ]
    checkMemory(host)
    checkThreads(host)
  }

  private mutating func checkMemory(_ host: HostResources) {
    guard let limit = host.memoryLimit else { return }
    let wanted = "the node would use about \(mebibytes(memoryBytes))"
    let tier = memory[0].bytes
    let overhead = memoryBytes - tier
    let fits = limit.bytes > overhead ? limit.bytes - overhead : 0
    if memoryBytes > limit.bytes {
      let cure =
        fits >> 20 > 0
        ? "lower cache.memory.capacity to \(fits >> 20) MiB at most, or raise the limit"
        : "raise the limit above \(mebibytes(overhead)), which the node uses without any cache"
      errors.append("\(wanted), more than the \(mebibytes(limit.bytes)) of \(limit.of); \(cure)")
    } else if memoryBytes > limit.bytes / 10 * 9 {
      warnings.append(
        "\(wanted) of the \(mebibytes(limit.bytes)) of \(limit.of); leave a tenth for what can't be "
          + "foreseen, or the kernel may end the process")
    }
    if let high = host.cgroup.throttledMemoryBytes, memoryBytes > high {
      warnings.append(
        "\(wanted), more than the control group's memory.high of \(mebibytes(high)): the kernel "
          + "would slow it down; lower cache.memory.capacity or raise memory.high")
    }
  }

  private mutating func checkThreads(_ host: HostResources) {
    guard threads > host.processors else { return }
    warnings.append(
      "threads is \(threads), but the node may use \(host.processors) processors: event loops would "
        + "wait for each other; lower threads, or leave it out")
  }

  /// For the log at the start: threads, memory and its parts.
  public var summary: String {
    let parts = memory.map { "\($0.name) \(mebibytes($0.bytes))" }.joined(separator: ", ")
    return "\(threads) threads, about \(mebibytes(memoryBytes)) of memory when full (\(parts))"
  }
}

private func mebibytes(_ bytes: UInt64) -> String { "\((bytes + (1 << 20) - 1) >> 20) MiB" }
