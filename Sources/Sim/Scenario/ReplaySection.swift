public import TarnCore

extension Scenario {
  /// Recorded block requests, put to the nodes again.
  public struct Replay: Sendable, Equatable {
    /// How the requests of a single trace are dealt to several nodes.
    public enum Deal: String, CaseIterable, Sendable {
      /// Request i goes to node i modulo the number of nodes.
      case roundRobin = "round-robin"
      /// All requests of a recorded tenant go to one node, which its number's hash chooses.
      case tenant
    }
    /// When the requests come.
    public enum Pace: Sendable, Equatable {
      /// At their recorded times, so many times as fast, whatever becomes of those before.
      case recorded(speed: Double)
      /// A node's clients each have one request under way and send the next when it is answered.
      case closed(clients: Int)
    }
    /// Files or folders, as the scenario names them: one for each node in the order of the nodes, or
    /// a single one that is dealt to all.
    public var traces: [String] = []
    public var deal = Deal.roundRobin
    public var pace = Pace.recorded(speed: 1)
    /// Requests that are replayed of each trace, from its start; nil for all.
    public var limit: Int?
    /// When the earliest request comes.
    public var atNanoseconds: Nanoseconds = 0
    /// The most bytes of a request, and the bytes of each where a trace tells no sizes.
    public var blockBytes: UInt32 = 4 << 20
    public init() {}
  }
}
