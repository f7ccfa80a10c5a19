public import TarnCore

extension Scenario {
  /// What breaks among the nodes.
  public struct Faults: Sendable, Equatable {
    public var nodeLoss: NodeLoss?
    public var rackLosses: [RackLoss] = []
    /// What is taken down at a time of the scenario's choice.
    public var losses: [Loss] = []
    /// Regions that are cut off from the others for a time.
    public var cuts: [Cut] = []
    /// From a node's silence until the cell's view says so.
    public var detectionNanoseconds: Nanoseconds = 5_000_000_000
    public init() {}
  }

  /// Nodes that fail one by one, at random, at a constant rate (a Poisson process).
  public struct NodeLoss: Sendable, Equatable {
    /// Failures a day in a fleet of 100,000 nodes.
    public var perDayPer100kNodes: Double
    /// From the failure until the node is back, with its memory empty and its flash intact.
    public var returnAfterNanoseconds: Nanoseconds
    public init(perDayPer100kNodes: Double, returnAfterNanoseconds: Nanoseconds) {
      self.perDayPer100kNodes = perDayPer100kNodes
      self.returnAfterNanoseconds = returnAfterNanoseconds
    }
  }

  /// Nodes, racks or zones that fail at one time; which ones the seed chooses, side by side.
  public struct Loss: Sendable, Equatable {
    /// What fails as a whole.
    public enum Scope: String, CaseIterable, Sendable { case node, rack, zone }
    public var scope: Scope
    public var count: Int
    public var atNanoseconds: Nanoseconds
    /// From the failure until the nodes are back; `.max` for never.
    public var returnAfterNanoseconds: Nanoseconds
    public init(
      _ scope: Scope, count: Int = 1, atNanoseconds: Nanoseconds,
      returnAfterNanoseconds: Nanoseconds = .max
    ) {
      self.scope = scope
      self.count = count
      self.atNanoseconds = atNanoseconds
      self.returnAfterNanoseconds = returnAfterNanoseconds
    }
  }

  /// Whole racks, chosen at random, that fail at one time or, each for itself, within a span.
  public struct RackLoss: Sendable, Equatable {
    public var racks: Int
    /// When; a uniform draw between the two for each rack, so equal for "all at once".
    public var earliestNanoseconds: Nanoseconds
    public var latestNanoseconds: Nanoseconds
    /// From the failure until the rack's nodes are back; `.max` for never.
    public var returnAfterNanoseconds: Nanoseconds
    public init(
      racks: Int, earliestNanoseconds: Nanoseconds, latestNanoseconds: Nanoseconds,
      returnAfterNanoseconds: Nanoseconds
    ) {
      self.racks = racks
      self.earliestNanoseconds = earliestNanoseconds
      self.latestNanoseconds = latestNanoseconds
      self.returnAfterNanoseconds = returnAfterNanoseconds
    }
  }
}
