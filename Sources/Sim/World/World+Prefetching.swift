import CPrefetch
import TarnCore

/// Memory latency is most of a step's cost when 100,000 cores are stepped in turn, so the world
/// looks ahead in its queue and warms the processor's cache in stages. It decides nothing.
extension World {
  private static let recordDistance = 36
  private static let contentDistance = 22
  private static let entryDistance = 9

  @inline(__always)
  func prefetchAhead() {
    if let event = queue.upcoming(World.recordDistance) {
      if event.kind >= WorldEvent.Kind.workload {
        workloads.prefetch(event.workloadEvent)
      } else {
        CacheNode.prefetchRecord(at: nodes + Int(event.node))
        tarn_prefetch(status + Int(event.node))
        models.prefetch(Int(event.node))
        prefetchWhatIsUnderWay(event)
      }
    }
    if let event = queue.upcoming(World.contentDistance) { prefetchContent(of: event) }
    if let event = queue.upcoming(World.entryDistance) { prefetchEntries(of: event) }
  }

  @inline(__always)
  private func prefetchWhatIsUnderWay(_ event: WorldEvent) {
    switch event.kind {
    case WorldEvent.Kind.message: messages.prefetch(event.index)
    case WorldEvent.Kind.read: reads.prefetch(event.index)
    case WorldEvent.Kind.flash: flashReports.prefetch(event.index)
    default: break
    }
  }

  @inline(__always)
  private func prefetchEntries(of event: WorldEvent) {
    switch event.kind {
    case WorldEvent.Kind.message:
      let message = messages[event.index].message
      nodes[Int(event.node)].prefetchEntries(message.key)
      if message.kind == .give,
        let request = nodes[Int(event.node)].firstWaiter(of: message.operation)
      {
        workloads.prefetch(request)
      }
    case WorldEvent.Kind.read: nodes[Int(event.node)].prefetchEntries(reads[event.index].key)
    default: break
    }
  }

  @inline(__always)
  private func prefetchContent(of event: WorldEvent) {
    let node = Int(event.node)
    switch event.kind {
    case WorldEvent.Kind.message:
      let message = messages[event.index].message
      nodes[node].prefetch(message.key)
      if message.kind == .give { nodes[node].prefetch(message.operation) }
    case WorldEvent.Kind.read:
      nodes[node].prefetch(reads[event.index].key)
      workloads.prefetch(reads[event.index].request)
    case WorldEvent.Kind.flash: nodes[node].prefetch(flashReports[event.index].operation)
    default: break
    }
  }
}
