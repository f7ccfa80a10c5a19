public import TarnCore

/// How workloads number their requests, so that an answer finds its asker without a table.
///
/// From the high end: workload (8 bits), generation of the asker (16), slot among the asker's
/// outstanding requests (16), asker's index within the workload (24): a node, or a prompt.
extension RequestID {
  /// Askers that one workload can have.
  public static let workloadIndexLimit: UInt32 = 1 << 24

  /// The number of a request of `workload`'s asker `index`.
  init(workload: UInt8, generation: UInt16, slot: UInt16, index: UInt32) {
    precondition(index < Self.workloadIndexLimit, "a workload has at most 2^24 askers")
    self.init(
      UInt64(workload) << 56 | UInt64(generation) << 40 | UInt64(slot) << 24 | UInt64(index))
  }

  /// The workload that asked: where the world delivers the answer.
  public var workload: UInt8 { UInt8(truncatingIfNeeded: rawValue >> 56) }
  /// The asker's generation when it asked; an older one than its current is stale.
  var generation: UInt16 { UInt16(truncatingIfNeeded: rawValue >> 40) }
  /// Which of the asker's outstanding requests.
  var slot: UInt16 { UInt16(truncatingIfNeeded: rawValue >> 24) }
  /// Which asker.
  var workloadIndex: UInt32 { UInt32(truncatingIfNeeded: rawValue) & (Self.workloadIndexLimit - 1) }
}
