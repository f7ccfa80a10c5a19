import TarnCore

/// The workloads of a run: each a concrete struct in memory of its own, chosen by number.
///
/// A switch over three kinds instead of an existential, because an answer a request passes here.
struct WorkloadSet: ~Copyable {
  private enum Member {
    case training(UnsafeMutablePointer<TrainingWorkload>)
    case coldStart(UnsafeMutablePointer<ColdStartWorkload>)
    case inference(UnsafeMutablePointer<InferenceWorkload>)
  }
  private let members: [Member]

  init(_ plans: [WorkloadPlan]) {
    members = plans.map { plan in
      switch plan {
      case .training(let configuration):
        let memory = UnsafeMutablePointer<TrainingWorkload>.allocate(capacity: 1)
        memory.initialize(to: TrainingWorkload(configuration))
        return .training(memory)
      case .coldStart(let configuration):
        let memory = UnsafeMutablePointer<ColdStartWorkload>.allocate(capacity: 1)
        memory.initialize(to: ColdStartWorkload(configuration))
        return .coldStart(memory)
      case .inference(let configuration):
        let memory = UnsafeMutablePointer<InferenceWorkload>.allocate(capacity: 1)
        memory.initialize(to: InferenceWorkload(configuration))
        return .inference(memory)
      }
    }
  }

  deinit {
    for member in members {
      switch member {
      case .training(let memory): Self.free(memory)
      case .coldStart(let memory): Self.free(memory)
      case .inference(let memory): Self.free(memory)
      }
    }
  }

  private static func free<Element: ~Copyable>(_ memory: UnsafeMutablePointer<Element>) {
    memory.deinitialize(count: 1)
    memory.deallocate()
  }

  func start(at now: Instant, into actions: inout WorkloadActions) {
    for member in members {
      switch member {
      case .training(let workload): workload.pointee.start(at: now, into: &actions)
      case .coldStart(let workload): workload.pointee.start(at: now, into: &actions)
      case .inference(let workload): workload.pointee.start(at: now, into: &actions)
      }
    }
  }

  func handle(_ event: WorkloadEvent, at now: Instant, into actions: inout WorkloadActions) {
    switch members[Int(event.workload)] {
    case .training(let workload): workload.pointee.handle(event, at: now, into: &actions)
    case .coldStart(let workload): workload.pointee.handle(event, at: now, into: &actions)
    case .inference(let workload): workload.pointee.handle(event, at: now, into: &actions)
    }
  }

  func completed(_ reply: Reply, at now: Instant, into actions: inout WorkloadActions) {
    switch members[Int(reply.request.workload)] {
    case .training(let workload): workload.pointee.completed(reply, at: now, into: &actions)
    case .coldStart(let workload): workload.pointee.completed(reply, at: now, into: &actions)
    case .inference(let workload): workload.pointee.completed(reply, at: now, into: &actions)
    }
  }

  func prefixAnswered(_ reply: PrefixReply, at now: Instant, into actions: inout WorkloadActions) {
    switch members[Int(reply.request.workload)] {
    case .training, .coldStart: preconditionFailure("only inference looks up prefixes")
    case .inference(let workload): workload.pointee.prefixAnswered(reply, at: now, into: &actions)
    }
  }

  func nodeLost(_ node: UInt32, at now: Instant, into actions: inout WorkloadActions) {
    for member in members {
      switch member {
      case .training(let workload): workload.pointee.nodeLost(node, at: now, into: &actions)
      case .coldStart(let workload): workload.pointee.nodeLost(node, at: now, into: &actions)
      case .inference(let workload): workload.pointee.nodeLost(node, at: now, into: &actions)
      }
    }
  }

  func nodeReturned(_ node: UInt32, at now: Instant, into actions: inout WorkloadActions) {
    for member in members {
      switch member {
      case .training(let workload): workload.pointee.nodeReturned(node, at: now, into: &actions)
      case .coldStart(let workload): workload.pointee.nodeReturned(node, at: now, into: &actions)
      case .inference(let workload): workload.pointee.nodeReturned(node, at: now, into: &actions)
      }
    }
  }

  /// Closes every workload's books, in the order of their numbers.
  func finish(at end: Instant) -> [WorkloadFigures] {
    members.map { member in
      switch member {
      case .training(let workload): workload.pointee.finish(at: end)
      case .coldStart(let workload): workload.pointee.finish(at: end)
      case .inference(let workload): workload.pointee.finish(at: end)
      }
    }
  }
}
