import TarnCore
import TarnSettings

extension Scenario.Workload {
  private enum KindName: String, CaseIterable {
    case training
    case coldStart = "cold-start"
    case inference
    case scan
    case replay
    case objects
  }

  init(_ section: Section, pools known: [String]) {
    let name = section.required("name", .name)
    let tenant = section.value("tenant", .name, default: "default")
    let pools = section.field("pools")?.items(orSingle: true).map {
      $0.value(.choice(known.first ?? "", of: known))
    }
    guard let kindName = KindName(rawValue: section.field("kind")?.text ?? "") else {
      // What else it may hold depends on the kind, so nothing else is judged.
      _ = section.required("kind", .choice(KindName.training))
      self.init(name: name, tenant: tenant, pools: known, kind: .training(Scenario.Training()))
      return
    }
    let kind: Kind =
      switch kindName {
      case .training: .training(Scenario.Training(section))
      case .coldStart: .coldStart(Scenario.ColdStart(section))
      case .inference: .inference(Scenario.Inference(section))
      case .scan: .scan(Scenario.Scan(section))
      case .replay: .replay(Scenario.Replay(section))
      case .objects: .objects(Scenario.Objects(section))
      }
    self.init(name: name, tenant: tenant, pools: pools ?? known, kind: kind)
    home = section.field("home")?.value(.name)
    section.finish()
  }
}

extension ValueReader where Value == UInt32 {
  /// Bytes of a block: what block keys and peer messages carry.
  static var block: ValueReader {
    ValueReader<UInt64>.size(atLeast: "4KiB", atMost: "64MiB").map { UInt32($0) }
  }
}

extension Scenario.JobSize {
  init(_ section: Section) {
    self.init(
      gpus: section.required("gpus", .count), count: section.value("count", .count, default: 1))
    section.finish()
  }

  static func list(of section: Section) -> [Scenario.JobSize] {
    section.requiredItems("jobs", wanted: "a list such as [{gpus: 64, count: 2}]").map {
      Scenario.JobSize($0.section())
    }
  }
}

extension Scenario.Training {
  init(_ section: Section) {
    self.init()
    jobs = Scenario.JobSize.list(of: section)
    if let field = section.field("model") {
      model = Scenario.TrainingModel(field)
    } else {
      _ = section.required("model", .trainingModel)
    }
    datasetBytes = section.required("dataset", .size(atLeast: "1MiB"))
    sharedDataset = section.value("shared_dataset", .flag, default: sharedDataset)
    order = section.value("order", .choice(.epochShuffle), default: order)
    readerDepth = section.value("reader_depth", .count(1...4_096), default: readerDepth)
    prefetchSteps = section.value("prefetch_steps", .count(0...1_024), default: prefetchSteps)
    blockBytes = section.value("block", .block, default: blockBytes)
    warm = section.value("warm", .share, default: warm)
    prefetchHint = section.value("prefetch_hint", .flag, default: prefetchHint)
  }
}

extension ValueReader where Value == Scenario.TrainingModel {
  static var trainingModel: ValueReader {
    choice(Scenario.TrainingModel.builtIn[0], of: Scenario.TrainingModel.builtIn, name: \.name)
  }
}

extension Scenario.TrainingModel {
  /// A built-in model's name, or a mapping that describes one.
  init(_ field: Field) {
    guard field.isMapping else {
      self = field.value(.trainingModel)
      return
    }
    let section = field.section()
    self.init(
      name: section.value("name", .name, default: "custom"),
      sampleBytes: section.required("sample", .size(atLeast: "1B", atMost: "1TB")),
      samplesPerStep: section.required("batch", .count(1...1_000_000)),
      stepNanoseconds: section.required("step", .duration(atLeast: "1us", atMost: "1h")),
      samplesPerObject: section.value("samples_per_object", .count, default: 1))
    section.finish()
  }
}

extension Scenario.ColdStart {
  init(_ section: Section) {
    self.init()
    jobs = Scenario.JobSize.list(of: section)
    weightsBytes = section.required("weights", .size(atLeast: "1MiB"))
    blockBytes = section.value("block", .block, default: blockBytes)
    readerDepth = section.value("reader_depth", .count(1...4_096), default: readerDepth)
    atNanoseconds = section.value("at", .duration(), default: atNanoseconds)
    order = section.value("order", .choice(.rotated), default: order)
    shard = section.value("shard", .positiveShare, default: shard)
    together = section.value("together", .flag, default: together)
    warm = section.value("warm", .share, default: warm)
  }
}

extension Scenario.Scan {
  init(_ section: Section) {
    self.init()
    nodes = section.required("nodes", .count)
    tableBytes = section.required("table", .size(atLeast: "1MiB"))
    blockBytes = section.value("block", .block, default: blockBytes)
    readerDepth = section.value("reader_depth", .count(1...4_096), default: readerDepth)
    atNanoseconds = section.value("at", .duration(), default: atNanoseconds)
    hint = section.value("hint", .flag, default: hint)
    warm = section.value("warm", .share, default: warm)
  }
}

extension Scenario.Inference {
  init(_ section: Section) {
    self.init()
    gpus = section.field("gpus").map { $0.value(.count) }
    trace = section.value("trace", .trace, default: trace)
    traceSearch =
      section.field("trace_search")?.items(orSingle: true).map { $0.value(.text) } ?? []
    gpusPerTrace = section.value("gpus_per_trace", .count, default: gpusPerTrace)
    replicas = section.value("replicas", .replicas, default: nil)
    blockTokens = section.value("block_tokens", .count(1...65_536), default: blockTokens)
    kvBytesPerToken = section.value(
      "kv_bytes_per_token", .size(atLeast: "1B", atMost: "1GiB"), default: kvBytesPerToken)
    if UInt64(blockTokens) * kvBytesPerToken > UInt64(UInt32.max) {
      section.report("makes blocks of 4 GiB or more; use fewer tokens", at: "block_tokens")
    }
    prefillTokensPerSecond = section.value(
      "prefill_tokens_per_second", .figure(atLeast: 1), default: prefillTokensPerSecond)
    routing = section.value("routing", .choice(.prefixAffine), default: routing)
    anchorDepth = section.value("anchor_depth", .count(1...1_024), default: anchorDepth)
    rateScale = section.value("rate_scale", .figure(atLeast: 0.001), default: rateScale)
  }
}

extension ValueReader where Value == Scenario.TraceSource {
  static var trace: ValueReader {
    ValueReader<String>.text.map { $0 == "auto" ? .automatic : .path($0) }
  }
}

extension ValueReader where Value == Int? {
  /// `auto`, or a count.
  static var replicas: ValueReader {
    ValueReader(wanted: "auto, or a count such as 300", placeholder: nil) {
      text throws(ValueProblem) in
      guard text != "auto" else { return nil }
      return try ValueReader<Int>.count.read(text)
    }
  }
}
