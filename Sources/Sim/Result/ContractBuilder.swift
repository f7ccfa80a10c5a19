import TarnCore

/// Makes the lines of the contract of what a scenario states and what its workloads measured.
struct ContractBuilder {
  let scenario: Scenario
  let measures: [ContractMeasure]

  init(_ scenario: Scenario, _ figures: [WorkloadFigures]) {
    self.scenario = scenario
    measures = figures.compactMap(\.contract)
  }

  /// A line for each operation on each kind of consistency that a workload has, stated or not.
  var lines: [ContractLine] {
    Scenario.ContractTerm.Operation.allCases.flatMap { operation in
      Scenario.ContractTerm.Kind.allCases.compactMap { kind in
        let mine = measures.filter { Scenario.ContractTerm.Kind($0.consistency) == kind }
        return mine.isEmpty ? nil : line(operation, kind, mine)
      }
    }
  }

  private func line(
    _ operation: Scenario.ContractTerm.Operation, _ kind: Scenario.ContractTerm.Kind,
    _ measures: [ContractMeasure]
  ) -> ContractLine {
    var line = ContractLine(operation: operation.rawValue, consistency: kind.rawValue)
    line.workloads = measures.map(\.name)
    line.bounds = bounds(operation, kind)
    let deadlines = measures.map { operation == .open ? $0.openDeadline : $0.readDeadline }
    line.deadlineMicroseconds = Double(deadlines.max() ?? 0) / 1000
    let staleness = measures.compactMap(\.consistency.stalenessBound).max()
    line.stalenessBoundSeconds = staleness.map { Double($0) / 1e9 }
    line.whenCutOff = whenCutOff(operation, kind)
    line.regions = regions(operation, measures)
    for measure in measures {
      line.violations +=
        operation == .open
        ? measure.book.openViolations : measure.book.readViolations
    }
    line.holds = line.objectives.allSatisfy(\.pass)
    return line
  }

  private func bounds(
    _ operation: Scenario.ContractTerm.Operation, _ kind: Scenario.ContractTerm.Kind
  ) -> [ContractLine.Bound] {
    guard
      let term = scenario.contract.first(where: {
        $0.operation == operation && $0.consistency == kind
      })
    else { return [] }
    let stated = [
      ("p50", term.p50Nanoseconds), ("p99", term.p99Nanoseconds), ("p999", term.p999Nanoseconds),
    ]
    return stated.compactMap { name, limit in
      limit.map {
        ContractLine.Bound(percentile: name, limitMicroseconds: Double($0) / 1000)
      }
    }
  }

  private func whenCutOff(
    _ operation: Scenario.ContractTerm.Operation, _ kind: Scenario.ContractTerm.Kind
  ) -> String {
    if operation == .read { return "what the region's cache holds is served; the rest fails" }
    return switch kind {
    case .immutable: "what was opened before is served; the rest fails"
    case .validate: "fails"
    case .ttl: "what is known is served until the bound, then fails"
    }
  }

  private func regions(
    _ operation: Scenario.ContractTerm.Operation, _ measures: [ContractMeasure]
  ) -> [ContractLine.Region] {
    let names = measures[0].regionNames
    return names.indices.compactMap { index in
      let mine = measures.filter { $0.hasReaders[index] }
      guard !mine.isEmpty else { return nil }
      var region = ContractLine.Region(name: names[index])
      var latency = LatencyHistogram()
      region.isHome = mine.allSatisfy { Int($0.home) == index }
      for measure in mine {
        let entry = operation == .open ? measure.book.opens[index] : measure.book.reads[index]
        latency.add(entry.latency)
        region += entry
      }
      region.latencyMicroseconds = latency.microseconds
      return region
    }
  }
}

extension ContractLine.Region {
  fileprivate static func += (region: inout Self, entry: ContractBook.Entry) {
    region.served += entry.served
    region.failed += entry.failed - entry.cutFailed
    region.changed += entry.changed
    region.cutServed += entry.cutServed
    region.cutFailed += entry.cutFailed
    region.drainedMicroseconds = max(region.drainedMicroseconds, Double(entry.drained) / 1000)
    region.stalestSeconds = max(region.stalestSeconds, Double(entry.stalest) / 1e9)
  }
}

extension ContractLine.Violations {
  fileprivate static func += (sum: inout Self, other: ContractBook.Violations) {
    sum.stale += other.stale
    sum.mixed += other.mixed
    sum.late += other.late
    sum.cutOff += other.cutOff
  }
}
