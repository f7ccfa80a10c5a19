/// The eviction policies of one tier: one for all tenants without a quota, one for each with.
///
/// The shared partition lies inline, because most tiers have no other and 100,000 of them are held
/// at once.
struct Partitions: ~Copyable {
  private var shared: Partition
  /// Of tenants with a quota, by tenant number.
  private let owned: UnsafeMutablePointer<Partition>?
  private let ownedCount: Int

  /// One policy, and what its blocks may use and do use, bytes.
  private struct Partition: ~Copyable {
    var policy: AnyEviction
    var limit: UInt64
    var used: UInt64 = 0

    init(_ eviction: EvictionConfiguration, limit: UInt64) {
      policy = AnyEviction(eviction, capacityBytes: limit)
      self.limit = limit
    }

    /// How full it is, in thousandths of its limit.
    var fill: UInt64 { used / max(1, limit / 1000) }

    mutating func change(to eviction: EvictionConfiguration, in table: inout BlockTable) {
      var successor = AnyEviction(eviction, capacityBytes: limit)
      var slot = policy.evict(from: &table)
      while slot != .none {
        successor.insert(slot, in: &table)
        slot = policy.evict(from: &table)
      }
      policy = successor
    }
  }

  init(capacityBytes: UInt64, eviction: EvictionConfiguration, quotaPermille: [UInt16]) {
    shared = Partition(eviction, limit: capacityBytes)
    ownedCount = quotaPermille.count
    guard !quotaPermille.isEmpty else {
      owned = nil
      return
    }
    let memory = UnsafeMutablePointer<Partition>.allocate(capacity: quotaPermille.count)
    for (tenant, permille) in quotaPermille.enumerated() {
      let share = UInt64(permille)
      let limit = capacityBytes / 1000 * share + capacityBytes % 1000 * share / 1000
      (memory + tenant).initialize(to: Partition(eviction, limit: limit))
    }
    owned = memory
  }

  deinit {
    owned?.deinitialize(count: ownedCount)
    owned?.deallocate()
  }

  var residentBytes: Int {
    var bytes = shared.policy.residentBytes
    guard let owned else { return bytes }
    for tenant in 0..<ownedCount {
      bytes += MemoryLayout<Partition>.stride + owned[tenant].policy.residentBytes
    }
    return bytes
  }

  /// See `CacheTier.adaptiveReport`.
  var adaptiveReport: AdaptiveReport? { shared.policy.adaptiveReport }

  /// Brings the policy's own state closer.
  @inline(__always)
  func prefetch() { shared.policy.prefetch() }

  private func owns(_ tenant: TenantID) -> Int? {
    let index = Int(tenant.rawValue)
    return index < ownedCount ? index : nil
  }

  // MARK: Bytes

  func canHold(_ length: UInt32, of tenant: TenantID) -> Bool {
    guard let owned, let index = owns(tenant) else { return UInt64(length) <= shared.limit }
    return UInt64(length) <= owned[index].limit
  }

  func hasRoom(for length: UInt32, of tenant: TenantID) -> Bool {
    guard let owned, let index = owns(tenant) else {
      return shared.used + UInt64(length) <= shared.limit
    }
    return owned[index].used + UInt64(length) <= owned[index].limit
  }

  mutating func charge(_ length: UInt32, to tenant: TenantID) {
    guard let owned, let index = owns(tenant) else { return shared.used += UInt64(length) }
    owned[index].used += UInt64(length)
  }

  mutating func refund(_ length: UInt32, to tenant: TenantID) {
    guard let owned, let index = owns(tenant) else { return shared.used -= UInt64(length) }
    owned[index].used -= UInt64(length)
  }

  // MARK: Order

  mutating func prepare(
    key: BlockKey, length: UInt32, tenant: TenantID, in table: inout BlockTable
  ) -> Bool {
    guard let owned, let index = owns(tenant) else {
      return shared.policy.prepare(key: key, length: length, in: &table)
    }
    return owned[index].policy.prepare(key: key, length: length, in: &table)
  }

  /// Whether the block prepared last should rather not be kept.
  mutating func declines(tenant: TenantID, in table: inout BlockTable) -> Bool {
    guard let owned, let index = owns(tenant) else { return shared.policy.declines(in: &table) }
    return owned[index].policy.declines(in: &table)
  }

  mutating func insert(_ slot: Slot, in table: inout BlockTable) {
    guard let owned, let index = owns(table[slot].tenant) else {
      return shared.policy.insert(slot, in: &table)
    }
    owned[index].policy.insert(slot, in: &table)
  }

  mutating func insertCold(_ slot: Slot, in table: inout BlockTable) {
    guard let owned, let index = owns(table[slot].tenant) else {
      return shared.policy.insertCold(slot, in: &table)
    }
    owned[index].policy.insertCold(slot, in: &table)
  }

  mutating func hit(_ slot: Slot, in table: inout BlockTable) {
    guard let owned, let index = owns(table[slot].tenant) else {
      return shared.policy.hit(slot, in: &table)
    }
    owned[index].policy.hit(slot, in: &table)
  }

  mutating func remove(_ slot: Slot, in table: inout BlockTable) {
    guard let owned, let index = owns(table[slot].tenant) else {
      return shared.policy.remove(slot, in: &table)
    }
    owned[index].policy.remove(slot, in: &table)
  }

  /// A tenant whose quota has no room for `length` bytes loses its own; otherwise the partition
  /// fullest for its share loses.
  mutating func victim(
    for tenant: TenantID, length: UInt32, in table: inout BlockTable
  ) -> Slot {
    guard let owned else { return shared.policy.evict(from: &table) }
    if !hasRoom(for: length, of: tenant) {
      guard let index = owns(tenant) else { return shared.policy.evict(from: &table) }
      return owned[index].policy.evict(from: &table)
    }
    return fullestPartitionsVictim(owned, in: &table)
  }

  private mutating func fullestPartitionsVictim(
    _ owned: UnsafeMutablePointer<Partition>, in table: inout BlockTable
  ) -> Slot {
    var tried: UInt64 = 0
    while true {
      // Bit 63 and index -1 stand for the shared partition; `CacheConfiguration` allows 63 quotas.
      var best: (index: Int, fill: UInt64)?
      if tried & (1 << 63) == 0 { best = (-1, shared.fill) }
      for index in 0..<ownedCount where tried & (1 << UInt64(index)) == 0 {
        if best.map({ owned[index].fill > $0.fill }) ?? true { best = (index, owned[index].fill) }
      }
      guard let best else { return .none }
      let victim =
        best.index < 0
        ? shared.policy.evict(from: &table) : owned[best.index].policy.evict(from: &table)
      if victim != .none { return victim }
      tried |= best.index < 0 ? 1 << 63 : 1 << UInt64(best.index)
    }
  }

  mutating func change(to eviction: EvictionConfiguration, in table: inout BlockTable) {
    shared.change(to: eviction, in: &table)
    guard let owned else { return }
    for index in 0..<ownedCount { owned[index].change(to: eviction, in: &table) }
  }
}
