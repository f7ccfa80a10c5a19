public import TarnCore

/// One question to a trace: this policy, with this capacity.
public struct ReplayCell: Sendable, Equatable {
  /// What leaves when it is full.
  public var policy: ReplayPolicy
  /// Bytes, or objects where sizes are ignored.
  public var capacity: UInt64
  /// Whether recorded sizes count.
  public var isSized: Bool

  /// A question.
  public init(policy: ReplayPolicy, capacity: UInt64, isSized: Bool) {
    self.policy = policy
    self.capacity = capacity
    self.isSized = isSized
  }
}

/// The answer to a `ReplayCell`.
public struct ReplayResult: Sendable {
  /// The question.
  public var cell: ReplayCell
  /// What the cache saw and did from the first counted request on.
  public var counters = ShadowCounters()
  /// Prefix mode: blocks in cached prefixes; nil otherwise.
  public var prefixHits: UInt64?
  /// Processor time of the replay alone, without reading the trace unless it was streamed.
  public var cpuSeconds = 0.0
  /// Heap at the end: keys, index and links; and what the policy remembers beyond them. Bytes.
  public var residentBytes = (table: 0, policy: 0)
  /// Objects held at the end.
  public var objectsHeld = 0
  /// Of an adaptive policy: what its own shadows saw, from the first request on; nil of any other.
  public var adaptive: AdaptiveReport?

  /// An answer without figures yet.
  public init(cell: ReplayCell) { self.cell = cell }

  /// Misses over requests; in prefix mode one minus the share of blocks in cached prefixes.
  public var missRatio: Double {
    guard let prefixHits else { return counters.missRatio }
    return counters.requests == 0 ? 0 : 1 - Double(prefixHits) / Double(counters.requests)
  }

  /// Requests a second of processor time; 0 if it was too short to tell.
  public var requestsPerSecond: Double {
    cpuSeconds > 0 ? Double(counters.requests) / cpuSeconds : 0
  }
}
