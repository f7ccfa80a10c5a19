public import TarnCore

/// Inference with KV reuse, replayed from a trace at many replicas.
public struct InferenceConfiguration: Sendable {
  /// How a prompt finds the node of its replica that serves it.
  public enum Routing: UInt8, Sendable, BitwiseCopyable {
    /// By the hash of its chain's anchor: prompts with a common prefix meet on one node.
    case prefixAffine
    /// By a hash of the prompt alone.
    case random
  }

  /// The scenario's name for it.
  public var name: String
  /// This workload's number in the world.
  public var number: UInt8
  /// Chooses where replicas start in the trace, their ids, and random routes.
  public var seed: UInt64
  /// Nanoseconds of an interval of the figures.
  public var intervalNanoseconds: Nanoseconds = 1_000_000_000
  /// A look-up's and a read's deadline, from when it is issued.
  public var readTimeoutNanoseconds: Nanoseconds = 30_000_000_000
  /// Its nodes, shared out to the replicas in order.
  public var nodes: [NodeRange]
  /// GPUs of each node.
  public var gpusPerNode: UInt32
  /// Replicas of the recorded system, each on a group of nodes of its own; at most one a node.
  public var copies: UInt32
  /// What each replica replays.
  public var trace: KVTraceData
  /// Which node of a replica serves a prompt.
  public var routing = Routing.prefixAffine
  /// Whose prompts.
  public var tenant: TenantID
  /// The tenant's salt, for block keys.
  public var salt: TenantSalt
  /// The model, for block keys.
  public var model: UInt64
  /// Depth from which a chain's blocks share one owner, see `KVChain`.
  public var anchorDepth: UInt32 = 2
  /// Tokens of a KV block.
  public var blockTokens: UInt32 = 512
  /// Bytes of a KV block.
  public var blockBytes: UInt32
  /// Reads that a prompt has outstanding at most, 1 to 64.
  public var depth: UInt16 = 16
  /// Tokens a second that a node computes of a prompt.
  public var prefillTokensPerSecond: UInt64

  /// `copies` replicas of `trace` on `nodes`.
  public init(
    name: String, number: UInt8, seed: UInt64, nodes: [NodeRange], gpusPerNode: UInt32,
    copies: UInt32, trace: KVTraceData, tenant: TenantID, salt: TenantSalt, model: UInt64,
    blockBytes: UInt32, prefillTokensPerSecond: UInt64
  ) {
    self.name = name
    self.number = number
    self.seed = seed
    self.nodes = nodes
    self.gpusPerNode = gpusPerNode
    self.copies = copies
    self.trace = trace
    self.tenant = tenant
    self.salt = salt
    self.model = model
    self.blockBytes = blockBytes
    self.prefillTokensPerSecond = prefillTokensPerSecond
  }
}
