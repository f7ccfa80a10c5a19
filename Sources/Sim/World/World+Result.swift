import TarnCore

/// What the world has seen, in the fleet's own terms.
extension World {
  /// One hash over every core's decisions, in the order of nodes, and over those of cores that
  /// were lost on the way.
  var decisionHash: UInt64 {
    var hash = figures.retiredHash
    for node in 0..<fleet.nodeCount { hash = mix64(hash ^ nodes[node].decisionHash) }
    return hash
  }

  /// The counters of all cores, the lost ones included.
  var counters: CacheCounters {
    var sum = figures.retired
    for node in 0..<fleet.nodeCount { sum += nodes[node].counters }
    return sum
  }

  /// Heap bytes behind all cores, and blocks in them.
  var residency: (bytes: Int, memoryBlocks: Int, flashBlocks: Int) {
    var sum = (bytes: 0, memoryBlocks: 0, flashBlocks: 0)
    for node in 0..<fleet.nodeCount {
      sum.bytes += nodes[node].residentBytes + MemoryLayout<CacheNode>.stride
      sum.memoryBlocks += nodes[node].memory.count
      sum.flashBlocks += nodes[node].flash.count
    }
    return sum
  }
}
