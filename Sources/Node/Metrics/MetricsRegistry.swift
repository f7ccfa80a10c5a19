internal import Synchronization

/// What a scrape shows: the instruments that libraries made through swift-metrics, and the families
/// that collectors make at scrape time of what the node's parts count for themselves.
public final class MetricsRegistry: Sendable {
  /// Makes families at scrape time.
  public typealias Collector = @Sendable () async -> [MetricFamily]

  private struct Key: Hashable {
    var name: String
    var labels: [MetricFamily.Label]
  }
  private struct State {
    var collectors: [(name: String, collect: Collector)] = []
    /// Collectors that an earlier scrape gave up on and that have not ended since.
    var busy: Set<String> = []
    var instruments: [Key: any Instrument] = [:]
    var kinds: [String: MetricFamily.Kind] = [:]
    var helps: [String: String] = [:]
  }
  private let state = Mutex(State())

  public init() {}

  /// Asks `collector` at every scrape. `name` stands for it in `tarn_collectors_late`.
  public func collect(_ name: String, _ collector: @escaping Collector) {
    state.withLock { $0.collectors.append((name, collector)) }
  }

  /// The instrument of this name and labels, made at the first call. A name that another kind of
  /// instrument has already goes on as `NAME_value`.
  func instrument<Kind: Instrument>(
    _ name: String, _ labels: [MetricFamily.Label], help: String, make: () -> Kind
  ) -> Kind {
    state.withLock { state in
      var key = Key(name: name, labels: labels)
      while true {
        if let known = state.instruments[key] as? Kind { return known }
        let isFree = state.instruments[key] == nil
        if isFree, state.kinds[key.name, default: Kind.kind] == Kind.kind { break }
        key.name += "_value"
      }
      let new = make()
      state.instruments[key] = new
      state.kinds[key.name] = Kind.kind
      state.helps[key.name] = help
      return new
    }
  }

  func remove(_ instrument: AnyObject) {
    state.withLock { state in
      guard let key = state.instruments.first(where: { $0.value === instrument })?.key else {
        return
      }
      state.instruments[key] = nil
      if !state.instruments.keys.contains(where: { $0.name == key.name }) {
        state.kinds[key.name] = nil
        state.helps[key.name] = nil
      }
    }
  }

  // MARK: Scraping

  /// The page of metrics. A collector that takes longer than `patience`, because the loop that it
  /// asks is stuck, say, is left out of it and marked as late.
  public func exposition(patience: Duration = .seconds(5)) async -> String {
    TextExposition.text(of: await families(patience: patience))
  }

  func families(patience: Duration) async -> [MetricFamily] {
    let collectors = state.withLock { $0.collectors }
    var late = MetricFamily(
      "tarn_collectors_late", "1 for a part of the node that did not give its figures in time.",
      .gauge)
    var families = instrumentFamilies()
    await withTaskGroup(of: (Int, [MetricFamily]?).self) { group in
      for (index, collector) in collectors.enumerated() {
        group.addTask { (index, await self.ask(collector.name, collector.collect, patience)) }
      }
      var answers = [[MetricFamily]?](repeating: nil, count: collectors.count)
      for await (index, answer) in group { answers[index] = answer }
      for (collector, answer) in zip(collectors, answers) {
        families += answer ?? []
        late.add(.count(answer == nil ? 1 : 0), [MetricFamily.Label("collector", collector.name)])
      }
    }
    return families + [late]
  }

  /// At most one question to a collector is under way.
  private func ask(
    _ name: String, _ collect: @escaping Collector, _ patience: Duration
  ) async -> [MetricFamily]? {
    guard state.withLock({ $0.busy.insert(name).inserted }) else { return nil }
    return await firstAnswer(within: patience) {
      let families = await collect()
      self.state.withLock { _ = $0.busy.remove(name) }
      return families
    }
  }

  private func instrumentFamilies() -> [MetricFamily] {
    state.withLock { state in
      var families: [String: MetricFamily] = [:]
      let ordered = state.instruments.sorted { left, right in
        left.key.labels.lexicographicallyPrecedes(right.key.labels) { $0.value < $1.value }
      }
      for (key, instrument) in ordered {
        let kind = type(of: instrument).kind
        families[key.name, default: MetricFamily(key.name, state.helps[key.name] ?? "", kind)]
          .add(instrument.value, key.labels)
      }
      return Array(families.values)
    }
  }
}

/// What `work` answers, or nil if it takes longer than `span`; then it runs on for nobody.
private func firstAnswer<Answer: Sendable>(
  within span: Duration, _ work: @escaping @Sendable () async -> Answer
) async -> Answer? {
  await withCheckedContinuation { continuation in
    let once = Once(continuation)
    let timer = Task {
      try? await Task.sleep(for: span)
      once.answer(nil)
    }
    Task {
      once.answer(await work())
      timer.cancel()
    }
  }
}

/// Lets the first answer through.
private final class Once<Answer: Sendable>: Sendable {
  private let waiting: Mutex<CheckedContinuation<Answer?, Never>?>
  init(_ continuation: CheckedContinuation<Answer?, Never>) { waiting = Mutex(continuation) }

  func answer(_ answer: Answer?) {
    let continuation = waiting.withLock { waiting in
      defer { waiting = nil }
      return waiting
    }
    continuation?.resume(returning: answer)
  }
}
