import Foundation

/// Writes everything that a study keeps of one tuning into `directory`, all files or none: the report to
/// read (`report.html`), a notebook to work on (`report.ipynb`), the figures as CSV and JSON, and
/// `recommendation.yaml`. notebooks-export/README.md describes each file.
///
/// - Parameter detail: What sets the choice apart, key by key; nil for a scenario, and then
///   `keys.csv`, `reuse.csv` and `ages.csv` hold their headers alone.
/// - Throws: `ExportError`, which names the path that could not be written.
public func exportTuning(
  _ report: TuneReport, detail: TuneDetail?, to directory: String
) throws(ExportError) {
  let tables = TuneTables(report, detail)
  try StagedFiles.write(in: directory) { files throws(ExportError) in
    try files.add("tune.json", json: report)
    try files.add("recommendation.yaml", report.yaml)
    try files.add("rounds.csv", tables.rounds)
    try files.add("finalists.csv", tables.finalists)
    try files.add("sensitivity.csv", tables.sensitivity)
    try files.add("curves.csv", tables.curves)
    try files.add("keys.csv", tables.keys)
    try files.add("reuse.csv", tables.reuse)
    try files.add("ages.csv", tables.ages)
    try files.add("report.html", TunePage(report, detail).html)
    try files.add(
      "report.ipynb",
      json: Notebook(
        title: "Tuning of \(report.input.name)",
        about: "The figures and charts of one Tarn tuning", cells: TuneNotebookCells.all))
  }
}

/// The tables of an export. Column names end in their unit.
struct TuneTables {
  private let report: TuneReport
  private let detail: TuneDetail?

  init(_ report: TuneReport, _ detail: TuneDetail?) {
    self.report = report
    self.detail = detail
  }

  var rounds: String {
    var table = CSVTable(["level", "candidates_count", "best", "objective"])
    for round in report.rounds {
      table.append([
        .text(round.level), CSVTable.Field(round.candidates), .text(round.best),
        .number(round.value),
      ])
    }
    return table.text
  }

  var finalists: String {
    var table = CSVTable([
      "candidate", "role", "tuned", "held_out", "over_default", "over_default_band", "over_lru",
      "over_lru_band", "over_winner", "over_winner_band", "index_bytes", "ghost_bytes",
      "written_\(report.input.unit == "objects" ? "count" : "bytes")",
    ])
    for (index, finalist) in report.finalists.enumerated() {
      table.append([
        .text(finalist.label), .text(role(index)), .number(finalist.train),
        .number(finalist.heldOut), .number(finalist.overDefault.mean),
        .number(finalist.overDefault.halfWidth), .number(finalist.overLRU.mean),
        .number(finalist.overLRU.halfWidth), .number(finalist.overWinner.mean),
        .number(finalist.overWinner.halfWidth), .number(finalist.indexBytes),
        .number(finalist.ghostBytes), .number(finalist.bytesWritten),
      ])
    }
    return table.text
  }

  private func role(_ index: Int) -> String {
    var roles: [String] = []
    if index == report.recommended { roles.append("recommended") }
    if index == report.winner { roles.append("winner") }
    if index == report.standard { roles.append("default") }
    if index == report.lru { roles.append("lru") }
    return roles.joined(separator: " ")
  }

  var sensitivity: String {
    var table = CSVTable(["setting", "candidate", "value", "objective", "best"])
    for row in report.sensitivity {
      table.append([
        .text(row.what), .text(row.label), .number(row.setting), .number(row.value),
        .text(row.isBest ? "true" : "false"),
      ])
    }
    return table.text
  }

  var curves: String {
    let unit = report.input.unit == "objects" ? "count" : "bytes"
    var table = CSVTable([
      "candidate", "capacity_\(unit)", "miss_fraction", "byte_miss_fraction",
      "origin_cost_fraction",
    ])
    let columns: [TuneObjective] = [.miss, .byteMiss, .originCost]
    for curve in report.curves {
      for point in curve.points {
        table.append(
          [.text(curve.label), .count(point.capacity)]
            + columns.map { .number(point.values[$0.rawValue]) })
      }
    }
    return table.text
  }

  var keys: String {
    var table = CSVTable(["key", "requests_count", "hits_count", "other_hits_count"])
    for row in (detail?.kept ?? []) + (detail?.dropped ?? []) {
      table.append([
        .text(row.key), CSVTable.Field(row.requests), CSVTable.Field(row.hits),
        CSVTable.Field(row.otherHits),
      ])
    }
    return table.text
  }

  var reuse: String {
    var table = CSVTable(["distance_from_count", "requests_count"])
    for bucket in detail?.reuse ?? [] {
      table.append([.number(bucket.from), .number(bucket.hits)])
    }
    return table.text
  }

  var ages: String {
    var table = CSVTable(["age_from_requests", "hits_count", "evictions_count"])
    for bucket in detail?.ages ?? [] {
      table.append([.number(bucket.from), .number(bucket.hits), .number(bucket.evictions)])
    }
    return table.text
  }
}
