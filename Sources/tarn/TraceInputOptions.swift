import ArgumentParser
import TarnSim
import TarnTraceFormat

/// How a trace is read: the options that every command with a trace has.
struct TraceInputOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The trace's format, where its content does not tell; `tarn trace formats` lists them.",
      valueName: "name"))
  var format: String?

  @Flag(help: "Read no sizes: every request counts 1.") var ignoreSize = false
  @Flag(help: "Read no times, so that a trace out of order can be read.") var ignoreTime = false
  @Flag(help: "Refuse a damaged trace altogether.") var strict = false

  @Option(help: ArgumentHelp("csv: the key's column, name or number from 1.", valueName: "column"))
  var keyColumn: String?
  @Option(help: ArgumentHelp("csv: the size's column.", valueName: "column"))
  var sizeColumn: String?
  @Option(help: ArgumentHelp("csv: the time's column.", valueName: "column"))
  var timeColumn: String?
  @Option(help: ArgumentHelp("csv: what a time counts: s, ms, us, ns or date.", valueName: "unit"))
  var timeUnit: String?
  @Option(
    help: ArgumentHelp("csv: what is between columns; tab for a tab.", valueName: "character"))
  var delimiter: String?
  @Flag(help: "csv: the first line is a request and names no columns.") var noHeader = false
  @Flag(help: "csv, keys: keys are text, even where they look like numbers.") var textKeys = false
  @Flag(help: "csv: keep fractions of times, to the nanosecond.") var fineTimes = false

  /// The options for the trace at `path`; throws for a name that is not known, with the nearest.
  func reading(_ path: String) throws(TraceError) -> TraceReadOptions {
    var options = TraceReadOptions()
    if let format { options.format = try TraceFormat(named: format, path: path) }
    options.ignoreSizes = ignoreSize
    options.ignoreTimes = ignoreTime
    options.strict = strict
    options.columns.key = keyColumn
    options.columns.size = sizeColumn
    options.columns.time = timeColumn
    if let timeUnit {
      guard let unit = TextColumns.TimeUnit(rawValue: timeUnit) else {
        throw TraceError(
          .malformed, path: path, "--time-unit \(timeUnit): use s, ms, us, ns or date")
      }
      options.columns.timeUnit = unit
    }
    if let delimiter {
      let bytes = Array((delimiter == "tab" || delimiter == "\\t" ? "\t" : delimiter).utf8)
      guard bytes.count == 1, bytes[0] < 0x80 else {
        throw TraceError(
          .malformed, path: path, "--delimiter \(delimiter): one ASCII character is needed")
      }
      options.columns.delimiter = bytes[0]
    }
    if noHeader { options.columns.hasHeader = false }
    if textKeys { options.columns.textKeys = true }
    if fineTimes { options.columns.fineTimes = true }
    let named = keyColumn ?? sizeColumn ?? timeColumn ?? timeUnit ?? delimiter
    if options.format == nil && (named != nil || noHeader || fineTimes) { options.format = .csv }
    return options
  }
}
