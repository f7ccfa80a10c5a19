import Foundation

/// What a cache was seen to do. Encodes as the figures' file of the `external` design, with everything
/// that was measured beside it.
public struct ScoreReport: Encodable, Sendable {
  /// The shares that the design knows; a score puts all hits under one of them.
  public struct HitRatio: Encodable, Sendable {
    public var memory = 0.0
    public var flash = 0.0
    public var peer = 0.0
  }

  /// Microseconds that shares of the answers do not exceed.
  public struct Latency: Encodable, Sendable {
    public var p50: Double
    public var p99: Double
    public var p999: Double
  }

  /// What the cache asked of its origin.
  public struct Origin: Encodable, Sendable {
    public var requests: UInt64
    /// Requests that were answered with bytes of an object, and those bytes.
    public var reads: UInt64
    public var bytes: UInt64
    public var refused: UInt64
    public var requestsPerSecond: Double
    public var bytesPerSecond: Double

    enum CodingKeys: String, CodingKey {
      case requests, reads, bytes, refused
      case requestsPerSecond = "requests_per_second"
      case bytesPerSecond = "bytes_per_second"
    }
  }

  /// Failures of one kind.
  public struct Failure: Encodable, Sendable {
    public var what: String
    public var count: Int
  }

  /// All that was measured.
  public struct Measured: Encodable, Sendable {
    public var target: String
    public var trace: String
    public var clients: Int
    public var speed: Double?
    public var seconds: Double
    /// Requests that were answered with an object's bytes and counted; hits and misses are these.
    public var requests: Int
    public var hits: Int
    public var misses: Int
    public var hitRatio: Double
    public var bytes: UInt64
    public var byteHitRatio: Double
    public var requestsPerSecond: Double
    public var hitLatency: Latency?
    public var missLatency: Latency?
    /// Nil where the origin was not watched.
    public var origin: Origin?
    public var late: Int
    public var failures: [Failure]
    /// Answers whose bytes were not the object's, and what was seen first.
    public var wrong: Int
    public var firstWrong: String?
    /// Different blocks of the trace, and their bytes.
    public var blocks: Int
    public var blockBytes: UInt64
    /// False if the replay ended early.
    public var complete: Bool

    enum CodingKeys: String, CodingKey {
      case target, trace, clients, speed, seconds, requests, hits, misses, bytes, origin, late
      case failures, wrong, blocks, complete
      case hitRatio = "hit_ratio"
      case byteHitRatio = "byte_hit_ratio"
      case requestsPerSecond = "requests_per_second"
      case hitLatency = "hit_latency_us"
      case missLatency = "miss_latency_us"
      case firstWrong = "first_wrong"
      case blockBytes = "block_bytes"
    }
  }

  public var name: String
  public var source: String
  public var hitRatio = HitRatio()
  /// Of hits; of all answers where there was no hit.
  public var latency: Latency
  /// Reads of the origin for each miss.
  public var originLoadFactor: Double
  public var extraHardware: String
  public var measured: Measured

  enum CodingKeys: String, CodingKey {
    case name, source, measured
    case hitRatio = "hit_ratio"
    case latency = "latency_us"
    case originLoadFactor = "origin_load_factor"
    case extraHardware = "extra_hardware"
  }

  init(
    settings: ScoreSettings, trace: ScoreTrace, tally: ScoreTally, origin: OriginLedger.Counts?,
    seconds: Double, isComplete: Bool
  ) {
    name = settings.name
    extraHardware = settings.hardware
    measured = Measured(
      settings: settings, trace: trace, tally: tally, origin: origin, seconds: seconds,
      isComplete: isComplete)
    var all = tally.hits
    all.add(tally.misses)
    latency = Latency(tally.hits.count > 0 ? tally.hits : all)
    switch settings.tier {
    case "memory": hitRatio.memory = measured.hitRatio
    case "flash": hitRatio.flash = measured.hitRatio
    default: hitRatio.peer = measured.hitRatio
    }
    let reads = Double(origin?.reads ?? UInt64(measured.misses))
    originLoadFactor = measured.misses == 0 ? 1 : min(100, reads / Double(measured.misses))
    let pace = settings.speed.map { "at \($0) times the recorded pace" } ?? "as fast as answered"
    source =
      "tarn score of \(settings.target) with \(trace.name): \(measured.requests) requests by "
      + "\(settings.clients) client\(settings.clients == 1 ? "" : "s"), \(pace), on \(ScoreReport.today)"
  }

  private static var today: String {
    Date().formatted(.iso8601.year().month().day())
  }

  /// The file of figures: one JSON object, which is YAML too.
  public func json() throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(self), as: UTF8.self)
  }
}

extension ScoreReport.Latency {
  init(_ part: ScoreTally.Part) {
    self.init(
      p50: part.microseconds(50), p99: part.microseconds(99), p999: part.microseconds(99.9))
  }
}

extension ScoreReport.Measured {
  init(
    settings: ScoreSettings, trace: ScoreTrace, tally: ScoreTally, origin: OriginLedger.Counts?,
    seconds: Double, isComplete: Bool
  ) {
    func ratio(_ part: Double, _ whole: Double) -> Double { whole > 0 ? part / whole : 0 }
    let requests = tally.hits.count + tally.misses.count
    let bytes = tally.hits.bytes + tally.misses.bytes
    self.init(
      target: settings.target, trace: trace.name, clients: settings.clients,
      speed: settings.speed, seconds: seconds, requests: requests, hits: tally.hits.count,
      misses: tally.misses.count, hitRatio: ratio(Double(tally.hits.count), Double(requests)),
      bytes: bytes, byteHitRatio: ratio(Double(tally.hits.bytes), Double(bytes)),
      requestsPerSecond: ratio(Double(requests), seconds),
      hitLatency: tally.hits.count > 0 ? ScoreReport.Latency(tally.hits) : nil,
      missLatency: tally.misses.count > 0 ? ScoreReport.Latency(tally.misses) : nil,
      origin: origin.map { origin in
        ScoreReport.Origin(
          requests: origin.requests, reads: origin.reads, bytes: origin.bytes,
          refused: origin.refused,
          requestsPerSecond: ratio(Double(origin.requests), seconds),
          bytesPerSecond: ratio(Double(origin.bytes), seconds))
      }, late: tally.late,
      failures: tally.failures.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
        .map { ScoreReport.Failure(what: $0.key, count: $0.value) },
      wrong: tally.wrong, firstWrong: tally.firstWrong, blocks: trace.blocks,
      blockBytes: trace.bytes, complete: isComplete)
  }
}
