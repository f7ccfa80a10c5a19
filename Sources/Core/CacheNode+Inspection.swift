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
