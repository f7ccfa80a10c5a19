public import TarnCore

/// Nodes that go and come, and the end.
extension InferenceWorkload {
  /// Prompts without a first token start over on another node of their replica.
  public mutating func nodeLost(
    _ node: UInt32, at now: Instant, into actions: inout WorkloadActions
  ) {
    for lost in roster.indices(of: node) where !nodes[lost].gone {
      settle(lost, at: now)
      nodes[lost].gone = true
      nodes[lost].waiting = 0
      nodes[lost].busyUntil = .zero
      for index in 0..<UInt32(prompts.count)
      where prompts[index].phase != .free && prompts[index].node == lost {
        if prompts[index].phase == .putting {
          free(index)
          continue
        }
        tally.restarted += 1
        prompts[index].generation &+= 1
        prompts[index].used = 0
        prompts[index].wanted = 0
        prompts[index].next = 0
        lookUp(index, at: now, into: &actions)
      }
    }
  }

  public mutating func nodeReturned(
    _ node: UInt32, at now: Instant, into actions: inout WorkloadActions
  ) {
    for index in roster.indices(of: node) where nodes[index].gone {
      settle(index, at: now)
      nodes[index].gone = false
    }
  }

  /// Accounts for the node's GPU time since it was last settled.
  mutating func settle(_ node: UInt32, at now: Instant) {
    let state = nodes[node]
    let gpus = UInt64(configuration.gpusPerNode)
    if state.gone {
      ledger.lost(gpus: gpus, from: state.settledAt, to: now)
    } else if state.waiting > 0 {
      ledger.stalled(gpus: gpus, from: max(state.settledAt, state.busyUntil), to: now)
    }
    nodes[node].settledAt = now
  }

  public mutating func startCounting(at now: Instant) {
    for node in 0..<UInt32(nodes.count) { settle(node, at: now) }
    ledger.startCounting(at: now)
    tally = InferenceTally()
  }

  public mutating func finish(at end: Instant) -> WorkloadFigures {
    for node in 0..<UInt32(nodes.count) { settle(node, at: end) }
    var figures = WorkloadFigures(name: configuration.name, kind: "inference")
    figures.nodes = Int(roster.count)
    figures.gpus = figures.nodes * Int(configuration.gpusPerNode)
    figures.gpuNanoseconds = Double(figures.gpus) * Double(end - max(startedAt, ledger.countsFrom))
    figures.completed = tally.firstTokens
    figures.take(ledger)
    figures.timeToFirstToken = tally.timeToFirstToken
    figures.promptBlocks = tally.promptBlocks
    figures.prefixBlocks = tally.prefixBlocks
    let gpuTimePerToken =
      1e9 / Double(configuration.prefillTokensPerSecond) * Double(configuration.gpusPerNode)
    figures.prefillGPUNanoseconds = Double(tally.computedTokens) * gpuTimePerToken
    figures.promptGPUNanoseconds = Double(tally.promptTokens) * gpuTimePerToken
    figures.counters = counters
    figures.notes = [
      "Inference: \(configuration.copies) replicas of the trace, each on its own group of nodes "
        + "and with ids of its own, begin at hashed offsets; not sampled (rate 1).",
      "Inference: caches begin empty, so prompts reuse only what came since the start.",
      "Inference: GPU stall is the time in which a node's prefill is idle while a prompt waits "
        + "for its blocks; prefill is serial, and only full blocks are cached.",
    ]
    return figures
  }

  private var counters: [SimulationResult.Counter] {
    let total = tally.timeToFirstTokenSum
    return [
      .init("inference_prompt_tokens", Double(tally.promptTokens), unit: "count"),
      .init("inference_computed_tokens", Double(tally.computedTokens), unit: "count"),
      .init(
        "inference_load_share_of_time_to_first_token", total > 0 ? tally.loadTime / total : 0,
        unit: "ratio"),
      .init("inference_puts", Double(tally.puts), unit: "count"),
      .init("inference_failed_puts", Double(tally.failedPuts), unit: "count"),
      .init("inference_restarted_prompts", Double(tally.restarted), unit: "count"),
      .init("inference_dropped_prompts", Double(tally.dropped), unit: "count"),
    ]
  }
}
