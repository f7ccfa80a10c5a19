import TarnCore
import TarnSettings

extension Scenario.Replay {
  init(_ section: Section) {
    self.init()
    traces = section.requiredItems("traces", wanted: "recorded traces' paths", orSingle: true).map {
      $0.value(.text)
    }
    deal = section.value("deal", .choice(.roundRobin), default: deal)
    if section.field("deal") != nil, traces.count > 1 {
      section.report("is for a single trace; leave it out, or give one trace", at: "deal")
    }
    let speed = section.field("speed")?.value(.figure(atLeast: 0.001))
    if let clients = section.field("clients") {
      pace = .closed(clients: clients.value(.count(1...4_096)))
      if speed != nil {
        section.report(
          "is for requests at their recorded times; leave out speed, or clients", at: "speed")
      }
    } else if let speed {
      pace = .recorded(speed: speed)
    }
    limit = section.field("limit")?.value(.count)
    atNanoseconds = section.value("at", .duration(), default: atNanoseconds)
    blockBytes = section.value("block", .block, default: blockBytes)
  }
}

extension Scenario {
  /// Nodes of a workload that takes all of its pools' nodes beside whatever else runs there.
  func nodes(of workload: Workload) -> Int {
    workload.pools.reduce(0) { sum, name in
      sum + (topology.pools.first { $0.name == name }?.nodes ?? 0)
    }
  }

  /// Whether every trace finds a node.
  func check(_ replay: Replay, of workload: Workload, _ path: String, _ diagnostics: Diagnostics) {
    let nodes = nodes(of: workload)
    if replay.traces.count > nodes {
      diagnostics.report(
        "lists \(replay.traces.count) traces for the \(nodes) nodes of "
          + "\(workload.pools.joined(separator: ", ")); give at most one for each node",
        at: "\(path).traces")
    }
  }
}
