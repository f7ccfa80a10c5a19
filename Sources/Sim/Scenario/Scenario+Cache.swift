public import TarnCore
import TarnSettings

extension Scenario {
  /// What the nodes of a pool are configured with: its own cache section or the scenario's, with
  /// shares turned into bytes and rates. Nothing is scaled for sampling.
  public func coreConfiguration(of pool: Pool) -> CacheConfiguration {
    var core = (pool.cache ?? cache).coreConfiguration(
      deviceBytes: topology.nodeClass(of: pool).flashBytes, budget: originBudget(of: pool),
      tenants: tenants)
    if (pool.cache ?? cache).budget == .automatic {
      // The other cells' shares are there to be borrowed.
      core.originCeilingPermille = UInt32(clamping: nodes * 1_000 / pool.nodesPerCell)
    }
    core.originPaths = origin.pathConfigurations
    return core
  }

  /// What one cell of a pool may ask of the origin; at least one request and one byte a second.
  public func originBudget(of pool: Pool) -> (requestsPerSecond: UInt64, bytesPerSecond: UInt64) {
    switch (pool.cache ?? cache).budget {
    case .fixed(let requests, let bytes, _):
      return (requests, bytes)
    case .automatic:
      let share = Double(pool.nodesPerCell) / Double(nodes)
      return (
        max(1, UInt64(Double(origin.totalRequestsPerSecond) * share)),
        max(1, UInt64(Double(origin.totalBytesPerSecond) * share))
      )
    }
  }
}
