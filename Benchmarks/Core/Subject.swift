import TarnCore

/// A core whose memory tier is full of 4 MiB blocks and has been for a long time.
final class Subject {
  static let blocks = 2_000

  let kind: EvictionKind
  var driver: Driver
  /// Reads of resident blocks only, Zipf 1.0 over all of them.
  let hits: [BlockKey]
  /// Share of the filling reads that hit, once the tier was full: shows that the policy works.
  let fillHitRatio: Double
  /// The number of the next block that no core has seen.
  var nextFresh: UInt64 = 0

  init(_ kind: EvictionKind) {
    self.kind = kind
    var configuration = CacheConfiguration()
    configuration.memoryBytes = UInt64(Subject.blocks) * UInt64(Driver.blockBytes)
    configuration.memoryEviction = EvictionConfiguration(kind)
    driver = Driver(configuration)
    fillHitRatio = Subject.fill(&driver)
    hits = Subject.residentReads(driver.node)
  }

  /// Reads ten times as many blocks as fit, skewed, until queues and ghosts are as full as they get.
  private static func fill(_ driver: inout Driver) -> Double {
    let zipf = Zipf(count: 10 * blocks)
    var draws = Draws(seed: 1)
    var hitsBefore: UInt64 = 0
    let reads = 100_000
    for read in 0..<reads {
      if read == reads / 2 { hitsBefore = driver.node.counters.memoryHits }
      let key = numberedKey(UInt64(zipf.rank(&draws)), series: 1)
      driver.fetch(depth: 1) { _ in key }
    }
    precondition(driver.node.memory.count == blocks, "a full tier of equal blocks has no gap")
    return Double(driver.node.counters.memoryHits - hitsBefore) / Double(reads / 2)
  }

  static func residentReads(_ node: borrowing CacheNode) -> [BlockKey] {
    var keys: [BlockKey] = []
    for slot in 0..<node.memory.table.slotLimit where node.memory.table.isLive(slot) {
      keys.append(node.memory.table[slot].key)
    }
    // Slots follow age and popularity; the hash in the key follows nothing.
    keys.sort { $0.low < $1.low }
    let zipf = Zipf(count: keys.count)
    var draws = Draws(seed: 2)
    return (0..<1 << 13).map { _ in keys[zipf.rank(&draws)] }
  }
}
