import Foundation

/// Writes everything that a study keeps of one comparison into `directory`, all files or none: the
/// report to read (`report.html`), a notebook to work on (`report.ipynb`), the figures as CSV and JSON,
/// and the scenario. notebooks-export/README.md describes each file.
///
/// - Throws: `ExportError`, which names the path that could not be written.
public func exportComparison(
  _ report: ComparisonReport, scenarioText: String, to directory: String
) throws(ExportError) {
  let tables = ComparisonTables(report)
  try StagedFiles.write(in: directory) { files throws(ExportError) in
    try files.add("comparison.json", json: report)
    try files.add("designs.csv", tables.designs)
    try files.add("seeds.csv", tables.seeds)
    try files.add("over-time.csv", tables.overTime)
    try files.add("sensitivity.csv", tables.sensitivity)
    try files.add("assumptions.csv", tables.assumptions)
    try files.add("scenario.yaml", scenarioText)
    try files.add("report.html", ComparisonPage(report, scenarioText: scenarioText).html)
    try files.add(
      "report.ipynb",
      json: Notebook(
        title: "Comparison: \(report.scenario)",
        about: "The figures and charts of one comparison of caching designs",
        cells: ComparisonNotebookCells.all))
  }
}

/// The tables of an export. Names of metrics end in their unit.
struct ComparisonTables {
  private let report: ComparisonReport

  init(_ report: ComparisonReport) { self.report = report }

  var designs: String {
    var table = CSVTable(["design", "rank", "metric", "mean", "half_width"])
    for row in report.rows {
      let rank = (report.ranking.firstIndex(of: row.name) ?? 0) + 1
      for metric in report.metrics {
        guard let band = row.figures[metric] else { continue }
        table.append([
          .text(row.name), CSVTable.Field(rank), .text(metric.rawValue), .number(band.mean),
          .number(band.halfWidth),
        ])
      }
    }
    return table.text
  }

  var seeds: String {
    var table = CSVTable(["design", "metric", "seed_offset", "value"])
    for row in report.rows {
      for metric in report.metrics {
        for (seed, value) in (row.figures[metric]?.values ?? []).enumerated() {
          table.append([
            .text(row.name), .text(metric.rawValue), CSVTable.Field(seed), .number(value),
          ])
        }
      }
    }
    return table.text
  }

  var overTime: String {
    var table = CSVTable(["design", "time_s", "gpu_stall_fraction", "origin_bytes_per_s"])
    for row in report.rows {
      for (second, stall) in row.stallOverTime.enumerated() {
        table.append([
          .text(row.name), CSVTable.Field(second), .number(stall),
          .number(row.originBytesOverTime[second]),
        ])
      }
    }
    return table.text
  }

  var sensitivity: String {
    var table = CSVTable([
      "assumption", "value", "design", "dollars_per_day", "dollars_per_day_before",
      "changes_ranking", "ranking",
    ])
    for entry in report.sensitivity {
      for (design, dollars) in entry.dollars.sorted(by: { $0.key < $1.key }) {
        table.append([
          .text(entry.key), .number(entry.value), .text(design), .number(dollars),
          .number(entry.before[design]), .text(entry.changesRanking ? "true" : "false"),
          .text(entry.ranking.joined(separator: " ")),
        ])
      }
    }
    return table.text
  }

  var assumptions: String {
    var table = CSVTable([
      "assumption", "title", "value", "low", "high", "status", "source", "url",
    ])
    for assumption in report.assumptions {
      table.append([
        .text(assumption.key), .text(assumption.title), .number(assumption.value),
        .number(assumption.low), .number(assumption.high), .text(assumption.status.rawValue),
        .text(assumption.source), .text(assumption.url),
      ])
    }
    return table.text
  }
}
