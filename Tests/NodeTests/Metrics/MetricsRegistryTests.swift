import Metrics
import Synchronization
import Testing

@testable import TarnNode

@Suite struct MetricsRegistryTests {
  @Test func namesOfLibrariesBecomeNamesOfPrometheus() {
    #expect(MetricName.counter("HTTP.requests") == "http_requests_total")
    #expect(MetricName.counter("bytes_total") == "bytes_total")
    #expect(MetricName.gauge("openFiles") == "open_files")
    #expect(MetricName.gauge("pool-count") == "pool")
    #expect(MetricName.histogram("reads", unit: "seconds") == "reads_seconds")
    #expect(MetricName.histogram("reads_seconds", unit: "seconds") == "reads_seconds")
    #expect(MetricName.clean("1é") == "_1__")
    #expect(MetricName.clean("") == "unnamed")
    let labels = MetricName.labels([("le", "1"), ("__host", "a"), ("zone", "b"), ("zone", "c")])
    #expect(labels.map(\.name) == ["_host", "le_", "zone"])
    #expect(labels.map(\.value) == ["a", "1", "c"])
  }

  @Test func instrumentsOfOneNameAndLabelsCountTogether() async {
    let registry = MetricsRegistry()
    let factory = PrometheusMetrics(registry)
    Counter(label: "a.b", dimensions: [("k", "v")], factory: factory).increment(by: 2)
    Counter(label: "a-b", dimensions: [("k", "v")], factory: factory).increment(by: 3)
    Counter(label: "a-b", dimensions: [("k", "w")], factory: factory).increment()
    FloatingPointCounter(label: "share", factory: factory).increment(by: 0.5)
    FloatingPointCounter(label: "share", factory: factory).increment(by: 0.25)
    let text = await registry.exposition()
    #expect(text.contains("a_b_total{k=\"v\"} 5\na_b_total{k=\"w\"} 1\n"))
    #expect(text.contains("share_total 0.75\n"))
  }

  @Test func gaugesShowTheLastValueAndTimersAHistogramOfSeconds() async {
    let registry = MetricsRegistry()
    let factory = PrometheusMetrics(registry)
    let gauge = Gauge(label: "depth", factory: factory)
    gauge.record(7)
    gauge.record(4)
    let meter = Meter(label: "level", factory: factory)
    meter.set(2)
    meter.increment(by: 0.5)
    meter.decrement(by: 2)
    let timer = Metrics.Timer(label: "call", factory: factory)
    timer.recordMicroseconds(80)
    timer.recordSeconds(60)
    Recorder(label: "size", factory: factory).record(1_000)
    let text = await registry.exposition()
    #expect(text.contains("\ndepth 4\n"))
    #expect(text.contains("\nlevel 0.5\n"))
    #expect(text.contains("call_seconds_bucket{le=\"5e-05\"} 0\n"))
    #expect(text.contains("call_seconds_bucket{le=\"0.0001\"} 1\n"))
    #expect(text.contains("call_seconds_bucket{le=\"10\"} 1\n"))
    #expect(text.contains("call_seconds_bucket{le=\"+Inf\"} 2\n"))
    #expect(text.contains("call_seconds_sum 60.00008\n"))
    #expect(text.contains("size_distribution_bucket{le=\"256\"} 0\n"))
    #expect(text.contains("size_distribution_bucket{le=\"1024\"} 1\n"))
  }

  @Test func aNameThatAnotherKindHasGoesOnUnderAnother() async {
    let registry = MetricsRegistry()
    let factory = PrometheusMetrics(registry)
    Metrics.Timer(label: "x", factory: factory).recordNanoseconds(1)
    Gauge(label: "x_seconds", factory: factory).record(3)
    let text = await registry.exposition()
    #expect(text.contains("# TYPE x_seconds histogram\n"))
    #expect(text.contains("# TYPE x_seconds_value gauge\n"))
    #expect(text.contains("\nx_seconds_value 3\n"))
  }

  @Test func whatIsDestroyedIsNotShown() async {
    let registry = MetricsRegistry()
    let factory = PrometheusMetrics(registry)
    let counter = Counter(label: "gone", factory: factory)
    counter.increment()
    #expect(await registry.exposition().contains("gone_total 1\n"))
    counter.destroy()
    #expect(await !registry.exposition().contains("gone_total"))
  }

  @Test func manyThreadsLoseNoCounts() async {
    let registry = MetricsRegistry()
    let factory = PrometheusMetrics(registry)
    await withTaskGroup(of: Void.self) { group in
      for _ in 0..<4 {
        group.addTask {
          let counter = Counter(label: "n", factory: factory)
          let meter = Meter(label: "m", factory: factory)
          let timer = Metrics.Timer(label: "t", factory: factory)
          for _ in 0..<5_000 {
            counter.increment()
            meter.increment(by: 1)
            timer.recordSeconds(1)
          }
        }
      }
    }
    let text = await registry.exposition()
    #expect(text.contains("n_total 20000\n"))
    #expect(text.contains("\nm 20000\n"))
    #expect(text.contains("t_seconds_sum 20000\n"))
    #expect(text.contains("t_seconds_count 20000\n"))
  }

  @Test func aCollectorThatIsStuckIsLeftOutMarkedAndNotAskedAgain() async throws {
    let registry = MetricsRegistry()
    let part = StuckPart()
    registry.collect("good") { [.gauge("fine", "Fine.", .count(1))] }
    registry.collect("stuck") { await part.families() }
    for _ in 0..<2 {
      let text = TextExposition.text(of: await registry.families(patience: .milliseconds(20)))
      #expect(text.contains("\nfine 1\n"))
      #expect(text.contains("tarn_collectors_late{collector=\"good\"} 0\n"))
      #expect(text.contains("tarn_collectors_late{collector=\"stuck\"} 1\n"))
    }
    #expect(part.state.withLock { $0.asked } == 1)
    part.release()
    // It is asked again once its late answer has come.
    var text = ""
    while !text.contains("late_answer 1") { text = await registry.exposition() }
    #expect(text.contains("tarn_collectors_late{collector=\"stuck\"} 0\n"))
  }
}

/// Answers nothing until it is released.
private final class StuckPart: Sendable {
  struct State {
    var asked = 0
    var isFree = false
    var waiting: CheckedContinuation<Void, Never>?
  }
  let state = Mutex(State())

  func families() async -> [MetricFamily] {
    await withCheckedContinuation { continuation in
      let isFree = state.withLock { state in
        state.asked += 1
        if !state.isFree { state.waiting = continuation }
        return state.isFree
      }
      if isFree { continuation.resume() }
    }
    return [.gauge("late_answer", "Late.", .count(1))]
  }

  func release() {
    let waiting = state.withLock { state in
      state.isFree = true
      return state.waiting
    }
    waiting?.resume()
  }
}
