/// What one tier holds: the table of blocks, who leaves next, and who may use how much.
///
/// A tier accounts for bytes and order; it moves nothing. The node asks for room, looks at each
/// victim (to demote it, say) and then discards it. Bytes of blocks that are filling or draining
/// count as used, so the capacity holds at every instant.
///
/// Tenants with a quota are partitions with an eviction policy of their own, so that one tenant's
/// scan cannot push out another's working set; all other tenants share partition 0.
public struct CacheTier: ~Copyable {
  /// Bytes that the tier may hold.
  public let capacityBytes: UInt64
  /// Bytes that it holds: resident, filling and draining.
  public private(set) var usedBytes: UInt64 = 0
  /// Blocks that clients asked to keep.
  public private(set) var pinnedBytes: UInt64 = 0
  /// The blocks.
  public internal(set) var table = BlockTable()
  private var partitions: Partitions
  var chains = ChainLinks()

  /// An empty tier of `capacityBytes`, evicting by `eviction`; `quotaPermille[i]` is the share of
  /// the capacity that tenant `i` may use at most.
  public init(
    capacityBytes: UInt64, eviction: EvictionConfiguration, quotaPermille: [UInt16] = []
  ) {
    self.capacityBytes = capacityBytes
    partitions = Partitions(
      capacityBytes: capacityBytes, eviction: eviction, quotaPermille: quotaPermille)
  }

  /// Blocks in the tier.
  public var count: Int { table.count }

  /// Heap bytes behind this tier.
  public var residentBytes: Int {
    table.residentBytes + partitions.residentBytes + chains.residentBytes
  }

  /// The block's slot, filling or not; `Slot.none` if it is absent.
  public func find(_ key: BlockKey) -> Slot { table.find(key) }

  /// Whether the bytes of `slot` can be read now.
  public func isReadable(_ slot: Slot) -> Bool { !table[slot].flags.contains(.filling) }

  /// Brings what a step about `key` will touch first closer.
  @inline(__always)
  func prefetch(_ key: BlockKey) {
    table.prefetch(key)
    partitions.prefetch()
  }

  /// What an adaptive policy's shadows have seen, of tenants without a quota; nil of any other policy.
  public var adaptiveReport: AdaptiveReport? { partitions.adaptiveReport }

  // MARK: Room

  /// Whether `length` more bytes of `tenant` fit without an eviction.
  public func hasRoom(for length: UInt32, of tenant: TenantID) -> Bool {
    usedBytes + UInt64(length) <= capacityBytes && partitions.hasRoom(for: length, of: tenant)
  }

  /// Whether a client or a continuation of its prompt wants the block here.
  func isKept(_ slot: Slot) -> Bool {
    !table[slot].flags.isDisjoint(with: [.pinned, .hasChildren])
  }

  /// Whether at least `bytes` of the capacity are free.
  func hasFree(_ bytes: UInt64) -> Bool { usedBytes + bytes <= capacityBytes }

  /// Whether a block of this size can ever be held.
  public func canHold(_ length: UInt32, of tenant: TenantID) -> Bool {
    UInt64(length) <= capacityBytes && partitions.canHold(length, of: tenant)
  }

  /// Tells the policy of a miss before room is made for it. False if the policy would rather not keep
  /// the block, which a tier that reads land in must do all the same.
  @discardableResult
  public mutating func prepare(key: BlockKey, length: UInt32, tenant: TenantID) -> Bool {
    partitions.prepare(key: key, length: length, tenant: tenant, in: &table)
  }

  /// Whether the block prepared last is worth less than what would have to leave for it.
  mutating func declines(tenant: TenantID) -> Bool {
    partitions.declines(tenant: tenant, in: &table)
  }

  /// The block that should leave to make room for `length` bytes of `tenant`: still in the table, in
  /// no list any more; `Slot.none` if nothing can leave. The caller discards it or reinstates it.
  public mutating func victim(for tenant: TenantID, length: UInt32) -> Slot {
    partitions.victim(for: tenant, length: length, in: &table)
  }

  // MARK: Life of a block

  /// Adds a block that is on its way in. The caller has made room.
  public mutating func reserve(key: BlockKey, length: UInt32, tenant: TenantID) -> Slot {
    precondition(usedBytes + UInt64(length) <= capacityBytes, "room is made before it is used")
    let slot = table.insert(key: key, length: length, tenant: tenant)
    table[slot].flags = .filling
    usedBytes += UInt64(length)
    partitions.charge(length, to: tenant)
    return slot
  }

  /// Makes a block's bytes readable, without making it evictable yet.
  public mutating func land(_ slot: Slot) {
    precondition(table[slot].flags.contains(.filling), "only a filling block can land")
    table[slot].flags.remove(.filling)
    table[slot].next = .none
  }

  /// Hands a readable block to the eviction policy, unless something holds it.
  public mutating func release(_ slot: Slot) {
    guard table[slot].flags.isDisjoint(with: .held) else { return }
    partitions.insert(slot, in: &table)
  }

  /// A block was read.
  public mutating func touch(_ slot: Slot) {
    if table[slot].flags.contains(.inPolicy) { partitions.hit(slot, in: &table) }
  }

  /// Removes a block, whatever its state.
  public mutating func discard(_ slot: Slot) {
    let entry = table[slot]
    if entry.flags.contains(.inPolicy) { partitions.remove(slot, in: &table) }
    if entry.flags.contains(.pinned) { pinnedBytes -= UInt64(entry.length) }
    usedBytes -= UInt64(entry.length)
    partitions.refund(entry.length, to: entry.tenant)
    let parent = chains.unlink(slot)
    table.remove(slot)
    if parent != .none { leaf(parent) }
  }

  // MARK: Holding

  /// Keeps a block out of eviction while its bytes are written elsewhere.
  mutating func beginDraining(_ slot: Slot) { hold(slot, .draining) }

  /// Ends `beginDraining`.
  mutating func endDraining(_ slot: Slot) { unhold(slot, .draining) }

  /// Keeps a resident block until `unpin`; at most half of the tier can be pinned. False if refused.
  public mutating func pin(_ slot: Slot) -> Bool {
    let entry = table[slot]
    if entry.flags.contains(.pinned) { return true }
    guard pinnedBytes + UInt64(entry.length) <= capacityBytes / 2 else { return false }
    pinnedBytes += UInt64(entry.length)
    hold(slot, .pinned)
    return true
  }

  /// Ends `pin`.
  public mutating func unpin(_ slot: Slot) {
    guard table[slot].flags.contains(.pinned) else { return }
    pinnedBytes -= UInt64(table[slot].length)
    unhold(slot, .pinned)
  }

  private mutating func hold(_ slot: Slot, _ reason: EntryFlags) {
    if table[slot].flags.contains(.inPolicy) { partitions.remove(slot, in: &table) }
    table[slot].flags.insert(reason)
  }

  private mutating func unhold(_ slot: Slot, _ reason: EntryFlags) {
    table[slot].flags.remove(reason)
    release(slot)
  }

  // MARK: KV chains

  /// Says that `child` continues the prompt of `parent`: from now on the child leaves first.
  mutating func link(_ child: Slot, to parent: Slot) {
    guard chains.link(child, to: parent, in: table) else { return }
    hold(parent, .hasChildren)
  }

  /// `parent` lost its last child: it is the end of its prompt now, and the coldest block of all,
  /// since every read of the child had read it too.
  private mutating func leaf(_ parent: Slot) {
    table[parent].flags.remove(.hasChildren)
    guard table[parent].flags.isDisjoint(with: .held) else { return }
    partitions.insertCold(parent, in: &table)
  }

  // MARK: Configuration

  /// Replaces the eviction policy without a flush: the new one is given the blocks coldest first.
  public mutating func changeEviction(_ eviction: EvictionConfiguration) {
    partitions.change(to: eviction, in: &table)
  }

  /// Stops the program if the tier's books do not balance.
  public func checkInvariants() {
    table.checkInvariants()
    var bytes: UInt64 = 0
    var pinned: UInt64 = 0
    for slot in 0..<table.slotLimit where table.isLive(slot) {
      let entry = table[slot]
      bytes += UInt64(entry.length)
      if entry.flags.contains(.pinned) { pinned += UInt64(entry.length) }
      precondition(
        entry.flags.contains(.inPolicy) == entry.flags.isDisjoint(with: .held),
        "a block is in its policy unless something holds it")
    }
    precondition(bytes == usedBytes, "the tier's bytes are the sum of its blocks'")
    precondition(pinned == pinnedBytes, "the pinned bytes are the sum of the pinned blocks'")
    precondition(usedBytes <= capacityBytes, "a tier stays within its capacity")
  }
}

extension EntryFlags {
  /// Any of these keeps a block out of the eviction policy.
  static let held: EntryFlags = [.filling, .pinned, .draining, .hasChildren]
}
