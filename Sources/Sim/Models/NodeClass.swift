public import TarnCore

/// What a node is made of. Rates are bytes or operations a second, of the whole node unless it says
/// "of one drive".
public struct NodeClass: Sendable, Equatable {
  /// The name in scenarios and reports.
  public var name: String
  /// Accelerators.
  public var gpus: Int
  /// Front-end network interface, each direction.
  public var nicBytesPerSecond: UInt64
  /// Local NVMe drives; data is spread over them evenly.
  public var drives: Int
  /// Sequential reads of one drive.
  public var driveReadBytesPerSecond: UInt64
  /// Sequential writes of one drive, sustained.
  public var driveWriteBytesPerSecond: UInt64
  /// Small random reads of one drive.
  public var driveReadsPerSecond: UInt64
  /// Small random writes of one drive, sustained.
  public var driveWritesPerSecond: UInt64
  /// Bytes on all drives.
  public var flashBytes: UInt64
  /// Copies through host memory (a read and a write of each byte).
  public var memoryBytesPerSecond: UInt64
  /// Host memory.
  public var memoryBytes: UInt64
  /// Time from an idle drive to a small read's answer.
  public var driveReadLatency = FlashDevices.readLatency
  /// Time from an idle drive to a small write's acknowledgement.
  public var driveWriteLatency = FlashDevices.writeLatency
  /// How bytes get from the node's cache to its clients; nil: clients map the cache's memory.
  public var clientPath: ClientPath?

  /// Clients that talk to their node's cache through a socket: every answer is copied to them.
  public struct ClientPath: Sendable, Equatable, BitwiseCopyable {
    /// Time from the cache's answer to its first byte at the client.
    public var answer: Nanoseconds
    /// Of the copies to all clients of the node together.
    public var bytesPerSecond: UInt64
    /// A path with this latency and bandwidth.
    public init(answer: Nanoseconds, bytesPerSecond: UInt64) {
      self.answer = answer
      self.bytesPerSecond = bytesPerSecond
    }
  }

  /// A class of nodes.
  public init(
    name: String, gpus: Int, nicBytesPerSecond: UInt64, drives: Int,
    driveReadBytesPerSecond: UInt64, driveWriteBytesPerSecond: UInt64,
    driveReadsPerSecond: UInt64, driveWritesPerSecond: UInt64, flashBytes: UInt64,
    memoryBytesPerSecond: UInt64, memoryBytes: UInt64
  ) {
    self.name = name
    self.gpus = gpus
    self.nicBytesPerSecond = nicBytesPerSecond
    self.drives = drives
    self.driveReadBytesPerSecond = driveReadBytesPerSecond
    self.driveWriteBytesPerSecond = driveWriteBytesPerSecond
    self.driveReadsPerSecond = driveReadsPerSecond
    self.driveWritesPerSecond = driveWritesPerSecond
    self.flashBytes = flashBytes
    self.memoryBytesPerSecond = memoryBytesPerSecond
    self.memoryBytes = memoryBytes
  }

  /// GB200 class: 4 GPUs, 160 Gb/s front-end, 16 TB on 4 drives. Drive rates are an assumption: what
  /// data sheets of PCIe 4 data-centre drives promise, and half of it for sustained writes.
  public static let gb200 = NodeClass(
    name: "gb200", gpus: 4, nicBytesPerSecond: 20_000_000_000, drives: 4,
    driveReadBytesPerSecond: 6_800_000_000, driveWriteBytesPerSecond: 2_700_000_000,
    driveReadsPerSecond: 1_000_000, driveWritesPerSecond: 180_000,
    flashBytes: 16_000_000_000_000, memoryBytesPerSecond: 200_000_000_000,
    memoryBytes: 960_000_000_000)

  /// H100 class: 8 GPUs, 80 Gb/s front-end, 28 TB on 8 drives; drives as in `gb200`.
  public static let h100 = NodeClass(
    name: "h100", gpus: 8, nicBytesPerSecond: 10_000_000_000, drives: 8,
    driveReadBytesPerSecond: 6_800_000_000, driveWriteBytesPerSecond: 2_700_000_000,
    driveReadsPerSecond: 1_000_000, driveWritesPerSecond: 180_000,
    flashBytes: 28_000_000_000_000, memoryBytesPerSecond: 150_000_000_000,
    memoryBytes: 1_900_000_000_000)
}
