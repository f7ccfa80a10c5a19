public import TarnCore

/// All workloads of a simulation, by number: hands each what is its own.
///
/// Concrete types behind a `switch`, because nothing on the path of a request may be existential.
public struct Workloads: ~Copyable {
  private enum Kind: UInt8, BitwiseCopyable {
    case training, coldStart, inference, replay, objects
  }
  private struct Place: BitwiseCopyable {
    var kind: Kind
    var index: UInt8
  }

  private var places: [Place] = []
  private var training = WorkloadRow<TrainingWorkload>()
  private var coldStarts = WorkloadRow<ColdStartWorkload>()
  private var inference = WorkloadRow<InferenceWorkload>()
  private var replays = WorkloadRow<ReplayWorkload>()
  private var objects = WorkloadRow<ObjectsWorkload>()

  /// No workloads yet.
  public init() {}

  /// Workloads added so far, 254 at most; the next one gets this number.
  public var count: Int { places.count }

  /// Adds training jobs, under the next number whatever the configuration says.
  public mutating func add(_ configuration: TrainingConfiguration) {
    var configuration = configuration
    configuration.number = place(.training, at: training.count)
    training.append(TrainingWorkload(configuration))
  }

  /// Adds a cold start, under the next number whatever the configuration says.
  public mutating func add(_ configuration: ColdStartConfiguration) {
    var configuration = configuration
    configuration.number = place(.coldStart, at: coldStarts.count)
    coldStarts.append(ColdStartWorkload(configuration))
  }

  /// Adds inference, under the next number whatever the configuration says.
  public mutating func add(_ configuration: InferenceConfiguration) {
    var configuration = configuration
    configuration.number = place(.inference, at: inference.count)
    inference.append(InferenceWorkload(configuration))
  }

  /// Adds a replay, under the next number whatever the configuration says.
  public mutating func add(_ configuration: ReplayConfiguration) {
    var configuration = configuration
    configuration.number = place(.replay, at: replays.count)
    replays.append(ReplayWorkload(configuration))
  }

  /// Adds readers of objects, under the next number whatever the configuration says.
  public mutating func add(_ configuration: ObjectsConfiguration) {
    var configuration = configuration
    configuration.number = place(.objects, at: objects.count)
    objects.append(ObjectsWorkload(configuration))
  }

  private mutating func place(_ kind: Kind, at index: Int) -> UInt8 {
    precondition(
      places.count < 254, "a simulation has at most 254 workloads; the rest is the world's")
    places.append(Place(kind: kind, index: UInt8(index)))
    return UInt8(places.count - 1)
  }
}

extension Workloads {
  /// Starts all workloads, in order of number.
  public mutating func start(at now: Instant, into actions: inout WorkloadActions) {
    for place in places {
      let index = Int(place.index)
      switch place.kind {
      case .training: training[index].start(at: now, into: &actions)
      case .coldStart: coldStarts[index].start(at: now, into: &actions)
      case .inference: inference[index].start(at: now, into: &actions)
      case .replay: replays[index].start(at: now, into: &actions)
      case .objects: objects[index].start(at: now, into: &actions)
      }
    }
  }

  /// Gives an event back to the workload that scheduled it.
  public mutating func handle(
    _ event: WorkloadEvent, at now: Instant, into actions: inout WorkloadActions
  ) {
    let place = places[Int(event.workload)]
    let index = Int(place.index)
    switch place.kind {
    case .training: training[index].handle(event, at: now, into: &actions)
    case .coldStart: coldStarts[index].handle(event, at: now, into: &actions)
    case .inference: inference[index].handle(event, at: now, into: &actions)
    case .replay: replays[index].handle(event, at: now, into: &actions)
    case .objects: objects[index].handle(event, at: now, into: &actions)
    }
  }

  /// Gives the answer to a read or put to the workload that asked.
  public mutating func completed(
    _ reply: Reply, at now: Instant, into actions: inout WorkloadActions
  ) {
    let place = places[Int(reply.request.workload)]
    let index = Int(place.index)
    switch place.kind {
    case .training: training[index].completed(reply, at: now, into: &actions)
    case .coldStart: coldStarts[index].completed(reply, at: now, into: &actions)
    case .inference: inference[index].completed(reply, at: now, into: &actions)
    case .replay: replays[index].completed(reply, at: now, into: &actions)
    case .objects: objects[index].completed(reply, at: now, into: &actions)
    }
  }

  /// Gives the answer to a prefix look-up to the workload that asked.
  public mutating func prefixAnswered(
    _ reply: PrefixReply, at now: Instant, into actions: inout WorkloadActions
  ) {
    let place = places[Int(reply.request.workload)]
    let index = Int(place.index)
    switch place.kind {
    case .training: training[index].prefixAnswered(reply, at: now, into: &actions)
    case .coldStart: coldStarts[index].prefixAnswered(reply, at: now, into: &actions)
    case .inference: inference[index].prefixAnswered(reply, at: now, into: &actions)
    case .replay: replays[index].prefixAnswered(reply, at: now, into: &actions)
    case .objects: objects[index].prefixAnswered(reply, at: now, into: &actions)
    }
  }

  /// Which object and version the block of a read is of, where objects change.
  func identify(_ request: RequestID, _ home: inout BlockHome) {
    let place = places[Int(request.workload)]
    if place.kind == .objects { objects[Int(place.index)].identify(request, &home) }
  }

  /// Whether the accounts hold the block's version now.
  func holds(_ home: BlockHome) -> Bool {
    let place = places[Int(home.workload)]
    return place.kind == .objects ? objects[Int(place.index)].holds(home) : true
  }

  /// The block that a reader of objects waits for; nil for others.
  func wantedKey(of request: RequestID) -> BlockKey? {
    let place = places[Int(request.workload)]
    return place.kind == .objects ? objects[Int(place.index)].wantedKey(of: request) : nil
  }

  /// The name of a block that a reader of objects got was compared with the one that he wanted.
  mutating func compared(_ request: RequestID, isRight: Bool) {
    objects[Int(places[Int(request.workload)].index)].compared(isRight: isRight)
  }

  /// Asks the processor for what the answer to `request` will touch: the records of a fleet's
  /// nodes are seldom in its caches, so a driver says what comes a few events ahead.
  @inline(__always)
  public func prefetch(_ request: RequestID) {
    let place = places[Int(request.workload)]
    if place.kind == .training { training[Int(place.index)].prefetch(request) }
  }

  /// Asks the processor for what `event` will touch, see above.
  @inline(__always)
  public func prefetch(_ event: WorkloadEvent) {
    let place = places[Int(event.workload)]
    if place.kind == .training { training[Int(place.index)].prefetch(event) }
  }

  /// Tells all workloads that a node is gone.
  public mutating func nodeLost(
    _ node: UInt32, at now: Instant, into actions: inout WorkloadActions
  ) {
    for place in places {
      let index = Int(place.index)
      switch place.kind {
      case .training: training[index].nodeLost(node, at: now, into: &actions)
      case .coldStart: coldStarts[index].nodeLost(node, at: now, into: &actions)
      case .inference: inference[index].nodeLost(node, at: now, into: &actions)
      case .replay: replays[index].nodeLost(node, at: now, into: &actions)
      case .objects: objects[index].nodeLost(node, at: now, into: &actions)
      }
    }
  }

  /// Tells all workloads that a node is back.
  public mutating func nodeReturned(
    _ node: UInt32, at now: Instant, into actions: inout WorkloadActions
  ) {
    for place in places {
      let index = Int(place.index)
      switch place.kind {
      case .training: training[index].nodeReturned(node, at: now, into: &actions)
      case .coldStart: coldStarts[index].nodeReturned(node, at: now, into: &actions)
      case .inference: inference[index].nodeReturned(node, at: now, into: &actions)
      case .replay: replays[index].nodeReturned(node, at: now, into: &actions)
      case .objects: objects[index].nodeReturned(node, at: now, into: &actions)
      }
    }
  }

  /// Tells all workloads that the warm-up is over.
  public mutating func startCounting(at now: Instant) {
    for place in places {
      let index = Int(place.index)
      switch place.kind {
      case .training: training[index].startCounting(at: now)
      case .coldStart: coldStarts[index].startCounting(at: now)
      case .inference: inference[index].startCounting(at: now)
      case .replay: replays[index].startCounting(at: now)
      case .objects: objects[index].startCounting(at: now)
      }
    }
  }

  /// Closes all books: the figures of each workload, in order of number.
  public mutating func finish(at end: Instant) -> [WorkloadFigures] {
    var figures: [WorkloadFigures] = []
    for place in places {
      let index = Int(place.index)
      switch place.kind {
      case .training: figures.append(training[index].finish(at: end))
      case .coldStart: figures.append(coldStarts[index].finish(at: end))
      case .inference: figures.append(inference[index].finish(at: end))
      case .replay: figures.append(replays[index].finish(at: end))
      case .objects: figures.append(objects[index].finish(at: end))
      }
    }
    return figures
  }
}

/// Workloads of one kind; an array cannot hold what cannot be copied.
private struct WorkloadRow<Load: Workload & ~Copyable>: ~Copyable {
  private var storage = UnsafeMutablePointer<Load>.allocate(capacity: 1)
  private var capacity = 1
  private(set) var count = 0

  deinit {
    storage.deinitialize(count: count)
    storage.deallocate()
  }

  mutating func append(_ load: consuming Load) {
    if count == capacity {
      let larger = UnsafeMutablePointer<Load>.allocate(capacity: capacity * 2)
      larger.moveInitialize(from: storage, count: count)
      storage.deallocate()
      storage = larger
      capacity *= 2
    }
    (storage + count).initialize(to: load)
    count += 1
  }

  subscript(index: Int) -> Load {
    _read {
      precondition(index < count, "no such workload")
      yield storage[index]
    }
    _modify {
      precondition(index < count, "no such workload")
      yield &storage[index]
    }
  }
}
