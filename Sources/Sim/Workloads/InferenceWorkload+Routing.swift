import TarnCore

/// Where prompts go, what their blocks are called, and where prompts are kept.
extension InferenceWorkload {
  /// The node that serves the prompt: by its anchor or at random, the next one if that is gone; nil
  /// if the whole replica is.
  func route(_ index: UInt32) -> UInt32? {
    let prompt = prompts[index]
    let replica = replicas[prompt.replica]
    let affine = configuration.routing == .prefixAffine && prompt.blocks > 0
    let anchor = min(prompt.blocks &- 1, configuration.anchorDepth)
    let hash =
      affine
      ? mix64(chainHash(of: anchor, in: index)) : mix64(prompt.salt ^ UInt64(prompt.trace))
    let start = UInt32(hash.multipliedFullWidth(by: UInt64(replica.nodeCount)).high)
    for offset in 0..<replica.nodeCount {
      let node = replica.firstNode + (start + offset) % replica.nodeCount
      if !nodes[node].gone { return node }
    }
    return nil
  }

  /// The chain hash of a block of the prompt, salted.
  func chainHash(of block: UInt32, in index: UInt32) -> UInt64 {
    let prompt = prompts[index]
    let first = configuration.trace.chainStart[Int(prompt.trace)]
    return mix64(configuration.trace.ids[first + Int(block)] ^ prompt.salt)
  }

  /// The key of a block of the prompt.
  func key(of block: UInt32, in index: UInt32) -> BlockKey {
    let anchor = KVChain.anchorIndex(ofBlock: block, anchorDepth: configuration.anchorDepth)
    return KVChain.key(
      salt: configuration.salt, model: configuration.model,
      anchor: chainHash(of: anchor, in: index), chainHash: chainHash(of: block, in: index))
  }

  /// What computing a block anew costs, for the core's decision whether to load it.
  var recomputeMicroseconds: UInt32 {
    let span = UInt64(configuration.blockTokens) * 1_000_000 / configuration.prefillTokensPerSecond
    return UInt32(clamping: max(1, span))
  }

  func requestID(_ index: UInt32, slot: UInt16) -> RequestID {
    RequestID(
      workload: configuration.number, generation: prompts[index].generation, slot: slot,
      index: index)
  }

  func slotIndex(_ index: UInt32, _ slot: UInt16) -> Int {
    Int(index) * Int(configuration.depth) + Int(slot)
  }

  /// A free prompt's number; room for prompts doubles when there is none.
  mutating func takePrompt() -> UInt32 {
    if let index = freePrompts.popLast() { return index }
    let count = prompts.count
    let larger = max(64, count * 2)
    precondition(
      larger <= Int(RequestID.workloadIndexLimit), "more than 2^24 prompts are under way at once")
    prompts.grow(to: larger, repeating: Prompt())
    slots.grow(to: larger * Int(configuration.depth), repeating: ReadSlot())
    for index in (UInt32(count) + 1..<UInt32(larger)).reversed() { freePrompts.append(index) }
    return UInt32(count)
  }

  /// Gives a prompt's place back; what is still under way for it becomes stale.
  mutating func free(_ index: UInt32) {
    let generation = prompts[index].generation &+ 1
    prompts[index] = Prompt()
    prompts[index].generation = generation
    freePrompts.append(index)
  }
}
