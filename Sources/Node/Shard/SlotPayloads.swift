internal import TarnCore

/// Which payload lies in which of the core's memory slots.
struct SlotPayloads {
  private var payloads: [Payload?] = []

  subscript(slot: Slot) -> Payload? {
    get { slot < payloads.count ? payloads[Int(slot)] : nil }
    set {
      if slot >= payloads.count {
        if newValue == nil { return }
        let missing = Int(slot) + 1 - payloads.count
        payloads.append(contentsOf: repeatElement(nil, count: max(missing, payloads.count / 2)))
      }
      payloads[Int(slot)] = newValue
    }
  }

  /// Lets go of what the core's last steps freed.
  mutating func release(freedBy core: borrowing CacheNode) {
    core.visitFreeMemorySlots { slot in
      guard slot < payloads.count, payloads[Int(slot)] != nil else { return false }
      payloads[Int(slot)] = nil
      return true
    }
  }
}
