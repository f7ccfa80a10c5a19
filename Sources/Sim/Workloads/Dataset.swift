public import TarnCore

/// One object that a workload reads in blocks: a training set, or a model's weights.
///
/// A real training set is many files; one object of the same size stands for them, because a cache
/// knows blocks by the hash of object and index and cannot tell the two apart.
public struct Dataset: BitwiseCopyable, Sendable, Equatable {
  /// Which object version.
  public var object: ObjectIdentity
  /// Whose.
  public var tenant: TenantID
  /// Blocks in it.
  public var blocks: UInt32
  /// Bytes of every block but the last.
  public var blockBytes: UInt32
  /// Bytes of the last block.
  public var lastBlockBytes: UInt32

  /// `bytes` of `object`, cut into blocks of `blockBytes`.
  public init(object: ObjectIdentity, tenant: TenantID, bytes: UInt64, blockBytes: UInt32) {
    precondition(blockBytes > 0 && bytes > 0, "a data set and its blocks have bytes")
    let blocks = (bytes - 1) / UInt64(blockBytes) + 1
    precondition(blocks <= UInt64(UInt32.max), "a data set has less than 2^32 blocks")
    self.object = object
    self.tenant = tenant
    self.blocks = UInt32(blocks)
    self.blockBytes = blockBytes
    self.lastBlockBytes = UInt32(bytes - (blocks - 1) * UInt64(blockBytes))
  }

  /// Bytes of block `index`.
  func length(of index: UInt32) -> UInt32 {
    index == blocks - 1 ? lastBlockBytes : blockBytes
  }
}

/// The blocks of a data set that a sampled simulation knows: a fixed pseudo-random subset.
///
/// The data set is cut into as many strata of consecutive blocks as there are sampled blocks, and
/// the hash of a stratum's number chooses the one block of it that is sampled: a stratified sample,
/// without replacement, the same for every reader, of exactly the size asked for, and in the order
/// of the data set, so that a contiguous shard stays one. Sampling by key is what keeps reuse
/// distances in proportion (Waldspurger et al., "Efficient MRC construction with SHARDS", FAST '15).
struct SampledBlocks: BitwiseCopyable, Sendable {
  private let key: UInt64
  /// Blocks of a stratum, in units of 2^-32.
  private let stratum: UInt64
  /// Sampled blocks, 1 at least.
  let count: UInt32

  /// `rate` (0 exclusive to 1) of the blocks of `dataset`.
  init(of dataset: Dataset, rate: Double, seed: UInt64) {
    precondition(rate > 0 && rate <= 1, "a sampling rate lies above 0 and at most at 1")
    let sampled = (Double(dataset.blocks) * rate).rounded()
    count = min(dataset.blocks, max(1, UInt32(sampled)))
    stratum = UInt64(dataset.blocks) << 32 / UInt64(count)
    key = mix64(seed ^ dataset.object.low)
  }

  /// The block that sampled block `index` stands for.
  @inline(__always)
  subscript(index: UInt32) -> UInt32 {
    precondition(index < count, "there is no such sampled block")
    let first = UInt64(index) * stratum >> 32
    let end = (UInt64(index) + 1) * stratum >> 32
    let within = mix64(key ^ UInt64(index)).multipliedFullWidth(by: end - first).high
    return UInt32(truncatingIfNeeded: first + within)
  }
}

/// Seed 0 of an `EpochOrder` is the sequential order, which no hash may choose by accident.
@inline(__always)
func nonZero(_ seed: UInt64) -> UInt64 { seed == 0 ? 1 : seed }
