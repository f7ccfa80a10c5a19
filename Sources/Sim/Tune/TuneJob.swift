import Foundation
import TarnCore
import TarnSettings
import TarnTraceFormat

/// One independent piece of a tuning: a candidate over a stretch of a trace, or in one simulation.
///
/// Everything that its answer depends on is in it, so its key finds the answer again in a cache, and any
/// machine that can read the source may run it.
public struct TuneJob: Codable, Sendable, Equatable {
  /// The trace or scenario, as it was named. Not part of the key.
  public var source: String
  /// Sixteen hexadecimal digits of the content's digest.
  public var content: String
  public var candidate: TuneCandidate
  public var trace: Part?
  public var simulation: Run?

  /// A stretch of a trace.
  public struct Part: Codable, Sendable, Equatable {
    /// Bytes, or objects where sizes are ignored.
    public var capacity: UInt64
    public var isSized: Bool
    /// One of so many keys is looked at.
    public var denominator: Int
    /// Which of them.
    public var sampleSeed: UInt64
    /// Requests before this one warm the cache; from `end` on nothing is looked at.
    public var countFrom: Int
    public var end: Int
    /// Equal pieces that the counted stretch is reported in.
    public var pieces: Int

    enum CodingKeys: String, CodingKey {
      case capacity, denominator, end, pieces
      case isSized = "sized"
      case sampleSeed = "sample_seed"
      case countFrom = "count_from"
    }
  }

  /// A simulation of a scenario.
  public struct Run: Codable, Sendable, Equatable {
    /// The fleet is scaled to about so many nodes.
    public var nodes: Int
    public var seed: UInt64
  }

  /// The text that tells this job from every other, whatever the file is called.
  public var identity: String {
    var job = self
    job.source = ""
    return "tarn \(tarnVersion) tune 1 " + TuneJob.line(job)
  }

  /// A digest of `identity`, sixteen hexadecimal digits.
  public var key: String { TuneJob.hexadecimal(XXHash64.hash(Array(identity.utf8))) }

  /// The job as one line of JSON.
  public var line: String { TuneJob.line(self) }

  /// Reads a line that `line` wrote.
  public init(line: String) throws(ReplayError) {
    do {
      self = try JSONDecoder().decode(TuneJob.self, from: Data(line.utf8))
    } catch {
      throw ReplayError("no job of tarn tune --list-jobs: \(quoted(String(line.prefix(60))))")
    }
    if (trace == nil) == (simulation == nil) {
      throw ReplayError("a job has either trace or simulation: \(quoted(String(line.prefix(60))))")
    }
    if let part = trace {
      guard part.capacity > 0, part.denominator > 0, part.pieces > 0, part.countFrom >= 0,
        part.end > part.countFrom
      else {
        throw ReplayError("a job's trace part is impossible: \(quoted(String(line.prefix(60))))")
      }
    }
  }

  init(
    source: String, content: String, candidate: TuneCandidate, trace: Part? = nil,
    simulation: Run? = nil
  ) {
    (self.source, self.content, self.candidate) = (source, content, candidate)
    (self.trace, self.simulation) = (trace, simulation)
  }

  static func hexadecimal(_ value: UInt64) -> String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }

  static func line(_ value: some Encodable) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    guard let data = try? encoder.encode(value) else {
      preconditionFailure("jobs and answers are finite numbers and text")
    }
    return String(decoding: data, as: UTF8.self)
  }
}

/// What came of a job.
public struct TuneAnswer: Codable, Sendable, Equatable {
  /// One a piece of the trace, or one for the simulation.
  public var pieces: [TuneMeasure] = []
  /// Heap of keys, index and links at the end, and of ghosts, sketches and filters, bytes; of sampled
  /// runs what the whole would take.
  public var indexBytes = 0.0
  public var ghostBytes = 0.0
  /// Objects held at the end.
  public var objectsHeld = 0.0

  /// Nothing yet.
  public init() {}

  enum CodingKeys: String, CodingKey {
    case pieces
    case indexBytes = "index_bytes"
    case ghostBytes = "ghost_bytes"
    case objectsHeld = "objects_held"
  }
}

/// A job's answer as a line of a cache or of `tarn tune --run-job`.
public struct TuneRecord: Codable, Sendable {
  /// `TuneJob.key`.
  public var key: String
  /// `TuneJob.identity`: two jobs never share an answer, not even by accident.
  public var identity: String
  public var answer: TuneAnswer
  /// Digest of the three above, so that a torn line is known.
  public var digest: String

  /// The record of an answer.
  public init(_ job: TuneJob, _ answer: TuneAnswer) {
    (key, identity, self.answer, digest) = (job.key, job.identity, answer, "")
    digest = sum
  }

  /// The record in a line; nil if the line is not whole.
  public init?(line: some StringProtocol) {
    let read = try? JSONDecoder().decode(TuneRecord.self, from: Data(line.utf8))
    guard let read, read.digest == read.sum else { return nil }
    self = read
  }

  /// The record as one line of JSON.
  public var line: String { TuneJob.line(self) }

  private var sum: String {
    TuneJob.hexadecimal(
      XXHash64.hash(Array((key + identity + TuneJob.line(answer)).utf8)))
  }
}
