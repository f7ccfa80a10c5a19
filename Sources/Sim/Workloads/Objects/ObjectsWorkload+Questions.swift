import TarnCore

/// Questions about versions: to the home of the name in the cell, and to the container's accounts.
extension ObjectsWorkload {
  /// Joins a question that is under way, or asks.
  mutating func ask(
    _ name: Name, _ waiter: ObjectQuestion.Waiter, at now: Instant,
    into actions: inout WorkloadActions
  ) {
    if let number = asked[name] {
      if questions[number].askedAt < rule.earliestQuestion(at: now) {
        questions[number].next.append(waiter)
      } else {
        questions[number].waiting.append(waiter)
      }
      return
    }
    start(name, [waiter], isPeers: waiter.isPeers, at: now, into: &actions)
  }

  /// - Parameter isPeers: a peer wants to know: its question must not go on to another peer.
  private mutating func start(
    _ name: Name, _ waiting: [ObjectQuestion.Waiter], isPeers: Bool, at now: Instant,
    into actions: inout WorkloadActions
  ) {
    let number = questions.take(ObjectQuestion())
    questions[number].object = name.object
    questions[number].node = name.node
    questions[number].isUsed = true
    questions[number].askedAt = now
    questions[number].asksOrigin = false
    questions[number].waiting = waiting
    questions[number].next = []
    questions[number].answer = nil
    asked[name] = number
    let generation = questions[number].generation
    schedule(
      .questionEnds, aux: generation, index: number, at: now + configuration.openDeadline,
      into: &actions)
    let home = home(of: name.object, inCellOf: name.node)
    guard !isPeers, home != name.node,
      !rule.needsOrigin(isDoubtful: doubts.contains(name))
    else { return askOrigin(number, into: &actions) }
    actions.append(
      .message(
        event(.atPeer, aux: generation, index: number), from: readers[Int(name.node)].world,
        to: readers[Int(home)].world))
  }

  private mutating func askOrigin(_ number: UInt32, into actions: inout WorkloadActions) {
    questions[number].asksOrigin = true
    questionsSent += 1
    let node = readers[Int(questions[number].node)].world
    let event = event(.atStore, aux: questions[number].generation, index: number)
    actions.append(.askStore(event, node: node, region: configuration.home))
  }

  /// The member of the cell that answers for a name: the next one that is there, from a place that the
  /// name's hash chooses.
  private func home(of object: UInt32, inCellOf node: UInt32) -> UInt32 {
    let cell = readers[Int(node)].cell
    let (first, end) = (firstOfCell[cell], firstOfCell[cell + 1])
    let hash = mix64(UInt64(object) ^ mix64(UInt64(configuration.number) << 32))
    var home = first + UInt32(hash.multipliedFullWidth(by: UInt64(end - first)).high)
    for _ in first..<end where readers[Int(home)].isGone {
      home = home + 1 == end ? first : home + 1
    }
    return home
  }

  mutating func handleQuestion(
    _ code: Code, _ event: WorkloadEvent, at now: Instant, into actions: inout WorkloadActions
  ) {
    let number = event.index
    guard questions[number].isUsed, questions[number].generation == event.aux else { return }
    switch code {
    case .atPeer: arriveAtPeer(number, at: now, into: &actions)
    case .peerAnswered:
      guard let answer = questions[number].answer else {
        return askOrigin(number, into: &actions)
      }
      let known = RememberedVersion(askedAt: questions[number].askedAt, isFirstHand: false)
      answered(number, Known(version: answer, known: known), at: now, into: &actions)
    case .atStore: arriveAtStore(number, into: &actions)
    case .storeAnswered:
      readers[Int(questions[number].node)].reach.answered()
      let known = RememberedVersion(askedAt: questions[number].askedAt, isFirstHand: true)
      guard let answer = questions[number].answer else {
        preconditionFailure("accounts answer what they were asked")
      }
      answered(number, Known(version: answer, known: known), at: now, into: &actions)
    case .storeFailed: failed(number, at: now, into: &actions)
    case .questionEnds: failed(number, at: now, into: &actions)
    default: preconditionFailure("the event is about no question")
    }
  }

  /// The accounts say which version they hold now; the answer is under way from here on.
  private mutating func arriveAtStore(_ number: UInt32, into actions: inout WorkloadActions) {
    let question = questions[number]
    questions[number].answer = versions.current(question.object)
    actions.append(
      .answerFromStore(
        event(.storeAnswered, aux: question.generation, index: number),
        failed: event(.storeFailed, aux: question.generation, index: number),
        blob: mix64(UInt64(question.object) ^ UInt64(configuration.number) << 40),
        region: configuration.home, node: readers[Int(question.node)].world))
  }

  /// The home of the name is asked by a peer: it knows, or asks the origin on its own behalf.
  private mutating func arriveAtPeer(
    _ number: UInt32, at now: Instant, into actions: inout WorkloadActions
  ) {
    let question = questions[number]
    let home = home(of: question.object, inCellOf: question.node)
    let name = Name(node: home, object: question.object)
    if let known = known[name], rule.mayUse(known.known, at: now) {
      return tell(number, known.version, from: home, into: &actions)
    }
    guard !readers[Int(home)].isGone, home != question.node else {
      return askOrigin(number, into: &actions)
    }
    guard readers[Int(home)].reach.mayAsk(at: now) else {
      return tell(number, nil, from: home, into: &actions)
    }
    ask(name, .question(number, generation: question.generation), at: now, into: &actions)
  }

  /// The home of a name answers a peer.
  private mutating func tell(
    _ number: UInt32, _ version: UInt32?, from home: UInt32, into actions: inout WorkloadActions
  ) {
    questions[number].answer = version
    actions.append(
      .message(
        event(.peerAnswered, aux: questions[number].generation, index: number),
        from: readers[Int(home)].world, to: readers[Int(questions[number].node)].world))
  }

  private mutating func answered(
    _ number: UInt32, _ answer: Known, at now: Instant, into actions: inout WorkloadActions
  ) {
    let name = Name(node: questions[number].node, object: questions[number].object)
    known[name] = answer
    doubts.remove(name)
    end(number, answer.version, at: now, into: &actions)
  }

  /// No answer came, or none that helps.
  private mutating func failed(
    _ number: UInt32, at now: Instant, into actions: inout WorkloadActions
  ) {
    if questions[number].asksOrigin {
      readers[Int(questions[number].node)].reach.failed(at: now)
    }
    end(number, nil, at: now, into: &actions)
  }

  /// The question is over: those who wait for it hear so, and those who came too late ask anew.
  private mutating func end(
    _ number: UInt32, _ version: UInt32?, at now: Instant, into actions: inout WorkloadActions
  ) {
    let question = questions[number]
    let name = Name(node: question.node, object: question.object)
    asked[name] = nil
    questions[number].isUsed = false
    questions[number].generation &+= 1
    questions.give(number)
    if !question.next.isEmpty {
      let isPeers = question.next.contains { $0.isPeers }
      start(name, question.next, isPeers: isPeers, at: now, into: &actions)
    }
    for waiter in question.waiting {
      switch waiter {
      case .open(let open, let generation):
        guard opens[open].isUsed, opens[open].generation == generation, opens[open].isAsking else {
          continue
        }
        if let version {
          opened(open, version, at: now, into: &actions)
        } else {
          unanswered(open, at: now, into: &actions)
        }
      case .question(let other, let generation):
        guard questions[other].isUsed, questions[other].generation == generation else { continue }
        tell(other, version, from: question.node, into: &actions)
      }
    }
  }
}

extension ObjectQuestion.Waiter {
  /// Whether a peer's question waits.
  var isPeers: Bool {
    if case .question = self { true } else { false }
  }
}
