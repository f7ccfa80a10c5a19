/// What a tuning found. Encodes as the object of `tarn tune --json`.
public struct TuneReport: Encodable, Sendable {
  /// What was asked, of what.
  public struct Input: Encodable, Sendable {
    public var name = ""
    /// "trace" or "scenario".
    public var kind = ""
    public var content = ""
    public var objective = TuneObjective.miss
    /// Trace: bytes or objects, and which; 0 for a scenario.
    public var capacity: UInt64 = 0
    public var unit = ""
    public var requests = 0
    public var objects: UInt64 = 0
    public var footprint: UInt64 = 0
    public var prefixes = false
    /// Share that was tuned on.
    public var train = 0.0
    public var seed: UInt64 = 0
    /// Nodes of the final runs of a scenario; 0 for a trace.
    public var nodes = 0
  }

  /// One round of halving.
  public struct Round: Encodable, Sendable {
    /// "1/64 of the keys", "16 nodes".
    public var level: String
    public var candidates: Int
    public var best: String
    public var value: Double
  }

  /// A candidate that saw everything.
  public struct Finalist: Encodable, Sendable {
    public var candidate: TuneCandidate
    public var label: String
    /// The objective on what was tuned on, and on what was held out.
    public var train: Double
    public var heldOut: Double
    /// The objective of each piece that was held out.
    public var pieces: [Double]
    /// Held out, this minus the default's, minus LRU's, minus the winner's: below 0 is better.
    public var overDefault: TuneBand
    public var overLRU: TuneBand
    public var overWinner: TuneBand
    /// The other objectives, held out; null where the input does not tell.
    public var others: [String: Double]
    public var indexBytes: Double
    public var ghostBytes: Double
    /// Held out: bytes (objects without sizes) inserted, of flash written.
    public var bytesWritten: Double

    enum CodingKeys: String, CodingKey {
      case candidate, label, train, pieces, others
      case heldOut = "held_out"
      case overDefault = "over_default"
      case overLRU = "over_lru"
      case overWinner = "over_winner"
      case indexBytes = "index_bytes"
      case ghostBytes = "ghost_bytes"
      case bytesWritten = "bytes_written"
    }
  }

  /// One setting of the best candidate changed, on what was tuned on.
  public struct Sensitivity: Encodable, Sendable {
    /// "small", "admission", ...
    public var what: String
    public var label: String
    /// The parameter's value; null where it is none.
    public var setting: Double?
    public var value: Double
    /// Whether it is the best candidate itself.
    public var isBest: Bool

    enum CodingKeys: String, CodingKey {
      case what, label, setting, value
      case isBest = "best"
    }
  }

  /// A candidate over capacities, held out.
  public struct Curve: Encodable, Sendable {
    public var label: String
    public var points: [Point]

    public struct Point: Encodable, Sendable {
      public var capacity: UInt64
      /// By objective; those that the input does not tell are left out.
      public var values: [String: Double]
    }
  }

  /// Where more capacity stops paying.
  public struct Knee: Encodable, Sendable, Equatable {
    public var capacity: UInt64
    public var value: Double
  }

  public var input = Input()
  public var rounds: [Round] = []
  /// By their value on what was tuned on.
  public var finalists: [Finalist] = []
  /// The best on what was tuned on, the default, LRU, and the runner-up; places in `finalists`.
  public var winner = 0
  public var standard = 0
  public var lru = 0
  public var runnerUp: Int?
  /// What to use: the winner, or the default where the winner's gain may be chance.
  public var recommended = 0
  /// Compulsory misses, and Belady's; null where they do not apply.
  public var infinite: Double?
  public var belady: Double?
  public var sensitivity: [Sensitivity] = []
  public var curves: [Curve] = []
  public var curveDenominator = 1
  public var knee: Knee?
  /// What would change the recommendation, a sentence each.
  public var changes: [String] = []
  /// What a reader must know.
  public var notes: [String] = []
  /// The configuration, as a scenario reads it.
  public var yaml = ""
  /// Whether the time budget ended the search early.
  public var outOfTime = false
  /// Different configurations that were tried.
  public var tried = 0

  public init() {}

  enum CodingKeys: String, CodingKey {
    case input, rounds, finalists, winner, lru, recommended, infinite, belady, sensitivity, curves
    case knee, changes, notes, yaml, tried
    case standard = "default"
    case runnerUp = "runner_up"
    case curveDenominator = "curve_denominator"
    case outOfTime = "out_of_time"
  }

  /// The report as one JSON object; equal reports are equal bytes.
  public func json() throws -> String { try encodedJSON(self, pretty: true) }

  /// The finalist to use.
  public var choice: Finalist { finalists[recommended] }

  /// Whether the winner's gain over the default may be chance.
  public var isNoise: Bool {
    winner != standard && finalists[winner].overDefault.isNoise
  }
}
