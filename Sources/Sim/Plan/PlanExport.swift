import Foundation

/// Writes what a study keeps of one plan into `directory`, all files or none: `plan.json`, `plan.txt`,
/// every size that was tried as `probes.csv`, and the scenario's text. notebooks-export/README.md
/// describes each file.
///
/// - Throws: `ExportError`, which names the path that could not be written.
public func exportPlan(
  _ report: PlanReport, scenarioText: String, to directory: String
) throws(ExportError) {
  try StagedFiles.write(in: directory) { files throws(ExportError) in
    try files.add("plan.json", json: report)
    try files.add("plan.txt", "\(PlanText(report))\n")
    try files.add("probes.csv", report.table)
    try files.add("scenario.yaml", scenarioText)
  }
}

extension PlanReport {
  /// One row a probe and objective. Names of sizes and objectives end in their unit where they have one.
  var table: String {
    let names = dimensions.map(\.name)
    var table = CSVTable(
      ["probe", "met"] + names + ["seeds", "objective", "limit", "value", "holds"])
    for probe in probes {
      let head: [CSVTable.Field] =
        [CSVTable.Field(probe.number), .text(probe.verdict.met ? "yes" : "no")]
        + probe.sizes.map { .count($0.value) } + [CSVTable.Field(probe.verdict.seeds)]
      for figure in probe.verdict.figures {
        table.append(
          head + [
            .text(figure.name), .number(figure.limit), .number(figure.value),
            .text(figure.met ? "yes" : "no"),
          ])
      }
      if probe.verdict.figures.isEmpty {
        table.append(
          head + [.text(probe.verdict.refusal ?? ""), .number(nil), .number(nil), .text("no")])
      }
    }
    return table.text
  }
}
