import TarnCore

/// Which block a node reads next.
extension TrainingWorkload {
  /// Takes the node's next block of its job's order; a block of the whole data set, not the sample.
  mutating func nextBlock(
    _ node: UInt32, of job: UInt32, into actions: inout WorkloadActions
  ) -> UInt32 {
    switch jobs[job].order {
    case .epochShuffle: nextOfEpoch(node, of: job, into: &actions)
    case .staticShards: nextOfShard(node, of: job)
    }
  }

  /// Positions run on from one epoch into the next, so that every block is read once an epoch even
  /// where the nodes do not divide the blocks, or outnumber them.
  private mutating func nextOfEpoch(
    _ node: UInt32, of job: UInt32, into actions: inout WorkloadActions
  ) -> UInt32 {
    let state = nodes[node]
    let count = jobs[job].sample.count
    let sampled = order(of: state.epoch, job: job)[state.position]
    let (next, overflow) = state.position.addingReportingOverflow(jobs[job].nodeCount)
    if overflow || next >= count {
      let ahead = UInt64(state.position) + UInt64(jobs[job].nodeCount)
      nodes[node].epoch += UInt32(ahead / UInt64(count))
      nodes[node].position = UInt32(ahead % UInt64(count))
      hint(node, into: &actions)
    } else {
      nodes[node].position = next
    }
    return jobs[job].sample[sampled]
  }

  /// Shard k of n is sampled blocks k M / n ..< (k + 1) M / n; where nodes outnumber blocks, some
  /// share one.
  private mutating func nextOfShard(_ node: UInt32, of job: UInt32) -> UInt32 {
    let state = nodes[node]
    let blocks = UInt64(jobs[job].sample.count)
    let shards = UInt64(jobs[job].nodeCount)
    let first = UInt64(state.rank) * blocks / shards
    let count = max(1, UInt64(state.rank + 1) * blocks / shards - first)
    let seed = mix64(epochSeed(job, state.epoch) ^ UInt64(state.rank) &* 0x9e37_79b9_7f4a_7c15)
    let order = EpochOrder(seed: nonZero(seed), count: UInt32(count))
    let sampled = UInt32(first) + order[state.position]
    nodes[node].position += 1
    if UInt64(nodes[node].position) == count {
      nodes[node].position = 0
      nodes[node].epoch += 1
    }
    return jobs[job].sample[sampled]
  }

  /// The seed of a job's shuffle in an epoch, for readers and hints alike.
  func epochSeed(_ job: UInt32, _ epoch: UInt32) -> UInt64 {
    nonZero(mix64(mix64(configuration.seed ^ 0xe90c) ^ UInt64(job) << 32 ^ UInt64(epoch)))
  }

  /// A job's order in an epoch; its nodes are in one or two at a time, so two are kept.
  @inline(__always)
  private mutating func order(of epoch: UInt32, job: UInt32) -> EpochOrder {
    if epoch & 1 == 0 {
      if jobs[job].evenEpoch != epoch {
        jobs[job].evenEpoch = epoch
        jobs[job].evenOrder = makeOrder(of: epoch, job: job)
      }
      return jobs[job].evenOrder
    }
    if jobs[job].oddEpoch != epoch {
      jobs[job].oddEpoch = epoch
      jobs[job].oddOrder = makeOrder(of: epoch, job: job)
    }
    return jobs[job].oddOrder
  }

  private func makeOrder(of epoch: UInt32, job: UInt32) -> EpochOrder {
    EpochOrder(seed: epochSeed(job, epoch), count: jobs[job].sample.count)
  }

  /// Tells the node's cache what its reader will read in its epoch, where hints are on.
  func hint(_ node: UInt32, into actions: inout WorkloadActions) {
    let state = nodes[node]
    let job = UInt32(state.job)
    guard jobs[job].stream != PrefetchHint.noStream else { return }
    let dataset = jobs[job].dataset
    actions.append(
      .hint(
        node: state.world,
        PrefetchHint(
          object: dataset.object, seed: epochSeed(job, state.epoch),
          count: dataset.blocks, position: state.position,
          stride: jobs[job].nodeCount, length: dataset.blockBytes,
          tenant: dataset.tenant, stream: jobs[job].stream,
          window: configuration.hintWindow)))
  }
}
