import TarnCore

/// Steps: opened ahead, started together, ended by the clock.
extension TrainingWorkload {
  /// The job's readers begin.
  mutating func begin(job: UInt32, at now: Instant, into actions: inout WorkloadActions) {
    jobs[job].began = true
    jobs[job].settledAt = now
    for node in jobs[job].firstNode..<jobs[job].firstNode + jobs[job].nodeCount {
      if nodes[node].state == .up { hint(node, into: &actions) }
    }
    openSteps(of: job, at: now, into: &actions)
    startStepIfReady(of: job, at: now, into: &actions)
  }

  /// The job's computation of a step has ended; the next starts now or when its blocks are there.
  mutating func endStep(job: UInt32, at now: Instant, into actions: inout WorkloadActions) {
    settle(job, at: now)
    jobs[job].computing = false
    completedSteps += 1
    startStepIfReady(of: job, at: now, into: &actions)
  }

  /// Starts the job's next step if nothing that it needs is missing.
  mutating func startStepIfReady(
    of job: UInt32, at now: Instant, into actions: inout WorkloadActions
  ) {
    let state = jobs[job]
    guard state.began, !state.computing, state.awaited == 0, state.given < state.nodeCount,
      missing[missingIndex(state, step: state.started)] == 0
    else { return }
    settle(job, at: now)
    jobs[job].computing = true
    jobs[job].started += 1
    let end = now + configuration.jobs[Int(job)].stepNanoseconds
    schedule(.stepEnds, index: job, at: end, into: &actions)
    openSteps(of: job, at: now, into: &actions)
  }

  /// Opens steps until the job's readers may work as far ahead as they do.
  ///
  /// Nodes open a step at times of their own within a part of the step time: real loaders read
  /// through the whole step, and sampled ones must not all read at its first instant. A node's
  /// steps that open together keep one jitter, so that they stay in order.
  private mutating func openSteps(
    of job: UInt32, at now: Instant, into actions: inout WorkloadActions
  ) {
    let ahead = configuration.jobs[Int(job)].prefetchSteps
    let jitterSeed = mix64(configuration.seed ^ UInt64(jobs[job].opened) << 32 ^ 0x6a)
    let spread =
      configuration.jobs[Int(job)].stepNanoseconds / 1000
      * UInt64(configuration.jitterPermille)
    while jobs[job].opened - jobs[job].started < ahead {
      let state = jobs[job]
      let step = state.opened
      var wanted: UInt32 = 0
      for node in state.firstNode..<state.firstNode + state.nodeCount {
        guard nodes[node].state != .given else { continue }
        let blocks = state.demand.blocks(of: step, phase: nodes[node].phase)
        guard blocks > 0 else { continue }
        wanted += blocks
        let jitter = mix64(jitterSeed ^ UInt64(node)).multipliedFullWidth(by: spread).high
        open(step, of: node, at: now + jitter, into: &actions)
      }
      missing[missingIndex(state, step: step)] = wanted
      jobs[job].opened += 1
    }
  }

  /// Lets a node read for `step` from `time` on: at once if it is idle, which saves an event, and
  /// by an event if it still reads for earlier steps.
  private mutating func open(
    _ step: UInt32, of node: UInt32, at time: Instant, into actions: inout WorkloadActions
  ) {
    let isIdle = nodes[node].used == 0 && nodes[node].left == 0 && nodes[node].state == .up
    guard isIdle else {
      return schedule(
        .stepOpens, aux: UInt16(truncatingIfNeeded: step), index: node, at: time, into: &actions)
    }
    nodes[node].openSteps = max(nodes[node].openSteps, step + 1)
    issue(node, at: time, into: &actions)
  }

  /// Accounts for the job's GPU time since it was last settled.
  ///
  /// While a node is awaited the others wait for it, not for data: that time is lost, not stalled.
  mutating func settle(_ job: UInt32, at now: Instant) {
    let state = jobs[job]
    guard state.began, state.settledAt < now else { return }
    let gpus = UInt64(configuration.jobs[Int(job)].gpusPerNode)
    let gone = state.awaited + state.given
    ledger.lost(gpus: UInt64(gone) * gpus, from: state.settledAt, to: now)
    if !state.computing {
      let waiting = UInt64(state.nodeCount - gone) * gpus
      if state.awaited > 0 {
        ledger.lost(gpus: waiting, from: state.settledAt, to: now)
      } else {
        ledger.stalled(gpus: waiting, from: state.settledAt, to: now)
        if state.started == 0 { coldStall += Double(waiting) * Double(now - state.settledAt) }
      }
    }
    jobs[job].settledAt = now
  }

  /// Where the count of the blocks that `step` still lacks is kept, while the step is open.
  @inline(__always)
  func missingIndex(_ state: TrainingJobState, step: UInt32) -> Int {
    state.firstMissing + Int(step & state.missingMask)
  }
}
