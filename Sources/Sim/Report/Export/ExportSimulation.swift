import Foundation

/// Writes everything that a study keeps of one simulation into `directory`, which is created if it
/// is missing: figures and series as JSON and CSV, a report to read (`report.html`), a notebook to
/// work on (`report.ipynb`), and the scenario. notebooks-export/README.md describes each file.
///
/// Files of an earlier export in the same directory are replaced, all of them together.
///
/// - Parameter scenarioText: the scenario's YAML, as it was read.
/// - Throws: `ExportError`, which names the path that could not be written. Nothing half-written
///   is left behind.
public func exportSimulation(
  _ outcome: SimulationOutcome, scenarioText: String, to directory: String
) throws(ExportError) {
  try StagedFiles.write(in: directory) { files throws(ExportError) in
    try files.add("result.json", json: outcome.result)
    try files.add("intervals.csv", outcome.intervalsCSV)
    try files.add("latency.csv", outcome.latencyCSV)
    try files.add("links.csv", outcome.linksCSV)
    try files.add("fanout.csv", outcome.fanOutCSV)
    try files.add("imbalance.csv", outcome.imbalanceCSV)
    try files.add("workloads.csv", outcome.workloadsCSV)
    try files.add("slo.csv", outcome.objectivesCSV)
    try files.add("series.json.lz4", compressedJSON: outcome.series)
    try files.add("scenario.yaml", scenarioText)
    try files.add("report.html", ReportPage(outcome, scenarioText: scenarioText).html)
    try files.add("report.ipynb", json: Notebook(of: outcome.result))
  }
}

/// Writes the recorded decisions of a run, in the format of traces/DECISIONS.md.
///
/// - Throws: `ExportError` naming the file if it cannot be written.
public func exportDecisions(
  _ outcome: SimulationOutcome, to file: String
) throws(ExportError) {
  do {
    try Data(outcome.decisions).write(to: URL(fileURLWithPath: file), options: .atomic)
  } catch {
    throw ExportError(path: file, reason: "cannot be written; name a file in a folder of yours")
  }
}
