public import TarnCore

/// A prompt's way: route, look up, load, prefill, put.
extension InferenceWorkload {
  /// A prompt of the trace arrives at its replica.
  mutating func admitPrompt(
    at replica: UInt32, now: Instant, into actions: inout WorkloadActions
  ) {
    let index = takePrompt()
    let state = replicas[replica]
    let salt = mix64(configuration.seed ^ UInt64(replica) << 32 ^ UInt64(state.wraps))
    prompts[index].salt = salt
    prompts[index].arrivedAt = now
    prompts[index].replica = replica
    prompts[index].trace = state.next
    prompts[index].blocks = configuration.trace.fullBlocks(
      of: Int(state.next), blockTokens: configuration.blockTokens)
    lookUp(index, at: now, into: &actions)
  }

  /// Routes the prompt and asks its node how much of it is cached.
  mutating func lookUp(_ index: UInt32, at now: Instant, into actions: inout WorkloadActions) {
    guard let node = route(index) else {
      tally.dropped += 1
      free(index)
      return
    }
    settle(node, at: now)
    nodes[node].waiting += 1
    prompts[index].node = node
    prompts[index].phase = .lookingUp
    let blocks = prompts[index].blocks
    guard blocks > 0 else {
      loaded(index, at: now, into: &actions)
      return
    }
    let chain = KVChainReference(first: UInt32(actions.keys.count), count: blocks)
    for block in 0..<blocks { actions.append(key: key(of: block, in: index)) }
    let request = PrefixRequest(
      request: requestID(index, slot: 0), deadline: now + configuration.readTimeoutNanoseconds,
      tenant: configuration.tenant)
    actions.append(.lookUpPrefix(node: nodes[node].world, request, chain: chain))
  }

  public mutating func prefixAnswered(
    _ reply: PrefixReply, at now: Instant, into actions: inout WorkloadActions
  ) {
    let index = reply.request.workloadIndex
    guard prompts[index].generation == reply.request.generation,
      prompts[index].phase == .lookingUp
    else {
      ledger.staleReplies += 1
      return
    }
    prompts[index].phase = .loading
    prompts[index].wanted = min(reply.totalBlocks, prompts[index].blocks)
    prompts[index].next = 0
    load(index, at: now, into: &actions)
  }

  public mutating func completed(
    _ reply: Reply, at now: Instant, into actions: inout WorkloadActions
  ) {
    let index = reply.request.workloadIndex
    guard prompts[index].generation == reply.request.generation else {
      ledger.staleReplies += 1
      return
    }
    if prompts[index].phase == .putting {
      if reply.failure != .none { tally.failedPuts += 1 }
      prompts[index].next += 1
      put(index, at: now, into: &actions)
      return
    }
    let slot = reply.request.slot
    let read = slots[slotIndex(index, slot)]
    prompts[index].used &= ~(1 << UInt64(slot))
    if reply.failure == .none {
      ledger.answered(by: reply.source, after: now - read.issuedAt, at: now)
    } else {
      ledger.failed(at: now)
      prompts[index].wanted = min(prompts[index].wanted, read.block)
    }
    load(index, at: now, into: &actions)
  }

  /// Reads the prompt's cached blocks, then goes on to prefill.
  ///
  /// After a failure it waits for the reads that are under way, and uses what lies before.
  private mutating func load(
    _ index: UInt32, at now: Instant, into actions: inout WorkloadActions
  ) {
    let depth = Int(configuration.depth)
    while prompts[index].next < prompts[index].wanted,
      prompts[index].used.nonzeroBitCount < depth
    {
      let slot = UInt16((~prompts[index].used).trailingZeroBitCount)
      let block = prompts[index].next
      prompts[index].used |= 1 << UInt64(slot)
      prompts[index].next += 1
      slots[slotIndex(index, slot)] = ReadSlot(issuedAt: now, block: block)
      let request = ReadRequest(
        key: key(of: block, in: index), request: requestID(index, slot: slot),
        deadline: now + configuration.readTimeoutNanoseconds, length: configuration.blockBytes,
        tenant: configuration.tenant, flags: .kv, recomputeMicroseconds: recomputeMicroseconds)
      ledger.requests += 1
      actions.append(.read(node: nodes[prompts[index].node].world, request, at: now))
    }
    if prompts[index].used == 0, prompts[index].next >= prompts[index].wanted {
      loaded(index, at: now, into: &actions)
    }
  }

  /// All that can be loaded is there: the prompt queues for its node's prefill.
  private mutating func loaded(
    _ index: UInt32, at now: Instant, into actions: inout WorkloadActions
  ) {
    let node = prompts[index].node
    settle(node, at: now)
    nodes[node].waiting -= 1
    prompts[index].phase = .prefilling
    prompts[index].loadedAt = now
    let tokens = UInt64(tokensToCompute(index))
    let begin = max(now, nodes[node].busyUntil)
    let end = begin + tokens * 1_000_000_000 / configuration.prefillTokensPerSecond
    nodes[node].busyUntil = end
    schedule(
      .prefilled, aux: prompts[index].generation, index: index, at: end, into: &actions)
  }

  /// The first token is there; the new blocks are put.
  mutating func endPrefill(
    of index: UInt32, at now: Instant, into actions: inout WorkloadActions
  ) {
    let prompt = prompts[index]
    let time = now - prompt.arrivedAt
    tally.timeToFirstToken.record(time)
    tally.firstTokens += 1
    tally.timeToFirstTokenSum += Double(time)
    tally.loadTime += Double(prompt.loadedAt - prompt.arrivedAt)
    tally.promptBlocks += UInt64(prompt.blocks)
    tally.prefixBlocks += UInt64(prompt.wanted)
    tally.promptTokens += UInt64(configuration.trace.inputTokens[Int(prompt.trace)])
    tally.computedTokens += UInt64(tokensToCompute(index))
    prompts[index].phase = .putting
    prompts[index].next = prompt.wanted
    put(index, at: now, into: &actions)
  }

  /// Puts the prompt's next new block, or is done with it.
  private mutating func put(
    _ index: UInt32, at now: Instant, into actions: inout WorkloadActions
  ) {
    let block = prompts[index].next
    guard block < prompts[index].blocks else {
      free(index)
      return
    }
    tally.puts += 1
    ledger.requests += 1
    let key = key(of: block, in: index)
    let request = PutRequest(
      key: key, parent: block == 0 ? key : self.key(of: block - 1, in: index),
      request: requestID(index, slot: 0), length: configuration.blockBytes,
      tenant: configuration.tenant)
    actions.append(.put(node: nodes[prompts[index].node].world, request))
  }

  /// Tokens that no cached block covers; the last one is always computed, to give the next.
  private func tokensToCompute(_ index: UInt32) -> UInt32 {
    let prompt = prompts[index]
    let input = configuration.trace.inputTokens[Int(prompt.trace)]
    let covered = min(input, prompt.wanted * configuration.blockTokens)
    return max(1, input - covered)
  }
}
