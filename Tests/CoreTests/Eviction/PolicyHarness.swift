@testable import TarnCore

/// A stream of random numbers of the tests' own (SplitMix64: Steele, Lea, Flood, OOPSLA 2014).
struct HarnessRandom {
  var state: UInt64
  init(seed: UInt64) { state = seed }
  mutating func next(below bound: UInt64) -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var bits = state
    bits = (bits ^ (bits >> 30)) &* 0xbf58_476d_1ce4_e5b9
    bits = (bits ^ (bits >> 27)) &* 0x94d0_49bb_1331_11eb
    return ((bits ^ (bits >> 31)) >> 1) % bound
  }
}

extension EvictionKind {
  /// All but `auto`, whose shadows have memory limits of their own.
  static var fixed: [EvictionKind] { allCases.filter { $0 != .auto } }
}

/// Block number `id` as a key; all share `high`, as the blocks of one placement group do.
func numberedKey(_ id: UInt64) -> BlockKey { BlockKey(high: 7, low: id) }

/// A tier of `capacity` bytes run by a policy and, beside it, by a naive model.
struct PolicyHarness<Policy: EvictionPolicy & ~Copyable, Model: NaiveModel>: ~Copyable {
  var table = BlockTable()
  var policy: Policy
  var model: Model
  var used: UInt64 = 0
  let capacity: UInt64
  var divergence: String?

  init(_ configuration: EvictionConfiguration, capacity: UInt64, model: Model) {
    self.capacity = capacity
    self.model = model
    policy = Policy(configuration, capacityBytes: capacity)
  }

  mutating func evict() {
    let slot = policy.evict(from: &table)
    let victim = slot == .none ? nil : table[slot].key.low
    let expected = model.evict()
    if victim != expected {
      divergence = "victim \(String(describing: victim)), model \(String(describing: expected))"
    }
    if slot == .none { return }
    used -= UInt64(table[slot].length)
    table.remove(slot)
  }

  /// The first half of a miss: tell the policy and make space.
  mutating func makeSpace(for block: ModelBlock) {
    policy.prepare(key: numberedKey(block.id), length: UInt32(block.bytes), in: &table)
    model.prepare(block)
    while used + block.bytes > capacity && divergence == nil { evict() }
    used += block.bytes
  }

  /// The second half: the block has arrived.
  mutating func arrive(_ block: ModelBlock, isCold: Bool) {
    let slot = table.insert(
      key: numberedKey(block.id), length: UInt32(block.bytes), tenant: TenantID(0))
    if isCold {
      policy.insertCold(slot, in: &table)
      model.insertCold(block)
    } else {
      policy.insert(slot, in: &table)
      model.insert(block)
    }
  }

  mutating func access(_ block: ModelBlock) {
    let slot = table.find(numberedKey(block.id))
    if slot != .none {
      policy.hit(slot, in: &table)
      model.hit(block.id)
    } else {
      makeSpace(for: block)
      arrive(block, isCold: false)
    }
  }

  mutating func remove(_ block: ModelBlock) {
    let slot = table.find(numberedKey(block.id))
    if slot == .none { return }
    policy.remove(slot, in: &table)
    model.remove(block.id)
    used -= block.bytes
    table.remove(slot)
  }
}

/// Drives `steps` random calls and then drains the tier; nil, or where policy and model part.
///
/// Most calls are reads, skewed towards small numbers; mixed in are removals, cold insertions,
/// evictions ahead of need, and pairs of misses that overlap.
func firstDivergence<Policy: EvictionPolicy & ~Copyable, Model: NaiveModel>(
  of policy: Policy.Type, from model: Model, configuration: EvictionConfiguration,
  capacity: UInt64, isSized: Bool, seed: UInt64, steps: Int = 3000
) -> String? {
  var harness = PolicyHarness<Policy, Model>(configuration, capacity: capacity, model: model)
  var random = HarnessRandom(seed: seed)
  func block(_ id: UInt64) -> ModelBlock {
    ModelBlock(id: id, bytes: isSized ? 1 + id * 7 % 13 : 1)
  }
  for step in 0..<steps {
    let id = random.next(below: random.next(below: 150) + 1)
    let absent = harness.table.find(numberedKey(id)) == .none
    switch random.next(below: 100) {
    case 0..<4: harness.remove(block(id))
    case 4..<8 where absent:
      harness.makeSpace(for: block(id))
      harness.arrive(block(id), isCold: true)
    case 8..<11 where harness.table.count > 0: harness.evict()
    case 11..<16 where absent && harness.table.find(numberedKey(id + 1000)) == .none:
      harness.makeSpace(for: block(id))
      harness.makeSpace(for: block(id + 1000))
      harness.arrive(block(id), isCold: false)
      harness.arrive(block(id + 1000), isCold: false)
    default: harness.access(block(id))
    }
    if let divergence = harness.divergence { return "seed \(seed), step \(step): \(divergence)" }
  }
  harness.table.checkInvariants()
  while harness.table.count > 0 {
    harness.evict()
    if let divergence = harness.divergence { return "seed \(seed), draining: \(divergence)" }
  }
  return harness.used == 0 ? nil : "seed \(seed): \(harness.used) bytes left in an empty tier"
}
