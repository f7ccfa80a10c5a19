public import TarnCore

/// Recorded block requests of one node, in their order.
public struct ReplayRequests: Sendable, Equatable {
  /// Nanoseconds from the earliest request of the whole replay; empty where order is all that counts.
  public var times: [Nanoseconds] = []
  public var keys: [BlockKey] = []
  public var lengths: [UInt32] = []
  /// No requests.
  public init() {}

  /// Requests.
  public var count: Int { keys.count }
}

/// Recorded block requests, put to the nodes that they were recorded at.
public struct ReplayConfiguration: Sendable {
  /// The scenario's name for it.
  public var name: String
  /// This workload's number in the world.
  public var number: UInt8
  /// Whose blocks.
  public var tenant: TenantID
  /// Share of the keys that `requests` holds; for what the report says.
  public var samplingRate = 1.0
  /// Nanoseconds of an interval of the figures.
  public var intervalNanoseconds: Nanoseconds = 1_000_000_000
  /// A read's deadline, from when it is due.
  public var readTimeoutNanoseconds: Nanoseconds = 60_000_000_000
  /// The nodes.
  public var nodes: [NodeRange]
  /// What each of them is asked, in the order of `nodes`; those behind the last are asked nothing.
  public var requests: [ReplayRequests]
  /// Requests of a node that are under way at a time, the next sent when one is answered; nil: each
  /// comes at its recorded time.
  public var clients: UInt16?
  /// When the earliest request comes.
  public var startsAt = Instant.zero
  /// Sentences about the traces that a reader must know.
  public var notes: [String] = []

  /// `requests` put to `nodes`.
  public init(
    name: String, number: UInt8, tenant: TenantID, nodes: [NodeRange],
    requests: [ReplayRequests]
  ) {
    self.name = name
    self.number = number
    self.tenant = tenant
    self.nodes = nodes
    self.requests = requests
  }
}
