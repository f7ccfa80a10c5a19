import TarnCore
import TarnSettings

extension Scenario.Objects {
  init(_ section: Section) {
    self.init()
    objects = section.value("objects", .count(1...10_000_000), default: objects)
    objectBytes = section.value(
      "size", .size(atLeast: "4KiB", atMost: "64GiB"), default: objectBytes)
    blockBytes = section.value("block", .block, default: blockBytes)
    zipf = section.value("zipf", .figure(), default: zipf)
    opensPerSecond = section.value("opens", .figure(atLeast: 0.001), default: opensPerSecond)
    overwritesPerSecond = section.value("overwrites", .figure(), default: overwritesPerSecond)
    consistency = section.required("consistency", .consistency)
    readerDepth = section.value("reader_depth", .count(1...64), default: readerDepth)
    let deadline = ValueReader<UInt64>.duration(atLeast: "1ms", atMost: "10m")
    openDeadlineNanoseconds = section.value(
      "open_deadline", deadline, default: openDeadlineNanoseconds)
    readDeadlineNanoseconds = section.value(
      "read_deadline", deadline, default: readDeadlineNanoseconds)
    if consistency == .immutable, overwritesPerSecond > 0 {
      section.report(
        "overwrites objects that are immutable; use 0, or another consistency", at: "overwrites")
    }
    if zipf > 16 { section.report("is more than 16; use 16 or less", at: "zipf") }
  }
}

extension ValueReader where Value == Consistency {
  /// `immutable`, `validate`, or how old what is known may be.
  static var consistency: ValueReader {
    ValueReader(wanted: "immutable, validate, or a time such as 10s", placeholder: .immutable) {
      text throws(ValueProblem) in
      switch text {
      case "immutable": return .immutable
      case "validate": return .validate
      default: return .ttl(try ValueReader<UInt64>.duration(atMost: "7d").read(text))
      }
    }
  }
}

extension Scenario.Federation {
  init(_ section: Section) {
    self.init()
    joins = section.value("join", .flag, default: joins)
    poolTimeoutNanoseconds = section.value(
      "pool_timeout", .duration(atLeast: "1ms", atMost: "10m"), default: poolTimeoutNanoseconds)
    section.finish()
  }
}

extension Scenario.Cut {
  init(_ section: Section) {
    self.init(
      region: section.required("region", .name),
      atNanoseconds: section.required("at", .duration()),
      durationNanoseconds: section.required("duration", .duration(atLeast: "1ns")))
    section.finish()
  }
}

extension Scenario.ContractTerm {
  init(_ section: Section) {
    self.init(
      section.required("operation", .choice(.open)),
      section.required("consistency", .choice(.immutable)))
    let span = ValueReader<UInt64>.duration(atLeast: "1us", atMost: "1h")
    p50Nanoseconds = section.field("p50")?.value(span)
    p99Nanoseconds = section.field("p99")?.value(span)
    p999Nanoseconds = section.field("p999")?.value(span)
    deadlineNanoseconds = section.field("deadline")?.value(
      .duration(atLeast: "1ms", atMost: "10m"))
    section.finish()
  }
}

/// What regions, homes and the contract have to do with each other.
extension Scenario {
  func checkHomes(_ diagnostics: Diagnostics) {
    let regions = topology.regions.map(\.name)
    for (index, workload) in workloads.enumerated() {
      let path = "workloads[\(index)]"
      guard let home = workload.home else {
        if case .objects = workload.kind {
          diagnostics.report(
            "is missing; name the region of the container's storage accounts", at: "\(path).home")
        }
        continue
      }
      if !regions.contains(home) {
        diagnostics.report(
          "\(quoted(home)) is no region; \(suggestion(for: home, among: regions))",
          at: "\(path).home")
      } else if !topology.pools.contains(where: { $0.region == home }) {
        diagnostics.report(
          "no pool stands in \(home); name a region that has one", at: "\(path).home")
      }
      if case .inference = workload.kind {
        diagnostics.report("KV blocks have no origin; leave it out", at: "\(path).home")
      }
      if case .objects = workload.kind, sampling.rate < 1 {
        diagnostics.report(
          "objects are opened one by one, not sampled; use sampling.rate 1", at: "\(path).kind")
      }
    }
    checkCuts(diagnostics)
    checkContract(diagnostics)
  }

  private func checkCuts(_ diagnostics: Diagnostics) {
    let regions = topology.regions.map(\.name)
    let hasHomes = workloads.contains { $0.home != nil }
    if federation.joins, !hasHomes {
      diagnostics.report(
        "joins caches of regions, but no workload has a home; give one, or leave it out",
        at: "federation.join")
    }
    if hasHomes, !origin.routes.isEmpty {
      diagnostics.report(
        "paths to the origin are modelled for data without a home alone; leave out the paths, or "
          + "every home", at: "origin.paths")
    }
    for (index, cut) in faults.cuts.enumerated() {
      if !regions.contains(cut.region) {
        diagnostics.report(
          "\(quoted(cut.region)) is no region; \(suggestion(for: cut.region, among: regions))",
          at: "faults.cuts[\(index)].region")
      } else if !hasHomes {
        diagnostics.report(
          "nothing crosses a border, since no workload has a home; give one",
          at: "faults.cuts[\(index)]")
      }
    }
  }

  private func checkContract(_ diagnostics: Diagnostics) {
    for (index, term) in contract.enumerated() {
      let isKnown = workloads.contains { workload in
        guard case .objects(let objects) = workload.kind else { return false }
        return ContractTerm.Kind(objects.consistency) == term.consistency
      }
      if !isKnown {
        diagnostics.report(
          "no workload of kind objects has the consistency \(term.consistency.rawValue); add one",
          at: "contract[\(index)].consistency")
      }
      let isRepeated = contract[..<index].contains {
        $0.operation == term.operation && $0.consistency == term.consistency
      }
      if isRepeated {
        diagnostics.report(
          "\(term.operation.rawValue) of \(term.consistency.rawValue) is stated before; keep one",
          at: "contract[\(index)]")
      }
    }
  }
}
