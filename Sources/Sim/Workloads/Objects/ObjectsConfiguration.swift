public import TarnCore

/// Readers in several regions that open objects of one container and read them, and a writer at the
/// container's home.
public struct ObjectsConfiguration: Sendable {
  /// Nodes that pool one cache.
  public struct Cell: Sendable, Equatable {
    public var nodes: NodeRange
    /// The number of its region.
    public var region: UInt8
    public init(nodes: NodeRange, region: UInt8) {
      self.nodes = nodes
      self.region = region
    }
  }
  /// A time in which a region is cut off from the others.
  public struct Cut: Sendable, Equatable {
    public var region: UInt8
    public var start: Instant
    public var end: Instant
    public init(region: UInt8, start: Instant, end: Instant) {
      self.region = region
      self.start = start
      self.end = end
    }
  }

  /// The scenario's name for it.
  public var name: String
  /// This workload's number in the world.
  public var number: UInt8
  public var seed: UInt64
  public var tenant: TenantID
  public var salt: TenantSalt
  public var cells: [Cell]
  /// The region of the container's accounts.
  public var home: UInt8
  /// Regions' names by number.
  public var regionNames: [String]
  public var consistency: Consistency
  /// Objects, all of `objectBytes`, read in blocks of `blockBytes`.
  public var objects: UInt32 = 1000
  public var objectBytes: UInt64 = 8 << 20
  public var blockBytes: UInt32 = 4 << 20
  /// Popularity falls with rank to this power.
  public var zipf = 0.9
  /// Opens a second of each node, at random times.
  public var opensPerSecond = 10.0
  /// Overwrites a second of the container, at random times.
  public var overwritesPerSecond = 0.0
  /// Block reads of an open object under way.
  public var readerDepth: UInt32 = 2
  public var openDeadline: Nanoseconds = 1_000_000_000
  public var readDeadline: Nanoseconds = 5_000_000_000
  /// What the books need to know of faults.
  public var cuts: [Cut] = []
  /// Nanoseconds of an interval of the figures.
  public var intervalNanoseconds: Nanoseconds = 1_000_000_000

  /// Readers of `consistency` on the nodes of `cells`.
  public init(
    name: String, number: UInt8, seed: UInt64, tenant: TenantID, salt: TenantSalt, cells: [Cell],
    home: UInt8, regionNames: [String], consistency: Consistency
  ) {
    self.name = name
    self.number = number
    self.seed = seed
    self.tenant = tenant
    self.salt = salt
    self.cells = cells
    self.home = home
    self.regionNames = regionNames
    self.consistency = consistency
  }

  /// Blocks of each object.
  var blocks: UInt32 { UInt32((objectBytes + UInt64(blockBytes) - 1) / UInt64(blockBytes)) }

  /// Bytes of block `index`.
  func length(of index: UInt32) -> UInt32 {
    let start = UInt64(index) * UInt64(blockBytes)
    return UInt32(min(UInt64(blockBytes), objectBytes - start))
  }

  /// Whether readers of `region` are cut off from the home at `time`, and until when.
  func cut(of region: UInt8, at time: Instant) -> Cut? {
    cuts.first { cut in
      (cut.region == region) != (cut.region == home) && cut.start <= time && time < cut.end
    }
  }
}
