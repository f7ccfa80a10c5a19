/// The tables of the report.
enum Tables {
  static func objectives(_ objectives: [SimulationResult.Objective]) -> Markup {
    guard !objectives.isEmpty else {
      return "<p class=\"empty\">The scenario sets no objective, so nothing passed or failed.</p>"
    }
    let rows = objectives.map { objective -> Markup in
      let (style, word): (Markup, Markup) = objective.pass ? ("ok", "holds") : ("bad", "broken")
      return """
        <tr><th scope="row"><code>\(objective.name)</code></th><td>\(objective.limitText)</td>\
        <td class="number"><b>\(objective.quantity.text(objective.value))</b></td>\
        <td>\(objective.marginText)</td><td><span class="badge \(style)">\(word)</span></td></tr>

        """
    }
    return """
      <div class="scroll"><table><thead><tr><th scope="col">Objective</th>\
      <th scope="col">Asked</th><th scope="col" class="number">Measured</th>\
      <th scope="col">Margin</th><th scope="col">Result</th></tr></thead>
      <tbody>\(rows.joined())</tbody></table></div>
      """
  }

  static func workloads(_ workloads: [SimulationResult.Workload]) -> Markup {
    guard !workloads.isEmpty else {
      return "<p class=\"empty\">No workload reported figures of its own.</p>"
    }
    return """
      <div class="scroll"><table class="dense"><thead>
      <tr><th scope="col" rowspan="2">Workload</th>\
      <th scope="col" rowspan="2" class="number">Nodes</th>\
      <th scope="col" rowspan="2" class="number">GPUs</th>\
      <th scope="col" rowspan="2" class="number">Stall</th>\
      <th scope="colgroup" colspan="4" class="group">Reads answered by</th>\
      <th scope="colgroup" colspan="3" class="group">Read latency</th>\
      <th scope="col" rowspan="2">Work done</th></tr>
      <tr><th scope="col" class="number first">memory</th><th scope="col" class="number">flash</th>\
      <th scope="col" class="number">peers</th><th scope="col" class="number">origin</th>\
      <th scope="col" class="number first">p50</th><th scope="col" class="number">p99</th>\
      <th scope="col" class="number">p99.9</th></tr></thead>
      <tbody>\(workloads.map(row).joined())</tbody></table></div>
      """
  }

  /// What each path to the origin saw; nothing where there is only one kind.
  static func originPaths(_ paths: [SimulationResult.OriginPath]) -> Markup {
    let heads = ["requests", "share", "bytes", "p50", "p99", "503s", "failed", "layouts looked up"]
    let rows = paths.map { path -> Markup in
      let cells = [
        Quantity.count.text(Double(path.requests)), Quantity.share.text(path.share),
        Quantity.bytes.text(Double(path.bytes)),
        Quantity.microseconds.text(path.latencyMicroseconds.p50),
        Quantity.microseconds.text(path.latencyMicroseconds.p99),
        Figures.grouped(Int(path.throttled)), Figures.grouped(Int(path.failed)),
        path.layoutLookUps.map { Figures.grouped(Int($0)) } ?? "-",
      ]
      return """
        <tr><th scope="row">\(path.name)<small>\(path.kind)</small></th>\
        \(cells.map { "<td class=\"number\">\($0)</td>" as Markup }.joined())</tr>

        """
    }
    return """
      <div class="scroll"><table class="dense"><thead><tr><th scope="col">Path</th>\
      \(heads.map { "<th scope=\"col\" class=\"number\">\($0)</th>" as Markup }.joined())\
      </tr></thead><tbody>\(rows.joined())</tbody></table></div>
      """
  }

  private static func row(_ workload: SimulationResult.Workload) -> Markup {
    let hits = workload.hitRatio
    let shares = [workload.gpuStallFraction, hits.memory, hits.flash, hits.peer, hits.origin]
    let latency = workload.latencyMicroseconds
    let times = [latency.p50, latency.p99, latency.p999]
    let figures = shares.map(Quantity.share.text) + times.map(Quantity.microseconds.text)
    return """
      <tr><th scope="row">\(workload.name)<small>\(workload.kind)</small></th>\
      <td class="number">\(Figures.grouped(workload.nodes))</td>\
      <td class="number">\(Figures.grouped(workload.gpus))</td>\
      \(figures.map { "<td class=\"number\">\($0)</td>" as Markup }.joined())\
      <td>\(workDone(by: workload))<small>\(detail(of: workload))</small></td></tr>

      """
  }

  private static func workDone(by workload: SimulationResult.Workload) -> String {
    let count = Quantity.count.text(Double(workload.completed))
    return switch workload.kind {
    case "training": "\(count) steps"
    case "cold-start":
      "\(Figures.grouped(workload.completed)) of \(Figures.grouped(workload.nodes)) nodes loaded"
    case "inference": "\(count) prompts"
    case "scan":
      "\(Figures.grouped(workload.completed)) of \(Figures.grouped(workload.nodes)) executors done"
    case "replay": "\(count) requests"
    case "objects": "\(count) objects read"
    default: "\(count) completed"
    }
  }

  private static func detail(of workload: SimulationResult.Workload) -> String {
    var parts: [String] = []
    if let seconds = workload.slowestNodeSeconds {
      parts.append("slowest node after \(Quantity.seconds.text(seconds))")
    } else if workload.kind == "cold-start" {
      parts.append("not all nodes were loaded by the end")
    }
    if let first = workload.timeToFirstToken {
      parts.append(
        "first token p50 \(Quantity.microseconds.text(first.p50)), "
          + "p99 \(Quantity.microseconds.text(first.p99))")
    }
    if let ratio = workload.prefixHitRatio {
      parts.append("\(Quantity.share.text(ratio)) of prompt blocks cached")
    }
    return parts.isEmpty
      ? "\(Quantity.count.text(Double(workload.requests))) requests" : parts.joined(separator: "; ")
  }

  static func counters(_ counters: [SimulationResult.Counter]) -> Markup {
    let rows = counters.map { counter -> Markup in
      "<tr><th scope=\"row\">\(counter.name)</th><td class=\"number\">\(value(of: counter))</td></tr>"
    }
    return """
      <div class="scroll"><table class="narrow"><thead><tr><th scope="col">Counter</th>\
      <th scope="col" class="number">Value</th></tr></thead><tbody>\(rows.joined())</tbody>\
      </table></div>
      """
  }

  private static func value(of counter: SimulationResult.Counter) -> String {
    switch counter.unit {
    case "bytes": Quantity.bytes.text(counter.value)
    case "s": Quantity.seconds.text(counter.value)
    case "us": Quantity.microseconds.text(counter.value)
    case "ratio": Figures.significant(counter.value, digits: 4)
    case "fraction": Quantity.share.text(counter.value)
    case "", "count": Quantity.count.text(counter.value)
    default: Quantity.count.text(counter.value) + Figures.space + counter.unit
    }
  }
}
