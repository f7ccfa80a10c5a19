/// What the world's queue holds: 8 bytes. The kinds below `workload` are the world's own, with a
/// node in 24 bits and a number into one of the pools; the rest belong to workload `kind - workload`.
struct WorldEvent: BitwiseCopyable {
  enum Kind {
    /// A message arrives at a node.
    static let message: UInt8 = 0
    /// A flash operation of a node ended.
    static let flash: UInt8 = 1
    /// An origin read of a node ended.
    static let origin: UInt8 = 2
    /// A node asked to be woken.
    static let wake: UInt8 = 3
    /// A client notices that its node is gone.
    static let reply: UInt8 = 4
    /// A node learns of a view.
    static let view: UInt8 = 5
    /// A fault begins or ends.
    static let fault: UInt8 = 6
    /// A client's read reaches its node's cache.
    static let read: UInt8 = 7
    /// The warm-up is over.
    static let count: UInt8 = 8
    /// Something that a stand-in for the cores scheduled has come.
    static let standIn: UInt8 = 9
    /// A read of data of another region arrives there.
    static let far: UInt8 = 10
    /// A region is cut off from the others, or joined to them again.
    static let cut: UInt8 = 11
    /// A piece of a payload has crossed the links, or its first byte can.
    static let piece: UInt8 = 12
    /// From here on: events of workloads.
    static let workload: UInt8 = 64
  }

  var kind: UInt8
  private var high: UInt8
  private var low: UInt16
  /// A number into a pool, or the workload's own.
  var index: UInt32

  init(_ kind: UInt8, node: UInt32, index: UInt32 = 0) {
    self.kind = kind
    high = UInt8(truncatingIfNeeded: node >> 16)
    low = UInt16(truncatingIfNeeded: node)
    self.index = index
  }

  init(_ event: WorkloadEvent) {
    kind = Kind.workload + event.workload
    high = event.code
    low = event.aux
    index = event.index
  }

  /// The world's own kinds: which node.
  var node: UInt32 { UInt32(high) << 16 | UInt32(low) }

  /// The workload's own event.
  var workloadEvent: WorkloadEvent {
    WorkloadEvent(workload: kind - Kind.workload, code: high, aux: low, index: index)
  }
}
