/// Samples that share a name, a help text and a kind, as Prometheus scrapes them.
///
/// Names follow prometheus.io/docs/practices/naming: base units (`_seconds`, `_bytes`), `_total` at
/// the end of counters.
public struct MetricFamily: Sendable, Equatable {
  public enum Kind: String, Sendable { case counter, gauge, histogram }

  public struct Label: Sendable, Hashable {
    public var name: String
    public var value: String
    public init(_ name: String, _ value: String) {
      self.name = name
      self.value = value
    }
  }

  public enum Value: Sendable, Equatable {
    case count(UInt64)
    case number(Double)
    case histogram(MetricHistogram)
  }

  public struct Sample: Sendable, Equatable {
    public var labels: [Label]
    public var value: Value
    public init(_ labels: [Label], _ value: Value) {
      self.labels = labels
      self.value = value
    }
  }

  public let name: String
  public let help: String
  public let kind: Kind
  public private(set) var samples: [Sample] = []

  /// A family without samples yet. `name` is of letters, digits and underscores.
  public init(_ name: String, _ help: String, _ kind: Kind) {
    precondition(MetricName.isValid(name), "\(name) is not a metric's name: letters, digits, _")
    self.name = name
    self.help = help
    self.kind = kind
  }

  /// Adds a sample; the labels of a family's samples differ.
  public mutating func add(_ value: Value, _ labels: [Label] = []) {
    for label in labels {
      precondition(MetricName.isValid(label.name), "\(label.name) is not a label's name")
    }
    samples.append(Sample(labels, value))
  }
}

/// How often values fell between bounds.
public struct MetricHistogram: Sendable, Equatable {
  /// Upper bounds in ascending order; the last bucket has none.
  public var bounds: [Double]
  /// Values of each bucket alone, one more bucket than bounds.
  public var counts: [UInt64]
  /// Sum of all values.
  public var sum: Double

  public init(bounds: [Double], counts: [UInt64], sum: Double) {
    precondition(counts.count == bounds.count + 1, "a histogram has one bucket above its bounds")
    self.bounds = bounds
    self.counts = counts
    self.sum = sum
  }
}

extension MetricFamily {
  /// A counter without labels.
  public static func counter(_ name: String, _ help: String, _ count: UInt64) -> MetricFamily {
    counter(name, help, [([], count)])
  }

  /// A counter with one label.
  public static func counter(
    _ name: String, _ help: String, by label: String, _ counts: [(String, UInt64)]
  ) -> MetricFamily {
    counter(name, help, counts.map { ([Label(label, $0.0)], $0.1) })
  }

  /// A counter with any labels.
  public static func counter(
    _ name: String, _ help: String, _ counts: [([Label], UInt64)]
  ) -> MetricFamily {
    var family = MetricFamily(name, help, .counter)
    for (labels, count) in counts { family.add(.count(count), labels) }
    return family
  }

  /// A gauge without labels.
  public static func gauge(_ name: String, _ help: String, _ value: Value) -> MetricFamily {
    gauge(name, help, [([], value)])
  }

  /// A gauge with one label.
  public static func gauge(
    _ name: String, _ help: String, by label: String, _ values: [(String, UInt64)]
  ) -> MetricFamily {
    gauge(name, help, values.map { ([Label(label, $0.0)], .count($0.1)) })
  }

  /// A gauge with any labels.
  public static func gauge(
    _ name: String, _ help: String, _ values: [([Label], Value)]
  ) -> MetricFamily {
    var family = MetricFamily(name, help, .gauge)
    for (labels, value) in values { family.add(value, labels) }
    return family
  }
}
