public import NIOCore
public import TarnCore

/// Objects as clients see them, cut into blocks that the shards' cores cache.
public final class ObjectService: ObjectReading, Sendable {
  /// What it is told once.
  public struct Settings: Sendable {
    public var blockBytes: UInt32
    public var readDeadlineNanoseconds: Nanoseconds
    public var readAhead: Int
    /// The tenants' salts, by number.
    public var salts: [TenantSalt]
    /// Objects whose attributes are remembered.
    public var knownObjects = 262_144
    /// Bytes of blocks that came with their objects' attributes and were not asked for yet: for at
    /// most two seconds each.
    public var earlyBytes: UInt64 = 64 << 20
    public init(
      blockBytes: UInt32, readDeadlineNanoseconds: Nanoseconds, readAhead: Int, salts: [TenantSalt]
    ) {
      self.blockBytes = blockBytes
      self.readDeadlineNanoseconds = readDeadlineNanoseconds
      self.readAhead = readAhead
      self.salts = salts
    }
  }

  let settings: Settings
  let shards: ShardSet
  private let containers: ContainerTable
  let cell: CellDirectory?
  let known: AttributeTable
  let earlyReads: EarlyReads
  private let questions = AttributeQuestions()
  private let reach = OriginReach()

  public init(
    _ settings: Settings, shards: ShardSet, containers: ContainerTable, cell: CellDirectory?
  ) {
    self.settings = settings
    self.shards = shards
    self.containers = containers
    self.cell = cell
    earlyReads = EarlyReads(limit: settings.earlyBytes)
    known = AttributeTable(capacity: settings.knownObjects)
  }

  // MARK: Opening

  public func open(
    tenant: TenantID, container: String, key: String, wanting offset: UInt64?,
    on loop: any EventLoop,
    completion: @escaping @Sendable (Result<OpenObject, ObjectFailure>) -> Void
  ) {
    guard let place = containers.place(container: container, tenant: tenant) else {
      return completion(.failure(.noContainer))
    }
    let name = ObjectName(tenant: tenant, container: container, key: key)
    let now = Shard.now
    if let known = fresh(name, place, at: now) { return completion(.success(known.object)) }
    guard reach.mayAsk(place, at: now) else {
      return completion(unanswered(name, place, OriginReach.silence, openedAt: now))
    }
    ask(name, place, wanting: offset, at: now) { [self] answer in
      let result: Result<OpenObject, ObjectFailure> =
        switch answer {
        case .success(let news): .success(open(name, news.attributes))
        case .failure(let failure): unanswered(name, place, failure, openedAt: now)
        }
      loop.execute { completion(result) }
    }
  }

  private func rule(_ place: ContainerPlace) -> VersionRule {
    // A cell's home of the name may remember it before this node does.
    VersionRule(place.consistency, keepers: cell == nil ? 1 : 2)
  }

  /// What is known of the object, if that may be used without asking.
  private func fresh(
    _ name: ObjectName, _ place: ContainerPlace, at now: Instant
  ) -> AttributeTable.Known? {
    guard case let known? = known.find(name), rule(place).mayUse(known.version, at: now) else {
      return nil
    }
    return known
  }

  /// What an open comes to whose question was not answered: what is known, if its container's
  /// consistency lets it be used then.
  private func unanswered(
    _ name: ObjectName, _ place: ContainerPlace, _ failure: ObjectFailure, openedAt time: Instant
  ) -> Result<OpenObject, ObjectFailure> {
    guard !failure.isAnswer, case let known? = known.find(name),
      rule(place).mayUseUnanswered(known.version, at: time)
    else { return .failure(failure) }
    return .success(known.object)
  }

  func open(_ name: ObjectName, _ attributes: ObjectAttributes) -> OpenObject {
    let object = ObjectVersion(
      tenant: name.tenant, salt: salt(of: name.tenant), container: name.container, key: name.key,
      version: attributes.version, size: attributes.size, blockBytes: settings.blockBytes)
    return OpenObject(object: object, attributes: attributes)
  }

  func salt(of tenant: TenantID) -> TenantSalt { settings.salts[Int(tenant.rawValue)] }

  private func ask(
    _ name: ObjectName, _ place: ContainerPlace, wanting offset: UInt64?, at now: Instant,
    waiter: @escaping AttributeQuestions.Waiter
  ) {
    let earliest = rule(place).earliestQuestion(at: now)
    guard questions.ask(name, at: now, earliest: earliest, waiter) else { return }
    send(name, place, wanting: offset, askedAt: now)
  }

  /// Whether only the origin's word on the object will do.
  func needsOrigin(_ name: ObjectName, _ place: ContainerPlace) -> Bool {
    rule(place).needsOrigin(isDoubtful: known.isDoubtful(name))
  }

  private func send(
    _ name: ObjectName, _ place: ContainerPlace, wanting offset: UInt64?, askedAt: Instant
  ) {
    guard !needsOrigin(name, place),
      let home = cell?.home(container: name.container, key: name.key)
    else { return askOrigin(name, place, wanting: offset, askedAt: askedAt) }
    cell?.ask(home, name, wanting: offset) { [self] answer in
      let version = RememberedVersion(askedAt: askedAt, isFirstHand: false)
      switch answer {
      case .found(let attributes, let early):
        if let early { promised(name, attributes, early, by: home) }
        answered(name, place, .success(ObjectNews(attributes: attributes)), version)
      case .notFound: answered(name, place, .failure(.noObject), version)
      // Who does not know the home's answer does not know either whether a block came along.
      case nil: askOrigin(name, place, wanting: nil, askedAt: askedAt)
      }
    }
  }

  /// The home brought a block along: its shard learns of it before anybody reads it.
  private func promised(
    _ name: ObjectName, _ attributes: ObjectAttributes, _ index: UInt32, by home: NodeID
  ) {
    guard UInt64(index) * UInt64(settings.blockBytes) < attributes.size else { return }
    let key = BlockLocator(object: open(name, attributes).object, index: index).key
    let shard = shards.shard(of: key)
    shard.loop.execute { shard.promised(key, by: home) }
  }

  private func askOrigin(
    _ name: ObjectName, _ place: ContainerPlace, wanting offset: UInt64?, askedAt: Instant
  ) {
    if openByReading(name, place, at: offset, askedAt: askedAt) { return }
    Task(executorPreference: shards.executorHere) { [self] in
      var answer: AttributeQuestions.Answer
      do throws(OriginError) {
        let attributes = try await place.origin.attributes(
          of: OriginObject(container: place.name, key: name.key))
        answer = .success(ObjectNews(attributes: attributes))
      } catch {
        answer = .failure(ObjectFailure(error))
      }
      originAnswered(name, place, answer, askedAt: askedAt)
    }
  }

  /// The origin's own answer to a question of `askedAt`.
  func originAnswered(
    _ name: ObjectName, _ place: ContainerPlace, _ answer: AttributeQuestions.Answer,
    askedAt: Instant
  ) {
    reach.note(place, answer, at: Shard.now)
    answered(name, place, answer, RememberedVersion(askedAt: askedAt, isFirstHand: true))
  }

  private func answered(
    _ name: ObjectName, _ place: ContainerPlace, _ answer: AttributeQuestions.Answer,
    _ version: RememberedVersion
  ) {
    switch answer {
    case .success(let news):
      let early = news.early.map {
        AttributeTable.EarlyBlock(
          index: $0, until: Shard.now + PromisedBlocks.termNanoseconds / 2)
      }
      known.note(
        AttributeTable.Known(
          object: open(name, news.attributes), version: version, early: early), of: name)
    // Who did not answer has not said that what is known is wrong.
    case .failure(let failure): if failure.isAnswer { known.forget(name) }
    }
    let now = Shard.now
    if questions.answer(name, answer, at: now) {
      send(name, place, wanting: nil, askedAt: now)
    }
  }

  public func forget(tenant: TenantID, container: String, key: String) {
    known.forget(ObjectName(tenant: tenant, container: container, key: key))
  }

  // MARK: For peers

  /// A peer asks what is known of an object whose name's home this node is.
  func attributes(
    container: String, key: String, tenant: TenantID, wanting offset: UInt64?,
    completion: @escaping @Sendable (PeerAttributes?) -> Void
  ) {
    guard Int(tenant.rawValue) < settings.salts.count,
      let place = containers.place(container: container, tenant: tenant)
    else { return completion(.notFound) }
    let name = ObjectName(tenant: tenant, container: container, key: key)
    let now = Shard.now
    if let known = fresh(name, place, at: now) {
      let early = known.early.flatMap { $0.until > now ? $0.index : nil }
      return completion(.found(known.object.attributes, early: early))
    }
    guard reach.mayAsk(place, at: now) else { return completion(nil) }
    let earliest = rule(place).earliestQuestion(at: now)
    let isFirst = questions.ask(name, at: now, earliest: earliest) { answer in
      switch answer {
      case .success(let news): completion(.found(news.attributes, early: news.early))
      case .failure(.noObject): completion(.notFound)
      // That the whole container is missing has no word between peers: who asked may ask himself.
      case .failure: completion(nil)
      }
    }
    // Never on to another peer: two that take each other for the home would ask in a ring.
    if isFirst { askOrigin(name, place, wanting: offset, askedAt: now) }
  }

  // MARK: Reading

  public func read(
    _ object: OpenObject, range: Range<UInt64>, on loop: any EventLoop, into sink: any ObjectSink
  ) -> any ObjectRead {
    let version = object.object
    return BlockwiseRead(
      version, range: range, shards: shards, loop: loop, sink: sink,
      patience: settings.readDeadlineNanoseconds, window: settings.readAhead
    ) { [known] in
      known.doubt(
        ObjectName(tenant: version.tenant, container: version.container, key: version.key))
    }
  }
}

extension ObjectFailure {
  init(_ error: OriginError) {
    switch error {
    case .notFound, .noUpload: self = .noObject
    case .noContainer: self = .noContainer
    case .changed: self = .changed
    case .throttled(let milliseconds): self = .busy(retryAfterMilliseconds: max(100, milliseconds))
    case .denied(let reason): self = .denied(reason)
    case .rejected(let code, let reason): self = .failed("\(code): \(reason)")
    case .unsupported(let reason), .failed(let reason): self = .failed(reason)
    }
  }
}
