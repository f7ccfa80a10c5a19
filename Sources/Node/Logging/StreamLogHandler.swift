internal import Logging

/// swift-log's way into a `LogStream`.
struct StreamLogHandler: LogHandler {
  let stream: LogStream
  let label: String
  var metadataProvider: Logger.MetadataProvider?
  var metadata: Logger.Metadata = [:]
  /// The level of this logger alone, if it was set.
  private var ownLevel: Logger.Level?

  init(stream: LogStream, label: String, metadataProvider: Logger.MetadataProvider?) {
    self.stream = stream
    self.label = label
    self.metadataProvider = metadataProvider
  }

  var logLevel: Logger.Level {
    get { ownLevel ?? stream.level }
    set { ownLevel = newValue }
  }

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  /// What is said in the call beats what the logger carries, and that beats the provider.
  func log(event: LogEvent) {
    var all = metadataProvider?.get() ?? [:]
    all.merge(metadata) { _, new in new }
    if let said = event.metadata { all.merge(said) { _, new in new } }
    if let error = event.error { all["error"] = "\(error)" }
    let record = LogRecord(
      level: event.level, message: "\(event.message)", label: label, metadata: all)
    stream.write(record.line(stream.format))
  }
}
