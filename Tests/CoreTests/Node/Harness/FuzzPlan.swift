import TarnCore

/// What one seed of the fuzz test stands for: a cell, its configuration, its blocks and its luck.
struct FuzzPlan {
  /// What goes wrong.
  enum Faults: Int, CaseIterable {
    /// Nothing: one origin read for a block, and no read fails.
    case none
    /// 503s and errors of the origin.
    case origin
    /// Corrupt, failing and silent flash.
    case flash
    /// Lost messages, crashes, returns and views.
    case nodes
    case all
  }

  var nodes: Int
  var faults: Faults
  var configuration: CacheConfiguration
  var conditions: Conditions
  var blocks: [HarnessBlock] = []
  var chains: [[HarnessBlock]] = []
  var objects: [ObjectIdentity] = []
  /// How many of a thousand operations come with a question to the origin that is no block.
  var leavePermille = 0
  var random: ClusterRandom
  let seed: UInt64

  static let lengths: [UInt32] = [4096, 16384, 10_000]

  init(seed: UInt64) {
    self.seed = seed
    var random = ClusterRandom(seed)
    nodes = random.pick([1, 1, 2, 3, 3, 4, 5, 8, 12])
    faults = random.pick(Faults.allCases)
    configuration = FuzzPlan.configuration(&random)
    conditions = FuzzPlan.conditions(faults, &random)
    self.random = random
    makeBlocks()
    if faults == .all || faults == .origin, self.random.chance(500) {
      conditions.missing = [blocks[0].key]
    }
    makePaths()
    var leaves = ClusterRandom(seed ^ 0x6C65_6176_6573)
    leavePermille = leaves.pick([0, 0, 200, 1000])
  }

  // MARK: Paths

  /// Two seeds in five have several paths to the origin. Drawn apart, so that the others' luck does
  /// not depend on it.
  private mutating func makePaths() {
    var random = ClusterRandom(seed ^ 0x7061_7468_7300)
    guard random.chance(400) else { return }
    configuration.originPaths = (0..<random.pick([2, 2, 3, 4])).map { index in
      var path = OriginPathConfiguration(isBudgeted: random.chance(500))
      path.isAuthoritative = index == 0 || random.chance(700)
      if random.chance(200) { path.timeoutNanoseconds = random.pick([100_000_000, 2_000_000_000]) }
      if random.chance(200) { path.penaltyMicroseconds = random.pick([1000, 1_000_000]) }
      return path
    }
    for index in configuration.originPaths.indices {
      let path = OriginPath(index: index)
      conditions.pathDelays[path] = 1_000_000...random.pick([2_000_000, 20_000_000, 900_000_000])
      if !configuration.originPaths[index].isAuthoritative, random.chance(500) {
        conditions.troubles[path] = .lacks
      } else if faults == .origin || faults == .all, random.chance(300) {
        conditions.troubles[path] = random.pick([.fails, .stalls, .throttles])
      }
    }
  }

  // MARK: Configuration

  private static func configuration(_ random: inout ClusterRandom) -> CacheConfiguration {
    var configuration = CacheConfiguration()
    configuration.memoryBytes = random.pick([65_536, 131_072, 262_144, 1_048_576])
    configuration.memoryEviction = eviction(&random)
    configuration.flashEviction = eviction(&random)
    if random.chance(300) { configuration.memoryAdmission = random.pick(AdmissionKind.allCases) }
    if random.chance(300) { configuration.flashAdmission = random.pick(AdmissionKind.allCases) }
    configuration.memoryHeadroomPermille = random.pick([0, 30, 200])
    configuration.flashSegmentBytes = random.pick([32_768, 65_536])
    let segments = random.pick([0, 4, 5, 8, 24])
    configuration.flashBytes = UInt64(segments) * UInt64(configuration.flashSegmentBytes)
    configuration.flashFill = random.pick(FlashFill.allCases)
    configuration.fetch.fanOut = random.pick([0, 1, 2, 4])
    configuration.fetch.owners = random.pick([1, 2, 3])
    if random.chance(100) { configuration.fetch.flightLimit = random.pick([2, 8]) }
    if random.chance(100) { configuration.fetch.bypassPercent = random.pick([20, 100]) }
    if random.chance(200) { configuration.fetch.originAttempts = 1 }
    if random.chance(250) {
      configuration.originRequestsPerSecond = random.pick([20, 100])
      configuration.originBytesPerSecond = random.pick([200_000, 2_000_000])
      // By what was drawn, so that seeds of old stay what they were.
      configuration.originCeilingPermille = [1000, 1500, 8000][Int(configuration.fetch.owners) - 1]
    }
    configuration.tenantQuotaPermille = random.pick([[], [], [300, 500], [600, 600, 250]])
    return configuration
  }

  static func eviction(_ random: inout ClusterRandom) -> EvictionConfiguration {
    var eviction = EvictionConfiguration(random.pick(EvictionKind.allCases))
    if random.chance(200) { eviction.smallPermille = 500 }
    return eviction
  }

  private static func conditions(_ faults: Faults, _ random: inout ClusterRandom) -> Conditions {
    var conditions = Conditions()
    conditions.messageDelay = 50_000...random.pick([200_000, 5_000_000, 40_000_000])
    conditions.flashDelay = 20_000...random.pick([100_000, 20_000_000])
    conditions.originDelay = 1_000_000...random.pick([5_000_000, 80_000_000])
    let hasAll = faults == .all
    if faults == .origin || hasAll {
      conditions.originThrottlePermille = random.pick([0, 100, 500])
      conditions.originFailPermille = random.pick([0, 100, 500])
      conditions.originStallPermille = random.pick([0, 0, 50])
      conditions.retryAfterMilliseconds = 0...1000
    }
    if faults == .flash || hasAll {
      conditions.flashCorruptPermille = random.pick([0, 100])
      conditions.flashFailPermille = random.pick([0, 50])
      conditions.flashStallPermille = random.pick([0, 30])
    }
    if faults == .nodes || hasAll { conditions.messageLossPermille = random.pick([0, 10, 100]) }
    return conditions
  }

  // MARK: Blocks

  private mutating func makeBlocks() {
    for object in 0..<3 {
      let identity = ObjectIdentity(high: random.next(), low: random.next())
      objects.append(identity)
      let length = FuzzPlan.lengths[object]
      for index in 0..<UInt32(random.pick([2, 6, 12])) {
        let key = identity.block(index: index, blockBytes: length)
        blocks.append(HarnessBlock(key: key, length: length, tenant: TenantID(UInt16(object))))
      }
    }
    for _ in 0..<random.below(4) {
      let salt = TenantSalt(key0: random.next(), key1: 3)
      let tenant = TenantID(UInt16(random.below(4)))
      let trunk = chain(salt, tenant, from: [], depth: 3 + random.below(5))
      let branch = chain(salt, tenant, from: Array(trunk.prefix(2)), depth: 3)
      chains += [trunk, branch]
    }
  }

  private mutating func chain(
    _ salt: TenantSalt, _ tenant: TenantID, from start: [HarnessBlock], depth: Int
  ) -> [HarnessBlock] {
    var chain = start
    var anchor = random.next()
    while chain.count < start.count + depth {
      let hash = random.next()
      if chain.count < 2 { anchor = hash }
      let key = KVChain.key(salt: salt, model: 1, anchor: anchor, chainHash: hash)
      let parent = chain.isEmpty ? key : chain[chain.count - 1].key
      chain.append(HarnessBlock(key: key, length: 4096, tenant: tenant, kvAfter: parent))
    }
    return chain
  }
}
