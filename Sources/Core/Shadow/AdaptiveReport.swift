/// What an adaptive policy tells an operator: what each policy would have done, and which it follows.
public struct AdaptiveReport: Sendable, Equatable {
  /// One policy that was tried on a sample of the requests.
  public struct Shadow: Sendable, Equatable {
    /// Which policy.
    public let policy: EvictionKind
    /// Hits over sampled requests; 0 without requests.
    public let hitRatio: Double
  }

  /// The policy that decides now.
  public let choice: EvictionKind
  /// How often the choice has changed.
  public let switches: UInt64
  /// Requests that every shadow saw.
  public let sampledRequests: UInt64
  /// One key in so many is in the sample: a power of two, 1 for all.
  public let sampledOneIn: UInt64
  /// Bytes of heap that the shadows take.
  public let shadowBytes: Int
  /// The most that they may take.
  public let shadowBytesLimit: Int
  /// The shadows.
  public let shadows: [Shadow]
}
