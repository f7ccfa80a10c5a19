public import TarnCore

/// Nodes that go and come, and the end.
extension TrainingWorkload {
  public mutating func nodeLost(
    _ node: UInt32, at now: Instant, into actions: inout WorkloadActions
  ) {
    for index in roster.indices(of: node) where nodes[index].state == .up {
      let job = UInt32(nodes[index].job)
      settle(job, at: now)
      nodes[index].state = .awaited
      nodes[index].generation &+= 1
      nodes[index].retrying = 0
      jobs[job].awaited += 1
      schedule(
        .giveUp, aux: nodes[index].generation, index: index,
        at: now + configuration.restartAfterNanoseconds, into: &actions)
    }
  }

  public mutating func nodeReturned(
    _ node: UInt32, at now: Instant, into actions: inout WorkloadActions
  ) {
    for index in roster.indices(of: node) where nodes[index].state != .up {
      let job = UInt32(nodes[index].job)
      settle(job, at: now)
      if nodes[index].state == .awaited {
        jobs[job].awaited -= 1
      } else {
        jobs[job].given -= 1
        nodes[index].openSteps = jobs[job].opened
        nodes[index].issuedSteps = jobs[job].opened
      }
      nodes[index].state = .up
      resume(index, at: now, into: &actions)
      startStepIfReady(of: job, at: now, into: &actions)
    }
  }

  /// The reader goes on: what was outstanding at the loss is asked for again.
  private mutating func resume(
    _ node: UInt32, at now: Instant, into actions: inout WorkloadActions
  ) {
    guard jobs[UInt32(nodes[node].job)].began else { return }
    hint(node, into: &actions)
    var used = nodes[node].used
    while used != 0 {
      let slot = UInt16(used.trailingZeroBitCount)
      used &= used - 1
      ledger.retries += 1
      let block = slots[slotIndex(node, slot)].block
      send(block, slot: slot, node: node, at: now, into: &actions)
    }
    issue(node, at: now, into: &actions)
  }

  /// A job has waited long enough for a node: it goes on without it and what it still had to read.
  mutating func giveUp(
    node: UInt32, generation: UInt16, at now: Instant, into actions: inout WorkloadActions
  ) {
    guard nodes[node].state == .awaited, nodes[node].generation == generation else { return }
    let job = UInt32(nodes[node].job)
    settle(job, at: now)
    forgetReads(of: node, job: job)
    nodes[node].state = .given
    jobs[job].awaited -= 1
    jobs[job].given += 1
    startStepIfReady(of: job, at: now, into: &actions)
  }

  private mutating func forgetReads(of node: UInt32, job: UInt32) {
    let state = jobs[job]
    while nodes[node].used != 0 {
      let slot = UInt16(nodes[node].used.trailingZeroBitCount)
      nodes[node].used &= nodes[node].used - 1
      missing[missingIndex(state, step: slots[slotIndex(node, slot)].step)] -= 1
    }
    if nodes[node].left > 0 {
      missing[missingIndex(state, step: nodes[node].issuedSteps - 1)] -= nodes[node].left
      nodes[node].left = 0
    }
    while nodes[node].issuedSteps < state.opened {
      let step = nodes[node].issuedSteps
      missing[missingIndex(state, step: step)] -= state.demand.blocks(
        of: step, phase: nodes[node].phase)
      nodes[node].issuedSteps += 1
    }
  }

  public mutating func startCounting(at now: Instant) {
    for job in 0..<UInt32(jobs.count) { settle(job, at: now) }
    ledger.startCounting(at: now)
    completedSteps = 0
    coldStall = 0
  }

  public mutating func finish(at end: Instant) -> WorkloadFigures {
    var figures = WorkloadFigures(name: configuration.name, kind: "training")
    for job in 0..<UInt32(jobs.count) {
      settle(job, at: end)
      let gpus = Int(jobs[job].nodeCount) * Int(configuration.jobs[Int(job)].gpusPerNode)
      figures.gpus += gpus
      let begin = max(startedAt, configuration.jobs[Int(job)].startsAt, ledger.countsFrom)
      figures.gpuNanoseconds += Double(gpus) * Double(end - begin)
    }
    figures.nodes = Int(roster.count)
    figures.completed = completedSteps
    figures.coldStallGPUNanoseconds = coldStall
    figures.take(ledger)
    figures.counters = [
      .init("training_jobs", Double(jobs.count), unit: "count"),
      .init("training_cold_stall_gpu_seconds", coldStall / 1e9, unit: "s"),
    ]
    figures.notes = notes
    return figures
  }

  private var notes: [String] {
    var notes = [
      "Training: a job waits \(configuration.restartAfterNanoseconds / 1_000_000_000) s for a lost "
        + "node, then goes on without it and without its part of the data."
    ]
    if configuration.samplingRate < 1 {
      notes.append(
        "Training: blocks are sampled by key, a hashed one of each stratum, at rate "
          + "\(configuration.samplingRate); a node's demand in sampled blocks is constant but for "
          + "rounding, and its reader depth is scaled with the sample, to one read at least.")
    }
    return notes
  }
}
