/// How to run a simulation, apart from what is simulated.
public struct SimulationOptions: Sendable {
  /// Watch every promise of the design, at several times the cost, and fail if one is broken.
  public var checkInvariants: Bool
  /// Record every input and effect of this node, for replay into a fresh core; nil for none.
  public var recordDecisionsOf: Int?

  /// Options; by default nothing is checked or recorded.
  public init(checkInvariants: Bool = false, recordDecisionsOf: Int? = nil) {
    self.checkInvariants = checkInvariants
    self.recordDecisionsOf = recordDecisionsOf
  }
}

/// How far a run has come.
public struct SimulationProgress: Sendable {
  /// Simulated time reached and asked for, seconds.
  public var simulatedSeconds: Double
  public var totalSeconds: Double
  /// Events delivered.
  public var events: UInt64
  /// Wall time since the start, seconds.
  public var wallSeconds: Double

  /// A point of a run.
  public init(
    simulatedSeconds: Double, totalSeconds: Double, events: UInt64, wallSeconds: Double
  ) {
    self.simulatedSeconds = simulatedSeconds
    self.totalSeconds = totalSeconds
    self.events = events
    self.wallSeconds = wallSeconds
  }
}

/// Why a simulation could not run, in one sentence that names the input and the cure.
public struct SimulationError: Error, CustomStringConvertible, Equatable {
  public var description: String
  /// False if Tarn is to blame: an invariant was broken.
  public var isBadInput: Bool
  init(_ description: String, isBadInput: Bool = true) {
    self.description = description
    self.isBadInput = isBadInput
  }
}
