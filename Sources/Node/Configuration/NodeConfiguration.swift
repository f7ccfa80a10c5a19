public import TarnCore

/// Everything that an operator decides about a node. Read from YAML by
/// `NodeConfiguration(yaml:file:overrides:)`; `deploy/node.yaml` shows every key. The defaults make a
/// node that serves one machine.
public struct NodeConfiguration: Sendable, Equatable {
  /// Event loops, each with a shard of the core; nil for one for each processor that the node may
  /// use. The same on all nodes of a cell.
  public var threads: Int?
  /// Where S3 clients connect.
  public var listen = SocketPlace(host: "127.0.0.1", port: 7070)
  /// Where metrics and health are served.
  public var admin = SocketPlace(host: "127.0.0.1", port: 7071)
  /// The cache of the whole node; split evenly between its shards.
  public var cache = NodeConfiguration.defaultCache
  /// Folder of the flash tier; used if `cache.flashBytes` is not 0.
  public var flash = Flash()
  /// Bytes of a block: 4 KiB to 64 MiB, a power of two. The same on all nodes of a cell.
  public var blockBytes: UInt32 = 4 << 20
  /// Object stores by name.
  public var origins: [OriginPlace] = []
  /// What is known of containers; `*` stands for all that are not named.
  public var containers: [Container] = []
  /// Whom the node serves. Without any, everyone who can connect is tenant 0, on loopback only.
  public var tenants: [Tenant] = []
  /// The cell; nil for a node of its own.
  public var cell: Cell?
  /// How long a read may take.
  public var readDeadlineNanoseconds: Nanoseconds = 60_000_000_000
  /// Blocks that one response reads ahead of its client.
  public var readAhead = 4
  /// Domain of virtual-host style requests (`bucket.DOMAIN`); nil for path style only.
  public var domain: String?
  public var recording = Recording()
  public var log = Log()

  public init() {}

  public struct SocketPlace: Sendable, Hashable {
    public var host: String
    /// 0 for any free port.
    public var port: Int
    public init(host: String, port: Int) {
      self.host = host
      self.port = port
    }
  }

  public struct Flash: Sendable, Equatable {
    /// Each shard has a folder of its own in it.
    public var directory = NodeConfiguration.defaultFlashDirectory
    /// Compress blocks that shrink, by lz4.
    public var isCompressed = false
    /// Which way to the device: io_uring where the kernel allows it.
    public enum Engine: String, Sendable, CaseIterable { case automatic, uring, threads }
    public var engine = Engine.automatic
    public init() {}
  }

  public struct OriginPlace: Sendable, Equatable {
    public enum Kind: Sendable, Equatable {
      /// A folder, served as one container of its last component's name.
      case directory(path: String)
      /// `endpoint` is a URL such as `http://127.0.0.1:8333`; no keys for anonymous reads.
      case s3(endpoint: String, region: String, accessKey: String?, secretKey: String?)
      /// `endpoint` is a URL such as `https://account.blob.core.windows.net`. The account's key in
      /// base 64, or the query of a shared access signature.
      case azure(endpoint: String, account: String, sharedKey: String?, sas: String?)
    }
    /// One more way to the same objects, under the same versions.
    public struct Path: Sendable, Equatable {
      /// Its name is the path's; it has no paths of its own.
      public var place: OriginPlace
      /// What the cores know of it.
      public var settings: OriginPathConfiguration
      public init(place: OriginPlace, settings: OriginPathConfiguration) {
        self.place = place
        self.settings = settings
      }
    }
    public var name: String
    public var kind: Kind
    /// What the cores know of the way that the origin itself is, which attributes, listings and writes
    /// take too.
    public var settings = OriginPathConfiguration()
    /// Other ways to its objects: each read of a block takes the one that costs least by measurement.
    public var paths: [Path] = []
    public init(name: String, kind: Kind) {
      self.name = name
      self.kind = kind
    }
  }

  public struct Container: Sendable, Equatable {
    public typealias Consistency = TarnCore.Consistency
    /// As clients name it; `*` for all others.
    public var name: String
    /// Which origin; the first by default.
    public var origin: String?
    /// Its name there; the same by default.
    public var originContainer: String?
    public var consistency = Consistency.ttl(10_000_000_000)
    /// Tenants that may use it, by name; nil for all.
    public var tenants: [String]?
    public init(name: String) { self.name = name }
  }

  public struct Tenant: Sendable, Equatable {
    public var name: String
    public var accessKey: String
    public var secretKey: String
    /// 16 bytes; derived from the secret key if it is not given.
    public var salt: TenantSalt
    /// May store and delete.
    public var mayWrite = true
    public init(name: String, accessKey: String, secretKey: String, salt: TenantSalt) {
      self.name = name
      self.accessKey = accessKey
      self.secretKey = secretKey
      self.salt = salt
    }
  }

  public struct Cell: Sendable, Equatable {
    public enum Discovery: Sendable, Equatable {
      /// Every node's address; a node's ordinal is its place in the list.
      case list([SocketPlace])
      /// A headless service: the addresses that the name has, asked every so often. Ordinals come
      /// from the nodes themselves when they say hello.
      case dns(name: String, port: Int, everyNanoseconds: Nanoseconds)
      /// Keys under `prefix`, each held by a lease.
      case etcd(endpoints: [String], prefix: String)
    }
    public var name = "cell"
    /// Where peers connect.
    public var listen = SocketPlace(host: "127.0.0.1", port: 7072)
    /// What peers are told to connect to; `listen` by default.
    public var advertise: SocketPlace?
    /// This node's number in its cell, 0 ..< capacity. Nil: its place in the list, or what is free
    /// in etcd, or the number at the end of the host's name (`tarn-7`).
    public var ordinal: UInt16?
    /// The most nodes that the cell can grow to; the same on all of them.
    public var capacity = 64
    public var weight: UInt8 = .max
    public var rack: UInt16 = 0
    public var zone: UInt8 = 0
    public var discovery: Discovery = .list([])
    /// Shared by all nodes of the cell: who does not prove to know it is not a peer. Required
    /// unless all addresses are loopback.
    public var secret: String?
    public init() {}
  }

  public struct Recording: Sendable, Equatable {
    /// Folder for traces of what clients read; nil for none.
    public var directory: String?
    /// Also record the core's inputs and effects.
    public var decisions = false
    public init() {}
  }

  public struct Log: Sendable, Equatable {
    public enum Format: String, Sendable, CaseIterable { case text, json }
    public var format = Format.text
    /// swift-log's level names.
    public var level = "info"
    public init() {}
  }
}
