/// The eviction policies of one tier: one for all tenants without a quota, one for each with.
struct Partitions: ~Copyable {
  private let policies: UnsafeMutablePointer<AnyEviction>
  private let quotas: UnsafeMutablePointer<Quota>
  private let count: Int

  /// What a partition may use and does use, bytes.
  private struct Quota {
    var limit: UInt64
    var used: UInt64
  }

  init(capacityBytes: UInt64, eviction: EvictionConfiguration, quotaPermille: [UInt16]) {
    count = 1 + quotaPermille.count
    policies = .allocate(capacity: count)
    quotas = .allocate(capacity: count)
    for index in 0..<count {
      let permille = index == 0 ? 1000 : UInt64(quotaPermille[index - 1])
      let limit = capacityBytes / 1000 * permille + capacityBytes % 1000 * permille / 1000
      (policies + index).initialize(to: AnyEviction(eviction, capacityBytes: limit))
      (quotas + index).initialize(to: Quota(limit: limit, used: 0))
    }
  }

  deinit {
    policies.deinitialize(count: count)
    policies.deallocate()
    quotas.deallocate()
  }

  var residentBytes: Int {
    var bytes = count * (MemoryLayout<AnyEviction>.stride + MemoryLayout<Quota>.stride)
    for index in 0..<count { bytes += policies[index].residentBytes }
    return bytes
  }

  private func index(of tenant: TenantID) -> Int {
    let index = Int(tenant.rawValue) + 1
    return index < count ? index : 0
  }

  // MARK: Bytes

  func canHold(_ length: UInt32, of tenant: TenantID) -> Bool {
    UInt64(length) <= quotas[index(of: tenant)].limit
  }

  func hasRoom(for length: UInt32, of tenant: TenantID) -> Bool {
    let quota = quotas[index(of: tenant)]
    return quota.used + UInt64(length) <= quota.limit
  }

  func charge(_ length: UInt32, to tenant: TenantID) {
    quotas[index(of: tenant)].used += UInt64(length)
  }

  func refund(_ length: UInt32, to tenant: TenantID) {
    quotas[index(of: tenant)].used -= UInt64(length)
  }

  // MARK: Order

  func prepare(key: BlockKey, length: UInt32, tenant: TenantID, in table: inout BlockTable) {
    policies[index(of: tenant)].prepare(key: key, length: length, in: &table)
  }

  func insert(_ slot: Slot, in table: inout BlockTable) {
    policies[index(of: table[slot].tenant)].insert(slot, in: &table)
  }

  func insertCold(_ slot: Slot, in table: inout BlockTable) {
    policies[index(of: table[slot].tenant)].insertCold(slot, in: &table)
  }

  func hit(_ slot: Slot, in table: inout BlockTable) {
    policies[index(of: table[slot].tenant)].hit(slot, in: &table)
  }

  func remove(_ slot: Slot, in table: inout BlockTable) {
    policies[index(of: table[slot].tenant)].remove(slot, in: &table)
  }

  /// A tenant at its quota loses its own; otherwise the partition fullest for its share loses.
  func victim(for tenant: TenantID, in table: inout BlockTable) -> Slot {
    if count == 1 { return policies[0].evict(from: &table) }
    let own = index(of: tenant)
    if quotas[own].used * 1000 >= quotas[own].limit * 999 {
      let victim = policies[own].evict(from: &table)
      if victim != .none { return victim }
    }
    return fullestPartitionsVictim(in: &table)
  }

  private func fullestPartitionsVictim(in table: inout BlockTable) -> Slot {
    var tried: UInt64 = 0
    for _ in 0..<min(count, 64) {
      var best = -1
      var bestFill: UInt64 = 0
      for index in 0..<min(count, 64) where tried & (1 << UInt64(index)) == 0 {
        let fill = quotas[index].used / max(1, quotas[index].limit / 1000)
        if best < 0 || fill > bestFill { (best, bestFill) = (index, fill) }
      }
      guard best >= 0 else { return .none }
      let victim = policies[best].evict(from: &table)
      if victim != .none { return victim }
      tried |= 1 << UInt64(best)
    }
    return .none
  }

  func change(to eviction: EvictionConfiguration, in table: inout BlockTable) {
    for index in 0..<count {
      var successor = AnyEviction(eviction, capacityBytes: quotas[index].limit)
      var slot = policies[index].evict(from: &table)
      while slot != .none {
        successor.insert(slot, in: &table)
        slot = policies[index].evict(from: &table)
      }
      policies[index] = successor
    }
  }
}
