import TarnCore
import TarnSettings

/// Changes of a scenario that designs are made of.
extension Scenario {
  /// Changes the cache of every pool.
  mutating func changeCaches(_ change: (inout CacheSettings) -> Void) {
    change(&cache)
    for index in topology.pools.indices {
      guard var settings = topology.pools[index].cache else { continue }
      change(&settings)
      topology.pools[index].cache = settings
    }
  }

  /// Reads of objects come in blocks of this size.
  ///
  /// A reader keeps at least as many bytes under way as before, and at least as many requests, so no
  /// design reads less far ahead than another; what it reads it needs in full.
  mutating func setBlocks(_ bytes: UInt32) {
    for index in workloads.indices {
      switch workloads[index].kind {
      case .training(var training):
        training.readerDepth = depth(training.readerDepth, training.blockBytes, bytes)
        training.blockBytes = bytes
        workloads[index].kind = .training(training)
      case .coldStart(var coldStart):
        coldStart.readerDepth = depth(coldStart.readerDepth, coldStart.blockBytes, bytes)
        coldStart.blockBytes = bytes
        workloads[index].kind = .coldStart(coldStart)
      case .scan(var scan):
        scan.readerDepth = depth(scan.readerDepth, scan.blockBytes, bytes)
        scan.blockBytes = bytes
        workloads[index].kind = .scan(scan)
      case .objects(var objects):
        objects.readerDepth = depth(objects.readerDepth, objects.blockBytes, bytes)
        objects.blockBytes = bytes
        workloads[index].kind = .objects(objects)
      // Recorded requests and prompts name blocks: those stay what they are.
      case .replay, .inference: break
      }
    }
  }

  /// A node has 64 reads under way at most, of sampled blocks where keys are sampled.
  private func depth(_ depth: Int, _ before: UInt32, _ now: UInt32) -> Int {
    let most = Int(64 / sampling.rate)
    guard now < before else { return min(depth, most) }
    return min(most, (depth * Int(before) + Int(now) - 1) / Int(now))
  }

  /// Nobody counts a cell's requests: clients learn from 503s alone.
  mutating func liftBudgets() {
    changeCaches { settings in
      settings.budget = .fixed(
        requestsPerSecond: 1_000_000_000, bytesPerSecond: 1_000_000_000_000_000)
      settings.fetch.originAttempts = 5
    }
  }
}
