import TarnSettings

extension Scenario.Comparison {
  init(_ section: Section) {
    self.init()
    gpuDollarsPerHour = section.value(
      "gpu_dollars_per_hour", .figure(atLeast: 0.01), default: gpuDollarsPerHour)
    fleetGPUs = section.field("fleet_gpus")?.value(.count)
    timesPerDay = section.field("times_per_day")?.value(.figure(atLeast: 0.001))
    if let list = section.section("assumptions") { assumptions = Self.assumptions(of: list) }
    section.finish()
  }

  /// The key `blobfuse.timeout_s` stands as `timeout_s` in the section `blobfuse`.
  private static func assumptions(of list: Section) -> [Assumption] {
    var found: [Assumption] = []
    var sections: [String: Section] = [:]
    for assumption in DesignAssumption.all {
      let parts = assumption.key.split(separator: ".", maxSplits: 1).map(String.init)
      guard let section = sections[parts[0]] ?? list.section(parts[0]) else { continue }
      sections[parts[0]] = section
      guard let field = section.field(parts[1]) else { continue }
      let value = field.value(.figure())
      if !(assumption.least...assumption.most).contains(value) {
        field.report(
          "\(Figures.significant(value, digits: 6)) is out of bounds; use "
            + "\(Figures.significant(assumption.least, digits: 6)) to "
            + "\(Figures.significant(assumption.most, digits: 9))")
      }
      found.append(Assumption(key: assumption.key, value: value))
    }
    for (_, section) in sections.sorted(by: { $0.key < $1.key }) { section.finish() }
    list.finish()
    return found
  }
}
