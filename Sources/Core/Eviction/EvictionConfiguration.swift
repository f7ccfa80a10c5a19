/// Which eviction policy, by the names that the field uses.
public enum EvictionKind: UInt8, CaseIterable, Sendable, BitwiseCopyable {
  case lru
  case fifo
  case clock
  case sieve
  case s3fifo
  case wtinylfu
  case arc
  case twoQ
  case lfu
  case gdsf
  case lirs
  case lhd
  case auto

  /// The name in configuration files and reports.
  public var name: String {
    switch self {
    case .lru: "lru"
    case .fifo: "fifo"
    case .clock: "clock"
    case .sieve: "sieve"
    case .s3fifo: "s3fifo"
    case .wtinylfu: "wtinylfu"
    case .arc: "arc"
    case .twoQ: "2q"
    case .lfu: "lfu"
    case .gdsf: "gdsf"
    case .lirs: "lirs"
    case .lhd: "lhd"
    case .auto: "auto"
    }
  }
}

/// An eviction policy and its parameters, in thousandths where they are shares of the capacity.
public struct EvictionConfiguration: Sendable, BitwiseCopyable, Equatable {
  /// Which policy.
  public var kind: EvictionKind
  /// Share of the capacity for newcomers, in thousandths: S3-FIFO's small queue (paper: 100), 2Q's
  /// A1in (250), LIRS's blocks on trial (10).
  public var smallPermille: UInt16 = 100
  /// Share of the capacity that ghosts remember, in thousandths: S3-FIFO's ghost queue (paper: 900),
  /// 2Q's A1out (500).
  public var ghostPermille: UInt16 = 900
  /// S3-FIFO: hits in the small queue that earn a place in the main queue (paper: 2).
  public var moveToMainThreshold: UInt8 = 2
  /// W-TinyLFU: share of the capacity that the window gets, in thousandths (paper: 10).
  public var windowPermille: UInt16 = 10

  /// The policy with the parameters of its paper.
  public init(_ kind: EvictionKind) {
    self.kind = kind
    switch kind {
    case .twoQ: (smallPermille, ghostPermille) = (250, 500)
    case .lirs: smallPermille = 10
    default: break
    }
  }
}
