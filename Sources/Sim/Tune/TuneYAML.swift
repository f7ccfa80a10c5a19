import TarnCore
import TarnSettings

/// A recommendation as the YAML that a scenario's `cache` section reads (scenarios/SCHEMA.md).
struct TuneYAML {
  private let report: TuneReport
  private let ground: TuneGround

  init(_ report: TuneReport, _ ground: TuneGround) {
    self.report = report
    self.ground = ground
  }

  var text: String {
    let candidate = report.choice.candidate
    var lines = head(candidate) + ["cache:"]
    guard case .fleet(let fleet) = ground.source else {
      return (lines + memory(candidate, capacity: nil)).joined(separator: "\n") + "\n"
    }
    let base = fleet.scenario.cache
    // Capacities are of the first pool's node; the tuning treated every pool's own alike.
    let pool = fleet.scenario.topology.pools.first
    let settings = try? base.tuned(
      candidate, flashBytes: pool.map { fleet.scenario.topology.nodeClass(of: $0).flashBytes })
    guard let settings else { preconditionFailure("the candidate ran, so it can be read") }
    var written = candidate
    if candidate.fleet?.keepsMemory == true {
      written.policy = ReplayPolicy(base.memoryEviction).label
      written.admission = base.memoryAdmission.name
    }
    let moved = candidate.fleet?.memoryQuarters != nil
    lines += memory(written, capacity: moved ? settings.memoryBytes : nil)
    lines += flash(candidate, settings, moved: moved)
    let fetch = [
      candidate.fleet?.owners.map { "owners: \($0)" },
      candidate.fleet?.fanOut.map { "fan_out: \($0)" },
    ].compactMap { $0 }
    if !fetch.isEmpty { lines.append("  fetch: {\(fetch.joined(separator: ", "))}") }
    return lines.joined(separator: "\n") + "\n"
  }

  private func head(_ candidate: TuneCandidate) -> [String] {
    let input = report.input
    var lines = [
      "# Recommended by tarn tune for \(oneLine(input.name)), by \(input.objective.rawValue)."
    ]
    if input.kind == "trace" {
      lines.append("# Tuned at a capacity of \(input.capacity) \(input.unit).")
    }
    if let touch = candidate.touch {
      lines.append("# Touch a prompt's blocks in the order: \(touch).")
    }
    return lines
  }

  /// A name of a file may hold anything; a comment ends with its line.
  private func oneLine(_ name: String) -> String {
    String(name.map { $0.isNewline ? " " : $0 })
  }

  private func memory(_ candidate: TuneCandidate, capacity: UInt64?) -> [String] {
    var lines = ["  memory:"]
    if let capacity { lines.append("    capacity: \(capacity)B") }
    lines.append("    eviction: \(Self.eviction(candidate))")
    lines.append("    admission: \(candidate.admission)")
    return lines
  }

  private func flash(
    _ candidate: TuneCandidate, _ settings: CacheSettings, moved: Bool
  ) -> [String] {
    var lines: [String] = []
    if moved, case .bytes(let bytes) = settings.flashCapacity {
      lines.append("    capacity: \(bytes)B")
    }
    if let policy = candidate.fleet?.flashPolicy {
      lines.append("    eviction: \(Self.eviction(TuneCandidate(policy: policy)))")
    }
    if let filter = candidate.fleet?.flashAdmission { lines.append("    admission: \(filter)") }
    return lines.isEmpty ? [] : ["  flash:"] + lines
  }

  /// `{policy: s3fifo, small: 0.2}`; the parameters that differ from the policy's own.
  static func eviction(_ candidate: TuneCandidate) -> String {
    guard let configuration = try? candidate.eviction() else {
      preconditionFailure("the candidate ran, so it can be read")
    }
    let own = EvictionConfiguration(configuration.kind)
    let parameters = configuration.kind.parameters.filter {
      $0.read(configuration) != $0.read(own)
    }
    let all =
      ["policy: \(configuration.kind.name)"]
      + parameters.map { "\($0.name): \($0.text(configuration))" }
    return "{\(all.joined(separator: ", "))}"
  }
}
