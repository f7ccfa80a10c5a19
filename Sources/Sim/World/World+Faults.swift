import TarnCore

/// Loss and return of nodes, and the views that tell the others.
extension World {
  /// Queues every fault, the first views, and starts the workloads.
  mutating func start(countingFrom warmup: Instant) {
    if warmup > .zero { queue.push(WorldEvent(WorldEvent.Kind.count, node: 0), at: warmup) }
    for (time, index) in faults.timetable {
      queue.push(WorldEvent(WorldEvent.Kind.fault, node: 0, index: UInt32(index)), at: time)
    }
    for cut in regions?.plan.cuts ?? [] {
      for time in [cut.start, cut.end] {
        queue.push(WorldEvent(WorldEvent.Kind.cut, node: 0), at: time)
      }
    }
    for node in 0..<UInt32(fleet.nodeCount) where traits.poolsCells {
      let view = views.newestView(ofCell: fleet.cell(of: node))
      step(node, view: view)
    }
  }

  /// Starts the workloads; the cores have their views and their warm blocks by now.
  mutating func startWorkloads() {
    workloads.start(at: now, into: &actions)
    performActions()
  }

  mutating func performFault(_ index: Int) {
    let (loss, moment) = faults[index]
    guard let first = loss.nodes.first else { return }
    let cell = fleet.cell(of: first)
    switch moment {
    case .lost: for node in loss.nodes { lose(node) }
    case .detected: announce(loss.nodes, of: cell, present: false)
    case .returned: for node in loss.nodes { restore(node) }
    case .readmitted: announce(loss.nodes, of: cell, present: true)
    }
  }

  private mutating func lose(_ node: UInt32) {
    guard status[Int(node)].isUp else { return }
    status[Int(node)].isUp = false
    figures.nodesDown += 1
    figures.losses += 1
    checker?.lost(node, at: now)
    status[Int(node)].wakeWanted = .never
    standIn?.lost(node, at: now)
    workloads.nodeLost(node, at: now, into: &actions)
    performActions()
  }

  /// A fresh core on the old flash: memory is empty, and the restart's scan finds every whole block.
  private mutating func restore(_ node: UInt32) {
    guard !status[Int(node)].isUp else { return }
    status[Int(node)].life &+= 1
    figures.nodesDown -= 1
    figures.retire(nodes[Int(node)])
    models.restart(node)
    var fresh = CacheNode(
      fleet.configuration(of: node), id: fleet.ordinal(of: node),
      incarnation: status[Int(node)].life)
    let isRecorded = recorder?.node == node
    func tell(_ world: inout World, _ core: inout CacheNode, _ input: Input) {
      core.step(input, at: world.now, into: &world.effects)
      if isRecorded { world.record(input, keys: [], core.decisionHash) }
      // The core is not yet connected to anything that could carry them out.
      world.effects.removeAll()
    }
    let view = views.newestView(ofCell: fleet.cell(of: node))
    if isRecorded {
      recorder?.record(restartAs: status[Int(node)].life)
      recorder?.record(view: view)
    }
    if traits.poolsCells { tell(&self, &fresh, .view(ClusterViewReference(view))) }
    let lost = nodes + Int(node)
    lost.pointee.forEachFlashBlock { entry, extent in
      tell(
        &self, &fresh,
        .recovered(
          entry.key, length: entry.length, tenant: entry.tenant, segment: extent.segment,
          offset: extent.offset))
    }
    nodes[Int(node)] = fresh
    status[Int(node)].isUp = true
    standIn?.returned(node, at: now)
    checker?.fault(inCell: fleet.cell(of: node), at: now)
    workloads.nodeReturned(node, at: now, into: &actions)
    performActions()
  }

  /// Members hear of a view within 100 ms, each at its own moment, as watchers of a store do.
  private mutating func announce(_ nodes: [UInt32], of cell: Int, present: Bool) {
    let concerned = nodes.filter { status[Int($0)].isUp == present }
    guard !concerned.isEmpty else { return }
    let view = views.announce(cell: cell, nodes: concerned, present: present)
    checker?.fault(inCell: cell, at: now)
    guard traits.poolsCells else { return }
    for node in fleet.nodes(ofCell: cell) where status[Int(node)].isUp {
      let spread = Nanoseconds(mix64(UInt64(node) ^ UInt64(view) << 32) % 100_000_000)
      queue.push(
        WorldEvent(WorldEvent.Kind.view, node: node, index: UInt32(view)), at: now + spread)
    }
  }
}
