/// Names that Prometheus takes, made of the free-form labels of swift-metrics.
enum MetricName {
  /// Letters, digits and underscores, no digit first. Colons are left to recording rules.
  static func isValid(_ name: String) -> Bool {
    guard let first = name.utf8.first, !isDigit(first) else { return false }
    return name.utf8.allSatisfy { isLetter($0) || isDigit($0) || $0 == UInt8(ascii: "_") }
  }

  /// `label` with an underscore for whatever a name can't hold, in lower case as is the custom:
  /// `HTTP.requests` is `http_requests`, `openFiles` is `open_files`.
  static func clean(_ label: String) -> String {
    var name: [UInt8] = []
    var previous: UInt8 = 0
    for byte in label.utf8 {
      if (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) {
        if (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(previous) || isDigit(previous) {
          name.append(UInt8(ascii: "_"))
        }
        name.append(byte | 0x20)
      } else {
        name.append(isLetter(byte) || isDigit(byte) ? byte : UInt8(ascii: "_"))
      }
      previous = byte
    }
    let text = String(decoding: name, as: UTF8.self)
    guard let first = name.first else { return "unnamed" }
    return isDigit(first) ? "_" + text : text
  }

  /// The name of a counter ends in `_total`.
  static func counter(_ label: String) -> String {
    let name = clean(label)
    return name.hasSuffix("_total") ? name : name + "_total"
  }

  /// The name of a gauge must not end as the series of counters and histograms do.
  static func gauge(_ label: String) -> String {
    var name = clean(label)
    for suffix in ["_total", "_count", "_sum", "_bucket"] where name.hasSuffix(suffix) {
      name = String(name.dropLast(suffix.count))
    }
    return name.isEmpty ? "unnamed" : name
  }

  /// The name of a histogram ends in its unit, or in `_distribution` if that is not known.
  static func histogram(_ label: String, unit: String) -> String {
    let name = gauge(label)
    return name.hasSuffix("_" + unit) ? name : name + "_" + unit
  }

  /// The labels of a series. `le` and names that start with two underscores belong to Prometheus; of
  /// two dimensions of one name the last counts.
  static func labels(_ dimensions: [(String, String)]) -> [MetricFamily.Label] {
    var labels: [MetricFamily.Label] = []
    for (name, value) in dimensions {
      var clean = clean(name)
      while clean.hasPrefix("__") { clean.removeFirst() }
      if ["le", "quantile"].contains(clean) { clean += "_" }
      labels.removeAll { $0.name == clean }
      labels.append(MetricFamily.Label(clean, value))
    }
    return labels.sorted { $0.name < $1.name }
  }

  private static func isDigit(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
  }
  private static func isLetter(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
  }
}
