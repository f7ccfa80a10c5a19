/// Looking into a core from outside, without changing it.
extension CacheNode {
  /// Calls `body` with every readable block on flash and its place, in the order of slots: what a
  /// restart's scan of the device would find.
  public func forEachFlashBlock(_ body: (Entry, FlashExtent) -> Void) {
    for slot in 0..<flash.table.slotLimit where flash.table.isLive(slot) {
      guard flash.isReadable(slot), let extent = flashLog.extent(of: slot) else { continue }
      body(flash.table[slot], extent)
    }
  }

  /// Whether this node could serve `key` from memory or flash now.
  public func canServe(_ key: BlockKey) -> Bool {
    let slot = memory.find(key)
    if slot != .none, memory.isReadable(slot) { return true }
    let flashSlot = flash.find(key)
    return flashSlot != .none && flash.isReadable(flashSlot)
  }
}

/// What a driver that moves bytes needs to know, and a model of one does not.
extension CacheNode {
  /// The memory slot that waits for the bytes of a peer's `give`, or of what flash or the origin
  /// reads; nil if nobody waits for them any more.
  public func destination(of operation: OperationID, key: BlockKey) -> Slot? {
    guard let flight = flights.find(operation), flights[flight].key == key else { return nil }
    switch flights[flight].state {
    case .askingPeer, .readingOrigin, .readingFlash: return flights[flight].slot
    default: return nil
    }
  }

  /// The block that a fetch or a flash write under way is about.
  public func key(of operation: OperationID) -> BlockKey? {
    flights.find(operation).map { flights[$0].key }
  }

  /// Calls `body` with memory slots that hold no block, the one that was freed last first, until it
  /// says false. No effect names the slots that an eviction frees: whoever keeps bytes by slot looks
  /// here after a step, down to the first slot that is empty already.
  public func visitFreeMemorySlots(_ body: (Slot) -> Bool) { memory.table.visitFree(body) }
}
