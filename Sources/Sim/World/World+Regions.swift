import TarnCore

/// Data that has a home region: reads of it cross the borders of the others.
extension World {
  /// The workload number of reads that a region's cache gets from another region.
  static let farWorkload: UInt8 = 254

  /// A read of data that has a home, until its answer is under way to the asker.
  struct FarRead: BitwiseCopyable {
    var operation: OperationID
    var key: BlockKey
    var home: BlockHome
    var length: UInt32
    /// The node that asks, and how often it had started then.
    var node: UInt32
    var life: UInt16
    /// Whether the home's cache is asked, and not its accounts.
    var asksPool: Bool
  }

  /// What the world keeps of regions; nil where no data has a home.
  struct RegionState {
    let plan: RegionPlan
    /// Where blocks that were asked for have their home; only looked up, never walked.
    var homes: [BlockKey: BlockHome] = [:]
    var books = WanBooks()
  }

  private func region(of node: UInt32) -> Int { fleet.topology.region(of: Int(node)) }

  /// Whether a message is lost, and if so counts it.
  private mutating func isLost(_ one: Int, _ other: Int, until arrival: Instant) -> Bool {
    guard let state = regions, state.plan.isCut(one, other, from: now, to: arrival) else {
      return false
    }
    regions?.books.lostMessages += 1
    return true
  }

  // MARK: Where blocks are at home

  /// Notes where the block of a client's read has its home.
  mutating func noteHome(of request: ReadRequest) {
    guard let plan = regions?.plan else { return }
    let workload = request.request.workload
    let region = plan.homes[Int(workload)]
    guard region != RegionPlan.none else { return }
    var home = BlockHome(region: region, workload: workload)
    workloads.identify(request.request, &home)
    regions?.homes[request.key] = home
  }

  /// Notes where the blocks have their home that a core may fetch ahead.
  mutating func noteHomes(of hint: PrefetchHint, workload: UInt8) {
    guard let plan = regions?.plan, plan.homes[Int(workload)] != RegionPlan.none else { return }
    let home = BlockHome(region: plan.homes[Int(workload)], workload: workload)
    let first = hint.object.block(index: 0, blockBytes: hint.length)
    guard regions?.homes[first] == nil else { return }
    for index in 0..<hint.count {
      regions?.homes[hint.object.block(index: index, blockBytes: hint.length)] = home
    }
  }

  // MARK: Reads by a core

  /// A core reads a block from its home. False if the block has none.
  mutating func readHome(
    _ operation: OperationID, _ key: BlockKey, length: UInt32, by path: OriginPath,
    for node: UInt32
  ) -> Bool {
    let asksPool = path != .first
    guard let home = regions?.homes[key] else {
      guard asksPool else { return false }
      // No region's cache is its home's.
      reportOrigin(operation, key, OriginStatus(.notFound), to: node, at: now)
      return true
    }
    if let checker { check(checker, operation, key, length: length, by: path, for: node) }
    let read = FarRead(
      operation: operation, key: key, home: home, length: length, node: node,
      life: status[Int(node)].life, asksPool: asksPool)
    let (here, there) = (region(of: node), Int(home.region))
    if here == there {
      // The cache of the home is the one that asks: no other has the block for it.
      if asksPool { end(read, OriginStatus(.notFound), at: now) } else { readAccounts(read) }
      return true
    }
    let arrival = now + models.regionRoundTrip(here, there) / 2
    if isLost(here, there, until: arrival) {
      checker?.originEnded(operation, by: node)
    } else {
      let index = farReads.put(read)
      queue.push(WorldEvent(WorldEvent.Kind.far, node: node, index: index), at: arrival)
    }
    return true
  }

  /// A read arrives at the home of its block.
  mutating func deliverFarRead(_ index: UInt32) {
    let read = farReads[index]
    guard read.asksPool else {
      _ = farReads.take(index)
      return readAccounts(read)
    }
    guard let owner = poolOwner(of: read) else {
      _ = farReads.take(index)
      return answer(read, OriginStatus(.failed))
    }
    // The reply comes back with the number of the read, which stays taken until then.
    let request = ReadRequest(
      key: read.key,
      request: RequestID(workload: World.farWorkload, generation: 0, slot: 0, index: index),
      deadline: now + (regions?.plan.poolTimeout ?? 0), length: read.length,
      tenant: regions?.plan.tenants[Int(read.home.workload)] ?? TenantID(0))
    checker?.asked(request, of: owner, at: now)
    step(owner, .read(request))
  }

  /// The node of the home's cache that owns the block; nil if it is down.
  private func poolOwner(of read: FarRead) -> UInt32? {
    guard let cells = regions?.plan.cells[Int(read.home.region)], !cells.isEmpty else { return nil }
    let hash = mix64(read.key.high ^ 0x7265_6769_6F6E)
    let cell = cells[Int(hash.multipliedFullWidth(by: UInt64(cells.count)).high)]
    let owner = views.newestView(ofCell: cell).owner(of: read.key)
    guard owner != .none else { return nil }
    let node = UInt32(fleet.topology.node(owner, in: cell))
    return status[Int(node)].isUp ? node : nil
  }

  /// A core of the home answered a read from another region: the block travels there.
  mutating func answerFar(_ reply: Reply, from node: UInt32) {
    let read = farReads.take(reply.request.workloadIndex)
    switch reply.failure {
    case .none:
      let arrival = models.transfer(bytes: read.length, from: node, to: read.node, at: now)
      status[Int(node)].given += UInt64(read.length)
      end(read, OriginStatus(.ok), at: arrival)
    case .notFound: answer(read, OriginStatus(.notFound))
    default: answer(read, OriginStatus(.failed))
    }
  }

  /// A core answered where data has homes. True if the answer is another region's.
  mutating func answerRegions(_ reply: Reply, at node: UInt32) -> Bool {
    if reply.request.workload == World.farWorkload {
      answerFar(reply, from: node)
      return true
    }
    // What the slot holds is what the client gets. A block that was not admitted has left its slot by
    // the end of the step that answered.
    if reply.failure == .none, nodes[Int(node)].memory.table.isLive(reply.slot),
      let wanted = workloads.wantedKey(of: reply.request)
    {
      let isRight = nodes[Int(node)].memory.table[reply.slot].key == wanted
      if isRight || nodes[Int(node)].memory.find(wanted) != .none {
        workloads.compared(reply.request, isRight: isRight)
      }
    }
    return false
  }

  /// The home says in a few bytes how the read ended.
  private mutating func answer(_ read: FarRead, _ status: OriginStatus) {
    let trip = models.regionRoundTrip(region(of: read.node), Int(read.home.region))
    end(read, status, at: now + trip / 2)
  }

  /// The read is at the home's storage accounts.
  private mutating func readAccounts(_ read: FarRead) {
    let region = Int(read.home.region)
    var (time, end): (Instant, OriginStatus)
    if workloads.holds(read.home) {
      (time, end) = models.readAccounts(
        of: region, read.key, bytes: read.length, to: read.node, at: now)
    } else {
      // The version was replaced: the accounts say so as fast as they say anything.
      (time, end) = models.askAccounts(of: region, blob: read.key.low, at: now)
      time = time + models.regionRoundTrip(self.region(of: read.node), region) / 2
      if end.code == .ok { end = OriginStatus(.notFound) }
    }
    figures.askedOrigin(
      bytes: read.length, of: read.node, status: end, by: .first, in: time - now)
    self.end(read, end, at: time)
  }

  /// The read's end is on its way and arrives at `arrival`, unless it is lost.
  private mutating func end(_ read: FarRead, _ end: OriginStatus, at arrival: Instant) {
    let (here, there) = (region(of: read.node), Int(read.home.region))
    if here != there {
      if isLost(here, there, until: arrival) {
        checker?.originEnded(read.operation, by: read.node)
        return
      }
      if end.code == .ok {
        regions?.books.crossed(
          read.key, bytes: read.length, into: fleet.cell(of: read.node), fromPool: read.asksPool,
          weight: fleet.weight(of: read.node))
      }
    }
    let report = OriginReport(
      operation: read.operation, status: end, key: read.key, life: read.life)
    queue.push(
      WorldEvent(WorldEvent.Kind.origin, node: read.node, index: originReports.put(report)),
      at: arrival)
  }

  // MARK: Questions of workloads

  /// A workload's question goes from `node` to the accounts of `region`, unless it is lost.
  mutating func askStore(_ event: WorkloadEvent, from node: UInt32, region: UInt8) {
    let (here, there) = (self.region(of: node), Int(region))
    let arrival = now + models.regionRoundTrip(here, there) / 2
    guard !isLost(here, there, until: arrival) else { return }
    queue.push(WorldEvent(event), at: arrival)
  }

  /// The accounts of `region` answer a question that has arrived there.
  mutating func answerFromStore(
    _ answered: WorkloadEvent, _ failed: WorkloadEvent, blob: UInt64, region: UInt8,
    to node: UInt32
  ) {
    let (here, there) = (self.region(of: node), Int(region))
    let (time, end) = models.askAccounts(of: there, blob: blob, at: now)
    figures.askedOrigin(bytes: 0, of: node, status: end, by: .first, in: time - now)
    let arrival = time + models.regionRoundTrip(here, there) / 2
    guard !isLost(here, there, until: arrival) else { return }
    queue.push(WorldEvent(end.code == .ok ? answered : failed), at: arrival)
  }

  /// A workload's message from node to node.
  mutating func passMessage(_ event: WorkloadEvent, from sender: UInt32, to receiver: UInt32) {
    let arrival = models.message(from: sender, to: receiver, at: now)
    guard !isLost(region(of: sender), region(of: receiver), until: arrival) else { return }
    queue.push(WorldEvent(event), at: arrival)
  }

  /// Cuts excuse what losses of nodes excuse.
  mutating func noteCut() {
    for cell in 0..<fleet.cellCount { checker?.fault(inCell: cell, at: now) }
  }
}
