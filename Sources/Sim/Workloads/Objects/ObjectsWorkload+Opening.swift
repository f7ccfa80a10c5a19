import TarnCore

/// Opening: from a reader's call to the version that he reads.
extension ObjectsWorkload {
  mutating func open(_ node: UInt32, at now: Instant, into actions: inout WorkloadActions) {
    let object = UInt32(popularity.draw(from: &readers[Int(node)].random))
    open(object, by: node, isAgain: false, at: now, into: &actions)
  }

  /// A reader opens an object, perhaps again because its version was replaced while he read.
  mutating func open(
    _ object: UInt32, by node: UInt32, isAgain: Bool, at now: Instant,
    into actions: inout WorkloadActions
  ) {
    let number = opens.take(ObjectOpen())
    opens[number].object = object
    opens[number].node = node
    opens[number].isUsed = true
    opens[number].isAsking = true
    opens[number].isAgain = isAgain
    opens[number].startedAt = now
    let name = Name(node: node, object: object)
    if let known = known[name], rule.mayUse(known.known, at: now) {
      return opened(number, known.version, at: now, into: &actions)
    }
    guard readers[Int(node)].reach.mayAsk(at: now) else {
      return unanswered(number, at: now, into: &actions)
    }
    let waiter = ObjectQuestion.Waiter.open(number, generation: opens[number].generation)
    ask(name, waiter, at: now, into: &actions)
    // The answer may have come at once.
    guard opens[number].isAsking else { return }
    schedule(
      .openEnds, aux: opens[number].generation, index: number,
      at: now + configuration.openDeadline, into: &actions)
  }

  /// An open's deadline has come: it ends with what is known, if that may be used.
  mutating func openEnds(
    _ event: WorkloadEvent, at now: Instant, into actions: inout WorkloadActions
  ) {
    let open = opens[event.index]
    guard open.isUsed, open.generation == event.aux, open.isAsking else { return }
    unanswered(event.index, at: now, into: &actions)
  }

  /// Nobody who knows has answered.
  mutating func unanswered(
    _ number: UInt32, at now: Instant, into actions: inout WorkloadActions
  ) {
    let open = opens[number]
    if let known = known[Name(node: open.node, object: open.object)],
      rule.mayUseUnanswered(known.known, at: open.startedAt)
    {
      return opened(number, known.version, at: now, into: &actions)
    }
    let region = readers[Int(open.node)].region
    checkDeadline(open, at: now)
    book.opens[Int(region)].count(
      isServed: false, from: open.startedAt, to: now,
      cut: configuration.cut(of: region, at: open.startedAt))
    close(number)
  }

  /// The open ends with a version: the reader begins to read it.
  mutating func opened(
    _ number: UInt32, _ version: UInt32, at now: Instant,
    into actions: inout WorkloadActions
  ) {
    let open = opens[number]
    let region = readers[Int(open.node)].region
    checkDeadline(open, at: now)
    let cut = configuration.cut(of: region, at: open.startedAt)
    judge(open, version, cut, at: now)
    // A call to the node's process and back, whatever it has to do.
    book.opens[Int(region)].count(
      isServed: true, from: open.startedAt, to: now + Models.clientOverhead, cut: cut)
    opens[number].isAsking = false
    opens[number].version = version
    opens[number].identity = ObjectIdentity(
      salt: configuration.salt, container: configuration.name, object: "\(open.object)",
      version: "\(version)")
    opens[number].next = 0
    opens[number].arrived = 0
    if opens[number].askedAt.isEmpty {
      opens[number].askedAt = Array(repeating: .never, count: Int(configuration.blocks))
    }
    readOn(number, at: now, into: &actions)
  }

  /// What the referee says about it.
  private mutating func judge(
    _ open: ObjectOpen, _ version: UInt32, _ cut: ObjectsConfiguration.Cut?, at now: Instant
  ) {
    let region = Int(readers[Int(open.node)].region)
    let staleness = versions.staleness(of: version, open.object, at: open.startedAt) ?? 0
    book.opens[region].stalest = max(book.opens[region].stalest, staleness)
    if let bound = configuration.consistency.stalenessBound, staleness > bound {
      book.openViolations.stale += 1
    }
    // Nobody can have asked the home over a border that lets nothing pass.
    if let cut, configuration.consistency == .validate, now < cut.end {
      book.openViolations.cutOff += 1
    }
  }

  private mutating func checkDeadline(_ open: ObjectOpen, at now: Instant) {
    if now - open.startedAt > configuration.openDeadline { book.openViolations.late += 1 }
  }

  /// The reader is done with the object.
  mutating func close(_ number: UInt32) {
    opens[number].isUsed = false
    opens[number].isAsking = false
    opens[number].generation &+= 1
    opens.give(number)
  }
}
