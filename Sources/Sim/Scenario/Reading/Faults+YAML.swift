import TarnCore
import TarnSettings

extension Scenario.Faults {
  init(_ section: Section) {
    self.init()
    detectionNanoseconds = section.value("detection", .duration(), default: detectionNanoseconds)
    nodeLoss = section.section("node_loss").map(Scenario.NodeLoss.init)
    if let field = section.field("rack_loss") {
      if field.isMapping {
        rackLosses = [Scenario.RackLoss(spread: field.section())]
      } else {
        rackLosses = field.items().map { Scenario.RackLoss(atOnce: $0.section()) }
      }
    }
    losses = section.field("losses")?.items().map { Scenario.Loss($0.section()) } ?? []
    cuts = section.field("cuts")?.items().map { Scenario.Cut($0.section()) } ?? []
    section.finish()
  }
}

extension Scenario.Loss {
  init(_ section: Section) {
    self.init(
      section.required("scope", .choice(.node)), count: section.value("count", .count, default: 1),
      atNanoseconds: section.required("at", .duration()),
      returnAfterNanoseconds: section.value("return_after", .duration(), default: .max))
    section.finish()
  }
}

extension Scenario.NodeLoss {
  init(_ section: Section) {
    self.init(
      perDayPer100kNodes: section.required("per_day_per_100k_nodes", .figure()),
      returnAfterNanoseconds: section.value("return_after", .duration(), default: .max))
    section.finish()
  }
}

extension Scenario.RackLoss {
  /// An item of a list: so many racks at one time.
  init(atOnce section: Section) {
    let at = section.required("at", .duration())
    self.init(
      racks: section.required("racks", .count), earliestNanoseconds: at, latestNanoseconds: at,
      returnAfterNanoseconds: section.value("return_after", .duration(), default: .max))
    section.finish()
  }

  /// A mapping: so many racks, each at a time of its own within a span.
  init(spread section: Section) {
    let times = section.requiredItems("between", wanted: "two times, as in [10s, 40s]").map {
      $0.value(.duration())
    }
    if !times.isEmpty, times.count != 2 || times[0] > times[1] {
      section.report("is not two times in order; write them like [10s, 40s]", at: "between")
    }
    self.init(
      racks: section.required("count", .count), earliestNanoseconds: times.first ?? 0,
      latestNanoseconds: times.last ?? 0,
      returnAfterNanoseconds: section.value("return_after", .duration(), default: .max))
    section.finish()
  }
}
