/// How prompts come and share prefixes: the parameters of `KVGenerator`.
///
/// Sessions arrive as a Poisson process. A session starts with a shared system prompt and text of
/// its own; after each turn it goes on with some probability, after a think time. A further turn
/// keeps all full blocks of the turn before it and grows, or keeps only a part of them (an edited or
/// regenerated turn, a changed document) and goes on differently. Every distribution is a table of
/// quantiles, so the model is as good as the tables' independence.
public struct KVModel: Equatable, Sendable {
  /// A prefix that many sessions share.
  public struct SystemPrompt: Equatable, Sendable {
    /// Its full blocks.
    public var blocks: Int
    /// Its share of the sessions; the shares sum to 1.
    public var share: Double
    /// A system prompt.
    public init(blocks: Int, share: Double) {
      self.blocks = blocks
      self.share = share
    }
  }

  /// Tokens in a block.
  public var tokensPerBlock: UInt32
  /// Prompts a second, all turns counted.
  public var requestsPerSecond: Double
  /// What sessions start with.
  public var systemPrompts: [SystemPrompt]
  /// Probability that a session goes on after its first, its second and any later turn.
  public var continuation: [Double]
  /// Seconds from a turn to the next of its session.
  public var thinkSeconds: QuantileTable
  /// Prompt tokens of sessions' first turns: those that stay alone, and those that are continued.
  public var soloInput: QuantileTable
  public var openingInput: QuantileTable
  /// Probability that a further turn keeps all full blocks of the turn before.
  public var extendShare: Double
  /// Prompt tokens that a turn which keeps all has more than the turn before; 0 is a repetition.
  public var growth: QuantileTable
  /// Share of the full blocks behind the system prompt that any other turn keeps.
  public var keptShare: QuantileTable
  /// Prompt tokens behind the kept blocks of such a turn.
  public var divergedTail: QuantileTable
  /// Tokens of an answer.
  public var output: QuantileTable

  /// Mean turns of a session, from `continuation`.
  public var meanTurns: Double {
    1 + continuation[0] * (1 + continuation[1] / (1 - continuation[2]))
  }

  /// Probability that a session goes on after turn `turn`, counted from 1.
  func continuation(afterTurn turn: Int) -> Double { continuation[min(turn, 3) - 1] }
}
