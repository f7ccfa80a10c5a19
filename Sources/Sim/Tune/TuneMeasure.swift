/// What one candidate did in one piece of the input: a stretch of a trace, or a simulation with one
/// seed. Counts of sampled runs are already those of the whole.
public struct TuneMeasure: Codable, Sendable, Equatable {
  /// Requests asked, and those that missed (KV prompts: blocks, and those outside cached prefixes).
  public var requests = 0.0
  public var misses = 0.0
  /// Bytes asked for and missed; 0 without sizes.
  public var bytes = 0.0
  public var bytesMissed = 0.0
  /// Bytes (objects without sizes) that were inserted; of a simulation, bytes written to flash.
  public var bytesWritten = 0.0
  /// Seconds of one Blob account that the origin was busy, and what that is compared with: the same
  /// without a cache for a trace, simulated seconds for a scenario.
  public var originSeconds = 0.0
  public var originBase = 0.0
  /// Scenarios: share of GPU time that waited.
  public var gpuStall: Double?
  /// Scenarios: microseconds to the first token, 99th percentile.
  public var firstToken: Double?

  /// Nothing yet.
  public init() {}

  /// Completes the figures of a trace's piece.
  mutating func finishTrace() {
    let (perRequest, perByte) = (TuneObjective.accountRequests, TuneObjective.accountBytes)
    guard bytes > 0 else { return }
    originSeconds = misses / perRequest + bytesMissed / perByte
    originBase = requests / perRequest + bytes / perByte
  }

  /// The objective's value over these pieces together; nil where they do not tell.
  public static func value(_ objective: TuneObjective, of pieces: [TuneMeasure]) -> Double? {
    func ratio(
      _ part: KeyPath<TuneMeasure, Double>, _ whole: KeyPath<TuneMeasure, Double>
    ) -> Double? {
      let sum = pieces.reduce(0) { $0 + $1[keyPath: whole] }
      return sum > 0 ? pieces.reduce(0) { $0 + $1[keyPath: part] } / sum : nil
    }
    func mean(_ values: [Double]) -> Double? {
      values.isEmpty ? nil : values.reduce(0, +) / Double(values.count)
    }
    return switch objective {
    case .miss: ratio(\.misses, \.requests)
    case .byteMiss: ratio(\.bytesMissed, \.bytes)
    case .originCost: ratio(\.originSeconds, \.originBase)
    case .gpuStall: mean(pieces.compactMap(\.gpuStall))
    case .ttft: mean(pieces.compactMap(\.firstToken))
    }
  }
}
