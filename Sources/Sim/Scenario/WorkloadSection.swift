public import TarnCore

extension Scenario {
  /// Something that the fleet does on whole nodes of the named pools.
  public struct Workload: Sendable, Equatable {
    public var name: String
    /// Whose blocks; workloads of different tenants never share one.
    public var tenant: String
    /// Names of the pools whose nodes it takes, in this order.
    public var pools: [String]
    public var kind: Kind
    /// The region in whose storage accounts its data lies; nil: in accounts that are as near as those
    /// of each reader's own region.
    public var home: String?

    /// What it does.
    public enum Kind: Sendable, Equatable {
      case training(Training)
      case coldStart(ColdStart)
      case inference(Inference)
      case scan(Scan)
      case replay(Replay)
      case objects(Objects)

      /// The name in files and results: "training", "cold-start", "inference", "scan", "replay",
      /// "objects".
      public var name: String {
        switch self {
        case .training: "training"
        case .coldStart: "cold-start"
        case .inference: "inference"
        case .scan: "scan"
        case .replay: "replay"
        case .objects: "objects"
        }
      }
    }

    public init(name: String, tenant: String, pools: [String], kind: Kind) {
      self.name = name
      self.tenant = tenant
      self.pools = pools
      self.kind = kind
    }
  }

  /// `count` jobs of `gpus` GPUs each, a multiple of the GPUs of a node.
  public struct JobSize: Sendable, Equatable {
    public var gpus: Int
    public var count: Int
    public init(gpus: Int, count: Int) {
      self.gpus = gpus
      self.count = count
    }
  }

  /// Training jobs: read a batch, compute, meet at the all-reduce barrier, again.
  public struct Training: Sendable, Equatable {
    /// How a job's readers share its data set.
    public enum Order: String, CaseIterable, Sendable {
      /// Every epoch a new permutation of the blocks, dealt out to the nodes in turn.
      case epochShuffle = "epoch-shuffle"
      /// Every node reads its own part, epoch after epoch.
      case staticShards = "static-shards"
    }
    public var jobs: [JobSize] = []
    public var model = TrainingModel.builtIn[0]
    /// Bytes of one job's data set; each job has its own unless `sharedDataset`.
    public var datasetBytes: UInt64 = 0
    /// All jobs of this workload read one data set.
    public var sharedDataset = false
    public var order = Order.epochShuffle
    /// Block reads that a node keeps under way.
    public var readerDepth = 8
    /// Steps whose data a node may hold ahead of the one that computes.
    public var prefetchSteps = 2
    public var blockBytes: UInt32 = 4 << 20
    /// Share of the data set that lies on its owners' flash at the start.
    public var warm = 0.0
    /// Readers tell the cache their order, so that it can fetch ahead.
    public var prefetchHint = false
    public init() {}
  }

  /// Jobs that all (re)start at one time: each node reads the model's weights.
  public struct ColdStart: Sendable, Equatable {
    /// In which order a node reads the blocks.
    public enum Order: String, CaseIterable, Sendable {
      /// Node i of n starts at block i/n of its part and wraps around.
      case rotated
      /// Every node starts at the first block: the hardest case.
      case same
    }
    public var jobs: [JobSize] = []
    /// Bytes of one job's weights.
    public var weightsBytes: UInt64 = 0
    public var blockBytes: UInt32 = 4 << 20
    public var readerDepth = 16
    /// When the jobs start.
    public var atNanoseconds: Nanoseconds = 0
    public var order = Order.rotated
    /// Share of the weights that each node reads: 1 for all of them.
    public var shard = 1.0
    /// Whether no GPU of a job computes before all its nodes have loaded.
    public var together = false
    /// Share of the weights that lies on its owners' flash at the start.
    public var warm = 0.0
    public init() {}
  }

  /// Serving of a language model: prompts whose KV blocks may be cached.
  public struct Inference: Sendable, Equatable {
    /// To which node of a replica group a prompt goes.
    public enum Routing: String, CaseIterable, Sendable {
      /// Prompts that begin alike go to the same node.
      case prefixAffine = "prefix-affine"
      case random
    }
    /// GPUs that it takes; nil for all of its pools that no other workload takes.
    public var gpus: Int?
    public var trace = TraceSource.automatic
    /// Folders in which an automatic trace is looked for before `searchFolders`.
    public var traceSearch: [String] = []
    /// GPUs that the trace's load is meant for; the rest of the fleet replays further copies of it.
    public var gpusPerTrace = 128
    /// Copies of the trace that are replayed at once; nil for GPUs / `gpusPerTrace`, rounded up.
    public var replicas: Int?
    public var blockTokens = 512
    public var kvBytesPerToken: UInt64 = 320 << 10
    /// Prompt tokens a second that one node computes.
    public var prefillTokensPerSecond = 20_000.0
    public var routing = Routing.prefixAffine
    /// Leading blocks whose hash chooses the node and the owner of the chain.
    public var anchorDepth = 1
    /// Arrivals are this many times as fast as recorded.
    public var rateScale = 1.0
    public init() {}
  }

  /// Executors that read a table once, each a part of it in sequence, on nodes whose GPUs others use.
  public struct Scan: Sendable, Equatable {
    /// Nodes with an executor, spread evenly over the workload's pools.
    public var nodes = 1
    public var tableBytes: UInt64 = 0
    public var blockBytes: UInt32 = 4 << 20
    /// Block reads that an executor keeps under way.
    public var readerDepth = 16
    public var atNanoseconds: Nanoseconds = 0
    /// Executors tell the cache that they scan, so that it need not keep what they read.
    public var hint = false
    /// Share of the table that lies on its owners' flash at the start.
    public var warm = 0.0
    public init() {}
  }

  /// Which trace inference replays.
  public enum TraceSource: Sendable, Equatable {
    /// The public Mooncake trace where it is found, Tarn's own small trace otherwise.
    case automatic
    /// This file, as the scenario names it.
    case path(String)
  }
}
