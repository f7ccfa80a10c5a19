import TarnCore

/// What must hold after every step.
extension ClusterHarness {
  func audit(_ node: HarnessNode, _ before: StepContext) {
    if node.core.memory.usedBytes > configuration.memoryBytes {
      fail("memory holds more than its capacity")
    }
    if node.core.flashLog.bytesInUse > configuration.flashBytes {
      fail("flash holds more than its capacity")
    }
    auditPins(node, before)
    auditChains(node, before)
  }

  private func auditPins(_ node: HarnessNode, _ before: StepContext) {
    if node.core.memory.pinnedBytes > configuration.memoryBytes / 2 {
      fail("more than half of memory is pinned")
    }
    if before.isInvalidation { node.pins.removeAll { $0 == before.key } }
    for key in node.pins where !isInMemory(key, node) { fail("a pinned block left memory") }
    guard let key = before.key, !before.isInvalidation, before.slot != .none else { return }
    let slot = node.core.memory.find(key)
    let isPinned = slot != .none && node.core.memory.table[slot].flags.contains(.pinned)
    node.pins.removeAll { $0 == key }
    if isPinned { node.pins.append(key) }
  }

  private func auditChains(_ node: HarnessNode, _ before: StepContext) {
    node.links.removeAll { !isInMemory($0.child, node) }
    if before.isInvalidation {
      node.links.removeAll { $0.parent == before.key || $0.child == before.key }
    }
    for link in node.links where !isInMemory(link.parent, node) {
      fail("a KV block left memory before its continuation")
    }
    guard let key = before.key, let parent = before.parent, before.slot == .none,
      before.parentWasReadable, isInMemory(key, node), isInMemory(parent, node)
    else { return }
    node.links.append((child: key, parent: parent))
  }

  private func isInMemory(_ key: BlockKey, _ node: HarnessNode) -> Bool {
    let slot = node.core.memory.find(key)
    return slot != .none && node.core.memory.isReadable(slot)
  }

  /// The books of a core against what its tables say; O(blocks).
  func auditThoroughly(_ node: HarnessNode) {
    guard violation == nil, node.isUp else { return }
    node.core.checkInvariants()
    var bytes: UInt64 = 0
    var ofTenant = [UInt64](repeating: 0, count: configuration.tenantQuotaPermille.count)
    let table = node.core.memory.table.slotLimit
    for slot in 0..<table where node.core.memory.table.isLive(slot) {
      let entry = node.core.memory.table[slot]
      bytes += UInt64(entry.length)
      let tenant = Int(entry.tenant.rawValue)
      if tenant < ofTenant.count { ofTenant[tenant] += UInt64(entry.length) }
      let isResident = !entry.flags.contains(.filling)
      if isResident, node.bytes(in: slot) != entry.key {
        fail("a slot holds another block's bytes")
      }
    }
    if bytes > configuration.memoryBytes { fail("memory's blocks are more than its capacity") }
    for (tenant, used) in ofTenant.enumerated() {
      let permille = UInt64(configuration.tenantQuotaPermille[tenant])
      if used * 1000 > configuration.memoryBytes * permille { fail("a tenant is over its quota") }
    }
    node.core.forEachFlashBlock { entry, extent in
      let place = node.device.place(at: extent)
      if place?.bytes != entry.key { fail("flash does not hold what the core thinks it holds") }
    }
  }

  /// Gives the first lives' inputs to fresh cores; says where their decisions differ.
  func replayDiffers() -> String? {
    for node in nodes {
      var fresh = CacheNode(configuration, id: NodeID(UInt16(node.number)))
      var record: [UInt8] = []
      var effects = Effects()
      for input in node.inputs {
        fresh.step(input.input, keys: input.keys.span, at: input.time, into: &effects)
        DecisionRecord.encode(
          input.input, at: input.time, keys: input.keys.span, effects: effects, into: &record)
        effects.removeAll()
      }
      if record != node.record { return "node \(node.number) decides otherwise when replayed" }
      if node.life == 0, fresh.decisionHash != node.core.decisionHash {
        return "node \(node.number) has another decision hash when replayed"
      }
    }
    return nil
  }
}
