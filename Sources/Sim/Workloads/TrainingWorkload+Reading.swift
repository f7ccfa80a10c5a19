public import TarnCore

/// Readers: up to a depth of reads outstanding, in the order of the epoch.
extension TrainingWorkload {
  public mutating func completed(
    _ reply: Reply, at now: Instant, into actions: inout WorkloadActions
  ) {
    let node = reply.request.workloadIndex
    let slot = reply.request.slot
    let bit: UInt64 = 1 << UInt64(slot & 63)
    guard nodes[node].generation == reply.request.generation, nodes[node].used & bit != 0,
      nodes[node].retrying & bit == 0
    else {
      ledger.staleReplies += 1
      return
    }
    guard reply.failure == .none else {
      ledger.failed(at: now)
      nodes[node].retrying |= bit
      let again = now + configuration.retryDelayNanoseconds
      schedule(.retry, aux: slot, index: node, at: again, into: &actions)
      return
    }
    let read = slots[slotIndex(node, slot)]
    ledger.answered(by: reply.source, after: now - read.issuedAt, at: now)
    nodes[node].used &= ~bit
    arrived(read.step, of: UInt32(nodes[node].job), at: now, into: &actions)
    issue(node, at: now, into: &actions)
  }

  /// A block of `step` has arrived: if it was the last one, the step may start.
  @inline(__always)
  private mutating func arrived(
    _ step: UInt32, of job: UInt32, at now: Instant, into actions: inout WorkloadActions
  ) {
    let index = missingIndex(jobs[job], step: step)
    missing[index] -= 1
    if missing[index] == 0, step == jobs[job].started {
      startStepIfReady(of: job, at: now, into: &actions)
    }
  }

  /// A node may read for a step from now on; `low` is the low half of the step's number.
  mutating func openStep(
    _ low: UInt16, node: UInt32, at now: Instant, into actions: inout WorkloadActions
  ) {
    let opened = jobs[UInt32(nodes[node].job)].opened
    let step = opened - UInt32(UInt16(truncatingIfNeeded: opened) &- low)
    nodes[node].openSteps = max(nodes[node].openSteps, step + 1)
    issue(node, at: now, into: &actions)
  }

  /// Issues a failed read again, unless its node was lost since.
  mutating func retry(
    slot: UInt16, node: UInt32, at now: Instant, into actions: inout WorkloadActions
  ) {
    let bit: UInt64 = 1 << UInt64(slot & 63)
    guard nodes[node].retrying & bit != 0, nodes[node].state == .up else { return }
    nodes[node].retrying &= ~bit
    ledger.retries += 1
    send(
      slots[slotIndex(node, slot)].block, slot: slot, node: node, at: now, into: &actions)
  }

  /// Issues reads until the node's depth is reached or nothing is open to it.
  mutating func issue(_ node: UInt32, at now: Instant, into actions: inout WorkloadActions) {
    guard nodes[node].state == .up else { return }
    let job = UInt32(nodes[node].job)
    let depth = Int(jobs[job].depth)
    while nodes[node].used.nonzeroBitCount < depth {
      if nodes[node].left == 0, !takeStep(node, of: job) { return }
      nodes[node].left -= 1
      let slot = UInt16((~nodes[node].used).trailingZeroBitCount)
      nodes[node].used |= 1 << UInt64(slot)
      let block = nextBlock(node, of: job, into: &actions)
      slots[slotIndex(node, slot)] = ReadSlot(
        issuedAt: now, block: block, step: nodes[node].issuedSteps - 1)
      send(block, slot: slot, node: node, at: now, into: &actions)
    }
  }

  /// Goes on to the node's next open step that needs a block; false if there is none.
  private mutating func takeStep(_ node: UInt32, of job: UInt32) -> Bool {
    while nodes[node].issuedSteps < nodes[node].openSteps {
      let blocks = jobs[job].demand.blocks(
        of: nodes[node].issuedSteps, phase: nodes[node].phase)
      nodes[node].issuedSteps += 1
      if blocks > 0 {
        nodes[node].left = blocks
        return true
      }
    }
    return false
  }

  /// Asks the node for the block of a slot.
  mutating func send(
    _ block: UInt32, slot: UInt16, node: UInt32, at now: Instant,
    into actions: inout WorkloadActions
  ) {
    let state = nodes[node]
    let job = UInt32(state.job)
    let dataset = jobs[job].dataset
    ledger.requests += 1
    actions.append(
      .read(
        node: state.world,
        ReadRequest(
          key: dataset.object.block(index: block, blockBytes: dataset.blockBytes),
          request: RequestID(
            workload: configuration.number, generation: state.generation, slot: slot, index: node),
          deadline: now + configuration.readTimeoutNanoseconds, length: dataset.length(of: block),
          tenant: dataset.tenant, stream: jobs[job].stream), at: now))
  }

  @inline(__always)
  func slotIndex(_ node: UInt32, _ slot: UInt16) -> Int {
    Int(node) * slotsPerNode + Int(slot)
  }

  /// Asks the processor for what the answer to `request` will touch.
  @inline(__always)
  func prefetch(_ request: RequestID) {
    nodes.prefetch(Int(request.workloadIndex))
    slots.prefetch(slotIndex(request.workloadIndex, request.slot))
  }

  /// Asks the processor for what `event` will touch.
  @inline(__always)
  func prefetch(_ event: WorkloadEvent) {
    guard event.code == Code.stepOpens.rawValue || event.code == Code.retry.rawValue else { return }
    nodes.prefetch(Int(event.index))
    slots.prefetch(slotIndex(event.index, 0))
  }
}
