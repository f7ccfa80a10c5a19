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
    if let object = fresh(name, place.consistency) { return completion(.success(object)) }
    ask(name, place, wanting: offset) { [self] answer in
      let result = answer.map { open(name, $0) }
      loop.execute { completion(result) }
    }
  }

  /// What is known of the object, if that is young enough.
  private func fresh(
    _ name: ObjectName, _ consistency: NodeConfiguration.Container.Consistency
  ) -> OpenObject? {
    guard case let known? = known.find(name) else { return nil }
    switch consistency {
    case .immutable: return known.object
    case .validate: return nil
    case .ttl(let span):
      // A cell's home of the name may have known it for as long again: each may use half.
      let limit = cell == nil ? span : span / 2
      return Shard.now - known.since < limit ? known.object : nil
    }
  }

  func open(_ name: ObjectName, _ attributes: ObjectAttributes) -> OpenObject {
    let object = ObjectVersion(
      tenant: name.tenant, salt: salt(of: name.tenant), container: name.container, key: name.key,
      version: attributes.version, size: attributes.size, blockBytes: settings.blockBytes)
    return OpenObject(object: object, attributes: attributes)
  }

  func salt(of tenant: TenantID) -> TenantSalt { settings.salts[Int(tenant.rawValue)] }

  private func ask(
    _ name: ObjectName, _ place: ContainerPlace, wanting offset: UInt64?,
    waiter: @escaping AttributeQuestions.Waiter
  ) {
    let isStrict = place.consistency == .validate
    guard questions.ask(name, isStrict: isStrict, waiter) else { return }
    if !openByReading(name, place, at: offset) { send(name, place) }
  }

  private func send(_ name: ObjectName, _ place: ContainerPlace) {
    guard place.consistency != .validate, !known.isDoubtful(name),
      let home = cell?.home(container: name.container, key: name.key)
    else { return askOrigin(name, place) }
    cell?.ask(home, name) { [self] answer in
      switch answer {
      case .found(let attributes): answered(name, place, .success(attributes))
      case .notFound: answered(name, place, .failure(.noObject))
      case nil: askOrigin(name, place)
      }
    }
  }

  private func askOrigin(_ name: ObjectName, _ place: ContainerPlace) {
    Task {
      var answer: AttributeQuestions.Answer
      do throws(OriginError) {
        answer = .success(
          try await place.origin.attributes(
            of: OriginObject(container: place.name, key: name.key)))
      } catch {
        answer = .failure(ObjectFailure(error))
      }
      answered(name, place, answer)
    }
  }

  func answered(
    _ name: ObjectName, _ place: ContainerPlace, _ answer: AttributeQuestions.Answer
  ) {
    if case .success(let attributes) = answer {
      known.note(AttributeTable.Known(object: open(name, attributes), since: Shard.now), of: name)
    } else {
      known.forget(name)
    }
    if questions.answer(name, answer) { send(name, place) }
  }

  public func forget(tenant: TenantID, container: String, key: String) {
    known.forget(ObjectName(tenant: tenant, container: container, key: key))
  }

  // MARK: For peers

  /// A peer asks what is known of an object whose name's home this node is.
  func attributes(
    container: String, key: String, tenant: TenantID,
    completion: @escaping @Sendable (PeerAttributes?) -> Void
  ) {
    guard Int(tenant.rawValue) < settings.salts.count,
      let place = containers.place(container: container, tenant: tenant)
    else { return completion(.notFound) }
    let name = ObjectName(tenant: tenant, container: container, key: key)
    if let object = fresh(name, place.consistency) {
      return completion(.found(object.attributes))
    }
    let isFirst = questions.ask(name, isStrict: place.consistency == .validate) { answer in
      switch answer {
      case .success(let attributes): completion(.found(attributes))
      case .failure(.noObject): completion(.notFound)
      // That the whole container is missing has no word between peers: who asked may ask himself.
      case .failure: completion(nil)
      }
    }
    // Never on to another peer: two that take each other for the home would ask in a ring.
    if isFirst { askOrigin(name, place) }
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
