public import Metrics

/// swift-metrics's way into a registry: `MetricsSystem.bootstrap(PrometheusMetrics(registry))`.
///
/// Counters become counters (`requests` is `requests_total`), gauges, meters and recorders that do
/// not aggregate become gauges, timers become histograms of seconds (`NAME_seconds`), recorders that
/// aggregate become histograms of powers of four (`NAME_distribution`). Two that clean up to one name
/// and the same labels count together.
public final class PrometheusMetrics: MetricsFactory {
  private let registry: MetricsRegistry

  public init(_ registry: MetricsRegistry) { self.registry = registry }

  public func makeCounter(
    label: String, dimensions: [(String, String)]
  ) -> any CounterHandler {
    registry.instrument(
      MetricName.counter(label), MetricName.labels(dimensions), help: help(label, "counted"),
      make: CounterInstrument.init)
  }

  public func makeFloatingPointCounter(
    label: String, dimensions: [(String, String)]
  ) -> any FloatingPointCounterHandler {
    registry.instrument(
      MetricName.counter(label), MetricName.labels(dimensions), help: help(label, "counted"),
      make: FractionCounterInstrument.init)
  }

  public func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
    gauge(label, dimensions)
  }

  public func makeRecorder(
    label: String, dimensions: [(String, String)], aggregate: Bool
  ) -> any RecorderHandler {
    guard aggregate else { return gauge(label, dimensions) }
    return registry.instrument(
      MetricName.histogram(label, unit: "distribution"), MetricName.labels(dimensions),
      help: help(label, "recorded"), make: DistributionInstrument.init)
  }

  public func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
    registry.instrument(
      MetricName.histogram(label, unit: "seconds"), MetricName.labels(dimensions),
      help: help(label, "timed"), make: TimerInstrument.init)
  }

  public func destroyCounter(_ handler: any CounterHandler) { registry.remove(handler) }
  public func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) {
    registry.remove(handler)
  }
  public func destroyMeter(_ handler: any MeterHandler) { registry.remove(handler) }
  public func destroyRecorder(_ handler: any RecorderHandler) { registry.remove(handler) }
  public func destroyTimer(_ handler: any TimerHandler) { registry.remove(handler) }

  private func gauge(_ label: String, _ dimensions: [(String, String)]) -> GaugeInstrument {
    registry.instrument(
      MetricName.gauge(label), MetricName.labels(dimensions), help: help(label, "set"),
      make: GaugeInstrument.init)
  }

  private func help(_ label: String, _ verb: String) -> String {
    "\(label), as \(verb) by a library of the node."
  }
}
