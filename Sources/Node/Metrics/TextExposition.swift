/// Prometheus's text format 0.0.4 (prometheus.io/docs/instrumenting/exposition_formats).
public enum TextExposition {
  public static let contentType = "text/plain; version=0.0.4; charset=utf-8"

  /// The families in the order of their names. Families of one name are joined; where two disagree
  /// about the kind the first one stays, and of two samples with the same labels likewise, because
  /// Prometheus refuses a page that has both.
  public static func text(of families: [MetricFamily]) -> String {
    var joined: [String: (family: MetricFamily, seen: Set<[MetricFamily.Label]>)] = [:]
    for family in families {
      var entry =
        joined[family.name] ?? (MetricFamily(family.name, family.help, family.kind), [])
      guard entry.family.kind == family.kind else { continue }
      for sample in family.samples where entry.seen.insert(sample.labels).inserted {
        entry.family.add(sample.value, sample.labels)
      }
      joined[family.name] = entry
    }
    var text = ""
    for name in joined.keys.sorted() {
      guard let family = joined[name]?.family, !family.samples.isEmpty else { continue }
      append(family, to: &text)
    }
    return text
  }

  private static func append(_ family: MetricFamily, to text: inout String) {
    text += "# HELP \(family.name) \(escaped(family.help, quotes: false))\n"
    text += "# TYPE \(family.name) \(family.kind.rawValue)\n"
    for sample in family.samples {
      switch sample.value {
      case .count(let count): line(family.name, sample.labels, String(count), to: &text)
      case .number(let number): line(family.name, sample.labels, figure(number), to: &text)
      case .histogram(let histogram):
        append(histogram, family.name, sample.labels, to: &text)
      }
    }
  }

  /// Buckets are cumulative on the page.
  private static func append(
    _ histogram: MetricHistogram, _ name: String, _ labels: [MetricFamily.Label],
    to text: inout String
  ) {
    var below: UInt64 = 0
    for (index, count) in histogram.counts.enumerated() {
      below += count
      let bound = index < histogram.bounds.count ? figure(histogram.bounds[index]) : "+Inf"
      line(name + "_bucket", labels + [MetricFamily.Label("le", bound)], String(below), to: &text)
    }
    line(name + "_sum", labels, figure(histogram.sum), to: &text)
    line(name + "_count", labels, String(below), to: &text)
  }

  private static func line(
    _ name: String, _ labels: [MetricFamily.Label], _ value: String, to text: inout String
  ) {
    text += name
    if !labels.isEmpty {
      let pairs = labels.map { "\($0.name)=\"\(escaped($0.value, quotes: true))\"" }
      text += "{" + pairs.joined(separator: ",") + "}"
    }
    text += " " + value + "\n"
  }

  /// A number as Go's `ParseFloat` reads it; whole numbers without a fraction.
  static func figure(_ number: Double) -> String {
    if number.isNaN { return "NaN" }
    if number.isInfinite { return number < 0 ? "-Inf" : "+Inf" }
    if number == number.rounded(), abs(number) < 0x1p53 { return String(Int64(number)) }
    return String(number)
  }

  /// Backslashes and line feeds, and quotes in label values.
  private static func escaped(_ text: String, quotes: Bool) -> String {
    let special: (UInt8) -> Bool = { $0 == 0x5C || $0 == 0x0A || (quotes && $0 == 0x22) }
    guard text.utf8.contains(where: special) else { return text }
    var bytes: [UInt8] = []
    for byte in text.utf8 {
      if special(byte) { bytes.append(0x5C) }
      bytes.append(byte == 0x0A ? UInt8(ascii: "n") : byte)
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
