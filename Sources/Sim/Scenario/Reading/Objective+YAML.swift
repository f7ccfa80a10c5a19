import TarnSettings

extension Scenario.Objective {
  init(_ section: Section) {
    let metric = section.required("name", .choice(Scenario.Metric.gpuStallFraction))
    let workload = section.field("workload").map { $0.value(.name) }
    let bounds: [Bound] = [.max, .min].filter { section.field($0.rawValue) != nil }
    if bounds.count != 1 {
      let fault = bounds.isEmpty ? "has no bound" : "has two bounds"
      section.report("\(fault); give either max or min")
    }
    let bound = bounds.first ?? .max
    self.init(
      metric, bound, section.value(bound.rawValue, .figure(), default: 0), workload: workload)
    section.finish()
  }
}
