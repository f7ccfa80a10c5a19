public import TarnCore

extension Scenario {
  /// What a node is made of.
  public struct NodeClass: Sendable, Equatable {
    public var name: String
    public var gpus: Int
    /// Front-end network interface, each direction.
    public var nicBytesPerSecond: UInt64
    public var drive: Drive
    /// Drives of the kind `drive`.
    public var drives: Int
    public var memoryBytesPerSecond: UInt64
    /// Nodes of a rack, unless the pool says otherwise.
    public var nodesPerRack: Int
    /// Clients that talk to their node through a socket; nil: they map the cache's memory.
    public var client: Client?

    /// A class of these parts.
    public init(
      name: String, gpus: Int, nicBytesPerSecond: UInt64, drive: Drive, drives: Int,
      memoryBytesPerSecond: UInt64, nodesPerRack: Int
    ) {
      self.name = name
      self.gpus = gpus
      self.nicBytesPerSecond = nicBytesPerSecond
      self.drive = drive
      self.drives = drives
      self.memoryBytesPerSecond = memoryBytesPerSecond
      self.nodesPerRack = nodesPerRack
    }

    /// Local NVMe of all drives, bytes.
    public var flashBytes: UInt64 { drive.capacityBytes * UInt64(drives) }
  }

  /// How bytes get from a node's cache to its clients where they do not map its memory.
  public struct Client: Sendable, Equatable {
    /// From the cache's answer to its first byte at the client.
    public var answerNanoseconds: Nanoseconds
    /// Of the copies to all clients of a node together.
    public var bytesPerSecond: UInt64
    public init(answerNanoseconds: Nanoseconds, bytesPerSecond: UInt64) {
      self.answerNanoseconds = answerNanoseconds
      self.bytesPerSecond = bytesPerSecond
    }
  }

  /// One NVMe drive.
  public struct Drive: Sendable, Equatable {
    public var capacityBytes: UInt64
    public var readBytesPerSecond: UInt64
    public var writeBytesPerSecond: UInt64
    /// Reads of 4 KiB a second.
    public var readsPerSecond: UInt64
    /// Of an idle drive, besides the time that the bytes take.
    public var readLatencyNanoseconds = FlashDevices.readLatency
    public var writeLatencyNanoseconds = FlashDevices.writeLatency
    public init(
      capacityBytes: UInt64, readBytesPerSecond: UInt64, writeBytesPerSecond: UInt64,
      readsPerSecond: UInt64
    ) {
      self.capacityBytes = capacityBytes
      self.readBytesPerSecond = readBytesPerSecond
      self.writeBytesPerSecond = writeBytesPerSecond
      self.readsPerSecond = readsPerSecond
    }
  }
}

extension Scenario.NodeClass {
  /// The classes that every scenario knows.
  public static let builtIn = [gb200, h100]

  /// A compute tray of a GB200 NVL72 rack: 4 GPUs, 16 TB on 4 drives, 160 Gb/s front end, racks of
  /// 18 (learn.microsoft.com/azure/virtual-machines/sizes/gpu-accelerated/nd-gb200-v6-series).
  /// Memory: two Grace CPUs of up to 512 GB/s LPDDR5X each (NVIDIA Grace data sheet).
  public static let gb200 = Scenario.NodeClass(
    name: "gb200", gpus: 4, nicBytesPerSecond: 20_000_000_000,
    drive: .datacentre(4_000_000_000_000), drives: 4, memoryBytesPerSecond: 1_024_000_000_000,
    nodesPerRack: 18)

  /// An HGX H100 node: 8 GPUs, 28 TB on 8 drives, 80 Gb/s front end
  /// (learn.microsoft.com/azure/virtual-machines/sizes/gpu-accelerated/ndh100v5-series). Memory: two
  /// sockets of eight channels DDR5-4800. Racks of 4, as in the DGX SuperPOD reference design.
  public static let h100 = Scenario.NodeClass(
    name: "h100", gpus: 8, nicBytesPerSecond: 10_000_000_000, drive: .datacentre(3_500_000_000_000),
    drives: 8, memoryBytesPerSecond: 614_400_000_000, nodesPerRack: 4)
}

extension Scenario.Drive {
  /// A read-intensive data-centre drive on PCIe 4: reads 6.5 GB/s and 900,000 blocks of 4 KiB a
  /// second, writes 3.5 GB/s (Samsung PM9A3, as announced). The clouds publish no figures of theirs.
  static func datacentre(_ capacityBytes: UInt64) -> Scenario.Drive {
    Scenario.Drive(
      capacityBytes: capacityBytes, readBytesPerSecond: 6_500_000_000,
      writeBytesPerSecond: 3_500_000_000, readsPerSecond: 900_000)
  }
}
