public import TarnCore

/// Readers that open objects by name and read them whole, each node at random times, and a writer at
/// the container's home that overwrites some.
///
/// What a node knows of versions is judged by Core's `VersionRule`, as a node of ours does: from its
/// own memory, from that of the name's home in its cell, or by a question to the storage accounts of
/// the container's region. The workload is also the referee: it knows when each version was replaced,
/// and writes down every open that got one that was too old.
public struct ObjectsWorkload: Workload, ~Copyable {
  enum Code: UInt8 {
    /// A reader opens an object; the writer overwrites one.
    case opens, overwrites
    /// An open's deadline, and a question's.
    case openEnds, questionEnds
    /// A question is at the name's home in the cell, at the accounts; an answer is back.
    case atPeer, atStore, peerAnswered, storeAnswered, storeFailed
  }
  /// A node and an object.
  struct Name: Hashable {
    var node: UInt32
    var object: UInt32
  }
  /// What a node remembers of an object.
  struct Known {
    var version: UInt32
    var known: RememberedVersion
  }
  struct Reader {
    var world: UInt32
    /// Which cell of the configuration.
    var cell: Int
    var region: UInt8
    var isGone = false
    var reach = HomeReach()
    var random: RandomStream
  }

  let configuration: ObjectsConfiguration
  let rule: VersionRule
  let popularity: ZipfDistribution
  var readers: [Reader] = []
  /// The first reader of each cell, by number; the last is behind the last.
  var firstOfCell: [UInt32] = []
  var versions: ObjectVersions
  // Looked up, never walked.
  var known: [Name: Known] = [:]
  var doubts: Set<Name> = []
  var asked: [Name: UInt32] = [:]
  var opens = ObjectSlots<ObjectOpen>()
  var questions = ObjectSlots<ObjectQuestion>()
  var writer: RandomStream
  var ledger: WorkloadLedger
  var book: ContractBook
  var finished: UInt64 = 0
  var overwritten: UInt64 = 0
  var questionsSent: UInt64 = 0

  /// The workload, ready to start.
  public init(_ configuration: ObjectsConfiguration) {
    precondition(configuration.readerDepth > 0, "a reader has a read under way")
    precondition(configuration.blocks <= 1 << 16, "an object has at most 65,536 blocks")
    var readers: [Reader] = []
    var firstOfCell: [UInt32] = []
    for (index, cell) in configuration.cells.enumerated() {
      firstOfCell.append(UInt32(readers.count))
      for offset in 0..<cell.nodes.count {
        readers.append(
          Reader(
            world: cell.nodes[offset], cell: index, region: cell.region,
            random: RandomStream(
              seed: configuration.seed, purpose: "object reader", index: UInt64(readers.count))))
      }
    }
    firstOfCell.append(UInt32(readers.count))
    self.configuration = configuration
    self.readers = readers
    self.firstOfCell = firstOfCell
    // The name's home in the cell remembers too.
    rule = VersionRule(configuration.consistency, keepers: 2)
    popularity = ZipfDistribution(
      count: UInt64(configuration.objects), exponent: configuration.zipf)
    versions = ObjectVersions(count: configuration.objects)
    writer = RandomStream(seed: configuration.seed, purpose: "object writer")
    ledger = WorkloadLedger(intervalNanoseconds: configuration.intervalNanoseconds)
    book = ContractBook(regions: configuration.regionNames.count)
  }

  public mutating func start(at now: Instant, into actions: inout WorkloadActions) {
    for reader in readers.indices { scheduleOpen(UInt32(reader), at: now, into: &actions) }
    scheduleOverwrite(at: now, into: &actions)
  }

  public mutating func handle(
    _ event: WorkloadEvent, at now: Instant, into actions: inout WorkloadActions
  ) {
    guard let code = Code(rawValue: event.code) else {
      preconditionFailure("the event is of another workload")
    }
    switch code {
    case .opens:
      scheduleOpen(event.index, at: now, into: &actions)
      if !readers[Int(event.index)].isGone { open(event.index, at: now, into: &actions) }
    case .overwrites: overwrite(at: now, into: &actions)
    case .openEnds: openEnds(event, at: now, into: &actions)
    case .questionEnds, .atPeer, .atStore, .peerAnswered, .storeAnswered, .storeFailed:
      handleQuestion(code, event, at: now, into: &actions)
    }
  }

  public mutating func prefixAnswered(
    _ reply: PrefixReply, at now: Instant, into actions: inout WorkloadActions
  ) {
    preconditionFailure("readers of objects look up no prefix")
  }

  // MARK: Readers and the writer come

  private mutating func scheduleOpen(
    _ reader: UInt32, at now: Instant, into actions: inout WorkloadActions
  ) {
    let gap = readers[Int(reader)].random.exponential(mean: 1e9 / configuration.opensPerSecond)
    schedule(.opens, index: reader, at: now + UInt64(gap), into: &actions)
  }

  private mutating func scheduleOverwrite(
    at now: Instant, into actions: inout WorkloadActions
  ) {
    guard configuration.overwritesPerSecond > 0 else { return }
    let gap = writer.exponential(mean: 1e9 / configuration.overwritesPerSecond)
    schedule(.overwrites, index: 0, at: now + UInt64(gap), into: &actions)
  }

  /// The writer is at the home: his version is there at once.
  private mutating func overwrite(at now: Instant, into actions: inout WorkloadActions) {
    versions.overwrite(UInt32(popularity.draw(from: &writer)), at: now)
    overwritten += 1
    scheduleOverwrite(at: now, into: &actions)
  }

  func schedule(
    _ code: Code, aux: UInt16 = 0, index: UInt32, at time: Instant,
    into actions: inout WorkloadActions
  ) {
    actions.append(.schedule(event(code, aux: aux, index: index), at: time))
  }

  func event(_ code: Code, aux: UInt16, index: UInt32) -> WorkloadEvent {
    WorkloadEvent(
      workload: configuration.number, code: code.rawValue, aux: aux, index: index)
  }
}
