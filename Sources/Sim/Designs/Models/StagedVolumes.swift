import TarnCore

/// Staging: before a node reads anything of a workload, it copies all that it will read of it to its
/// own volume; its readers wait for the end of the copy.
///
/// The volume is the core of a node without peers; this model only says what is copied when. Reads
/// that a plan covers are held until their node's copy is complete, then handed on to the core,
/// which finds them on flash. What is larger than the volume is not staged: its reads go on to the
/// core at once, which reads the origin.
///
/// Cost: O(1) a read and a staged block.
final class StagedVolumes: StandIn {
  private struct Place: Hashable {
    var workload: UInt8
    var node: UInt32
  }
  /// The copy of one plan's part to one node.
  private struct Copy {
    var plan: Int
    var reader: WarmData.Reader
    var next: UInt32 = 0
    var arrived: UInt32 = 0
    var isComplete: Bool
    var hasBegun = false
    /// Grows with the node's losses, so that answers from before are recognised.
    var life: UInt16 = 0
    var held: [ReadRequest] = []
  }

  private let plans: [ReadPlan]
  private let depth: UInt32
  private var copies: [Copy] = []
  /// Only looked up.
  private var index: [Place: Int] = [:]
  /// Copies that a node's loss interrupted, or that a failed read waits to continue, by token.
  private var waiting: [(copy: Int, position: UInt32, life: UInt16)] = []
  /// Readers whose part does not fit their node's volume.
  private(set) var unstaged = 0
  /// What notes say of them.
  static let unstagedRemark = "are larger than the volume of the node that reads them"

  /// - Parameters:
  ///   - depth: Blocks of one node's copy under way at once.
  ///   - volumeBytes: What a node's volume holds of the sampled blocks.
  init(_ plans: [ReadPlan], depth: Int, volumeBytes: (UInt32) -> UInt64) {
    self.plans = plans
    self.depth = UInt32(max(1, depth))
    for (number, plan) in plans.enumerated() {
      for reader in plan.readers {
        guard plan.bytes(of: reader) <= volumeBytes(reader.node) else {
          unstaged += 1
          continue
        }
        let place = Place(workload: plan.workload, node: reader.node)
        guard index[place] == nil else { continue }
        index[place] = copies.count
        copies.append(Copy(plan: number, reader: reader, isComplete: plan.warm > 0))
      }
    }
  }

  func read(
    _ request: ReadRequest, of node: UInt32, at now: Instant, models: inout Models,
    into actions: inout StandInActions
  ) {
    let place = Place(workload: request.request.workload, node: node)
    guard let copy = index[place], !copies[copy].isComplete else {
      return actions.append(.readCore(request, node: node))
    }
    copies[copy].held.append(request)
    if !copies[copy].hasBegun {
      copies[copy].hasBegun = true
      goOn(copy, at: now, into: &actions)
    }
  }

  /// A failed block of a copy is read again.
  func resume(
    _ token: UInt32, at now: Instant, models: inout Models, into actions: inout StandInActions
  ) {
    let (copy, position, life) = waiting[Int(token)]
    guard copies[copy].life == life else { return }
    send(copy, position, at: now, into: &actions)
  }

  func answered(
    _ reply: Reply, by node: UInt32, at now: Instant, into actions: inout StandInActions
  ) {
    let copy = Int(reply.request.workloadIndex)
    let position = UInt32(reply.request.rawValue >> 24 & 0xFFFF_FFFF)
    guard copies[copy].reader.node == node else { return }
    guard reply.failure == .none else {
      waiting.append((copy, position, copies[copy].life))
      let retry = now + StagedVolumes.retryDelay
      return actions.append(.schedule(UInt32(waiting.count - 1), at: retry))
    }
    copies[copy].arrived += 1
    guard copies[copy].arrived >= copies[copy].reader.count else {
      return goOn(copy, at: now, into: &actions)
    }
    copies[copy].isComplete = true
    for var request in copies[copy].held {
      request.deadline = max(request.deadline, now + StagedVolumes.readTimeout)
      actions.append(.readCore(request, node: node))
    }
    copies[copy].held = []
  }

  private static let retryDelay: Nanoseconds = 200_000_000
  private static let readTimeout: Nanoseconds = 60_000_000_000

  /// Keeps `depth` blocks under way.
  private func goOn(_ copy: Int, at now: Instant, into actions: inout StandInActions) {
    while copies[copy].next < copies[copy].reader.count,
      copies[copy].next - copies[copy].arrived < depth
    {
      send(copy, copies[copy].next, at: now, into: &actions)
      copies[copy].next += 1
    }
  }

  private func send(
    _ copy: Int, _ position: UInt32, at now: Instant, into actions: inout StandInActions
  ) {
    let plan = plans[copies[copy].plan]
    let reader = copies[copy].reader
    let block = plan.sample[reader.first + position]
    let identifier =
      UInt64(StandInActions.workload) << 56 | UInt64(position) << 24 | UInt64(copy)
    actions.append(
      .readCore(
        ReadRequest(
          key: plan.dataset.object.block(index: block, blockBytes: plan.dataset.blockBytes),
          request: RequestID(identifier), deadline: now + StagedVolumes.readTimeout,
          length: plan.dataset.length(of: block), tenant: plan.dataset.tenant), node: reader.node))
  }

  /// Readers ask again after their node's return; the copy starts over, and finds on flash what had
  /// arrived.
  func lost(_ node: UInt32, at now: Instant) {
    for copy in copies.indices where copies[copy].reader.node == node && !copies[copy].isComplete {
      copies[copy].life &+= 1
      copies[copy].next = 0
      copies[copy].arrived = 0
      copies[copy].hasBegun = false
      copies[copy].held = []
    }
  }

  func returned(_ node: UInt32, at now: Instant) {}
}
