public import TarnCore

/// Reading: the blocks of the version that was opened, in order, a few at a time.
extension ObjectsWorkload {
  mutating func readOn(
    _ number: UInt32, at now: Instant, into actions: inout WorkloadActions
  ) {
    let blocks = configuration.blocks
    while opens[number].next < blocks,
      opens[number].next < opens[number].arrived + configuration.readerDepth
    {
      let block = opens[number].next
      opens[number].next += 1
      opens[number].askedAt[Int(block)] = now
      ledger.requests += 1
      let request = ReadRequest(
        key: opens[number].identity.block(index: block, blockBytes: configuration.blockBytes),
        request: RequestID(
          workload: configuration.number, generation: opens[number].generation,
          slot: UInt16(block), index: number),
        deadline: now + configuration.readDeadline, length: configuration.length(of: block),
        tenant: configuration.tenant)
      actions.append(
        .read(node: readers[Int(opens[number].node)].world, request, at: now))
    }
  }

  public mutating func completed(
    _ reply: Reply, at now: Instant, into actions: inout WorkloadActions
  ) {
    let number = reply.request.workloadIndex
    guard opens[number].isUsed, opens[number].generation == reply.request.generation else {
      ledger.staleReplies += 1
      return
    }
    let open = opens[number]
    let start = open.askedAt[Int(reply.request.slot)]
    let region = readers[Int(open.node)].region
    // The copy to the client comes after the answer.
    if now - start > configuration.readDeadline + Models.brokenConnection {
      book.readViolations.late += 1
    }
    let cut = configuration.cut(of: region, at: start)
    switch reply.failure {
    case .none:
      ledger.answered(by: reply.source, after: now - start, at: now)
      book.reads[Int(region)].count(isServed: true, from: start, to: now, cut: cut)
      opens[number].arrived += 1
      opens[number].askedAt[Int(reply.request.slot)] = .never
      guard opens[number].arrived == configuration.blocks else {
        return readOn(number, at: now, into: &actions)
      }
      finished += 1
      close(number)
    case .notFound:
      book.reads[Int(region)].changed += 1
      close(number)
      changed(open, at: now, into: &actions)
    default:
      ledger.failed(at: now)
      book.reads[Int(region)].count(isServed: false, from: start, to: now, cut: cut)
      close(number)
    }
  }

  /// The version is gone: what was known was old, and others in the cell may believe it too.
  private mutating func changed(
    _ open: ObjectOpen, at now: Instant, into actions: inout WorkloadActions
  ) {
    let name = Name(node: open.node, object: open.object)
    if known[name]?.version == open.version {
      known[name] = nil
      doubts.insert(name)
    }
    // A reader tries once more; if he is as unlucky again, he leaves it.
    guard !open.isAgain else { return }
    self.open(open.object, by: open.node, isAgain: true, at: now, into: &actions)
  }

  // MARK: For the world

  /// Which object and version the block of a read is of.
  func identify(_ request: RequestID, _ home: inout BlockHome) {
    home.object = opens[request.workloadIndex].object
    home.version = opens[request.workloadIndex].version
  }

  /// Whether the container's accounts hold this version now.
  func holds(_ home: BlockHome) -> Bool { versions.current(home.object) == home.version }

  /// The block that a reader waits for; nil if he has left.
  func wantedKey(of request: RequestID) -> BlockKey? {
    let open = opens[request.workloadIndex]
    guard open.isUsed, open.generation == request.generation else { return nil }
    return open.identity.block(
      index: UInt32(request.slot), blockBytes: configuration.blockBytes)
  }

  /// The name of a block that a reader got was compared with the one that he wanted.
  mutating func compared(isRight: Bool) {
    book.compared += 1
    if !isRight { book.readViolations.mixed += 1 }
  }
}

/// Nodes that go and come, and the end.
extension ObjectsWorkload {
  public mutating func nodeLost(
    _ node: UInt32, at now: Instant, into actions: inout WorkloadActions
  ) {
    guard let index = readers.firstIndex(where: { $0.world == node }) else { return }
    readers[index].isGone = true
    readers[index].reach = HomeReach()
    for number in opens.records.indices
    where opens[UInt32(number)].isUsed && opens[UInt32(number)].node == UInt32(index) {
      close(UInt32(number))
    }
    for number in questions.records.indices
    where questions[UInt32(number)].isUsed && questions[UInt32(number)].node == UInt32(index) {
      lose(UInt32(number), at: now, into: &actions)
    }
    for object in 0..<configuration.objects {
      let name = Name(node: UInt32(index), object: object)
      known[name] = nil
      doubts.remove(name)
    }
  }

  /// A question goes with its node; peers that wait for it find out by their own deadline.
  private mutating func lose(
    _ number: UInt32, at now: Instant, into actions: inout WorkloadActions
  ) {
    let question = questions[number]
    asked[Name(node: question.node, object: question.object)] = nil
    questions[number].isUsed = false
    questions[number].generation &+= 1
    questions.give(number)
  }

  public mutating func nodeReturned(
    _ node: UInt32, at now: Instant, into actions: inout WorkloadActions
  ) {
    guard let index = readers.firstIndex(where: { $0.world == node }) else { return }
    readers[index].isGone = false
  }

  public mutating func startCounting(at now: Instant) {
    ledger.startCounting(at: now)
    book = ContractBook(regions: configuration.regionNames.count)
    finished = 0
    overwritten = 0
    questionsSent = 0
  }

  public mutating func finish(at end: Instant) -> WorkloadFigures {
    for number in opens.records.indices.map(UInt32.init) where opens[number].isUsed {
      countOverdue(opens[number], at: end)
    }
    var figures = WorkloadFigures(name: configuration.name, kind: "objects")
    figures.nodes = readers.count
    figures.completed = finished
    figures.take(ledger)
    figures.counters = [
      .init("objects_read", Double(finished), unit: "count"),
      .init("objects_overwritten", Double(overwritten), unit: "count"),
      .init("object_questions_to_home", Double(questionsSent), unit: "count"),
      .init("object_blocks_compared", Double(book.compared), unit: "count"),
    ]
    let regions = configuration.regionNames.indices
    figures.contract = ContractMeasure(
      name: configuration.name, consistency: configuration.consistency,
      openDeadline: configuration.openDeadline, readDeadline: configuration.readDeadline,
      regionNames: configuration.regionNames,
      hasReaders: regions.map { region in readers.contains { Int($0.region) == region } },
      home: configuration.home, book: book)
    return figures
  }

  /// What is under way at the end may be so only until its deadline.
  private mutating func countOverdue(_ open: ObjectOpen, at end: Instant) {
    if open.isAsking {
      if end - open.startedAt > configuration.openDeadline { book.openViolations.late += 1 }
      return
    }
    for block in 0..<open.next
    where end - open.askedAt[Int(block)] > configuration.readDeadline + Models.brokenConnection {
      book.readViolations.late += 1
    }
  }
}
