/// Makes prompts from a `KVModel`, in order of time, endlessly. The same model and seed give the
/// same prompts on every machine.
///
/// The sessions run for a while before the first prompt is given out, so that the trace starts, as
/// a recording does, in the midst of them. Block ids count up as blocks are invented.
public struct KVGenerator: ~Copyable {
  private let model: KVModel
  private var arrivals: TraceRandom
  private var choices: TraceRandom
  // By turn: whether the session goes on. By table: how long its prompts are.
  private var goingOn: [StratifiedDraws]
  private var inputs: [StratifiedDraws]
  private var systemChains: [[UInt64]] = []
  private var nextID: UInt64 = 0
  private var pending = TurnQueue()
  private var nextArrival = 0.0
  private let meanArrivalGap: Double
  private let warmUpSeconds: Double

  /// A generator; `seed` chooses one of 2^64 traces.
  public init(model: KVModel, seed: UInt64) {
    self.model = model
    arrivals = TraceRandom(seed: seed, purpose: 1)
    choices = TraceRandom(seed: seed, purpose: 2)
    goingOn = (0..<3).map { StratifiedDraws(seed: seed, purpose: 16 + $0) }
    inputs = (0..<4).map { StratifiedDraws(seed: seed, purpose: 32 + $0) }
    meanArrivalGap = model.meanTurns / model.requestsPerSecond
    // Two of the longest pauses: few sessions that began earlier are still going on.
    warmUpSeconds = 2 * model.thinkSeconds.value(at: 1)
    for prompt in model.systemPrompts {
      systemChains.append((0..<prompt.blocks).map { nextID + UInt64($0) })
      nextID += UInt64(prompt.blocks)
    }
    nextArrival = arrivals.exponential() * meanArrivalGap
  }

  /// Fills `prompt` with the next one.
  public mutating func next(into prompt: inout KVPrompt) {
    while true {
      let seconds = step(into: &prompt)
      guard seconds >= warmUpSeconds else { continue }
      prompt.timeNanoseconds = UInt64((seconds - warmUpSeconds) * 1e9)
      return
    }
  }

  /// A trace of `count` prompts.
  public static func trace(model: KVModel, seed: UInt64, count: Int) -> KVTrace {
    var generator = KVGenerator(model: model, seed: seed)
    var trace = KVTrace(tokensPerBlock: model.tokensPerBlock)
    var prompt = KVPrompt()
    for _ in 0..<count {
      generator.next(into: &prompt)
      trace.append(prompt)
    }
    return trace
  }

  /// Makes the next prompt, warm-up or not, and returns its time in seconds.
  private mutating func step(into prompt: inout KVPrompt) -> Double {
    var turn: Turn
    if let due = pending.earliestTime, due <= nextArrival {
      turn = pending.removeEarliest()
      extend(&turn)
    } else {
      turn = firstTurn()
      nextArrival += arrivals.exponential() * meanArrivalGap
    }
    prompt.inputTokens = UInt32(turn.inputTokens)
    prompt.outputTokens = UInt32(max(1, model.output.sample(&choices)))
    prompt.chain.removeAll(keepingCapacity: true)
    prompt.chain.append(contentsOf: turn.chain)
    let time = turn.seconds
    if turn.goesOn {
      turn.seconds += model.thinkSeconds.sample(&choices)
      pending.insert(turn)
    }
    return time
  }

  private mutating func firstTurn() -> Turn {
    let goesOn = decideToGoOn(afterTurn: 1)
    let system = chooseSystem()
    let tokens =
      goesOn
      ? model.openingInput.value(at: inputs[0].fraction())
      : model.soloInput.value(at: inputs[1].fraction())
    // At least one token of the session's own.
    let least = systemChains[system].count * Int(model.tokensPerBlock) + 1
    var turn = Turn(
      seconds: nextArrival, chain: systemChains[system], systemBlocks: systemChains[system].count,
      number: 1, goesOn: goesOn)
    grow(&turn, to: max(least, Int(tokens)))
    return turn
  }

  private mutating func decideToGoOn(afterTurn turn: Int) -> Bool {
    goingOn[min(turn, 3) - 1].chance(model.continuation(afterTurn: turn))
  }

  private mutating func chooseSystem() -> Int {
    var draw = choices.fraction()
    for (index, prompt) in model.systemPrompts.enumerated() {
      draw -= prompt.share
      if draw < 0 { return index }
    }
    return model.systemPrompts.count - 1
  }

  /// Turns a session's last turn into its next one.
  private mutating func extend(_ turn: inout Turn) {
    turn.number += 1
    turn.goesOn = decideToGoOn(afterTurn: turn.number)
    let blockTokens = Int(model.tokensPerBlock)
    let full = turn.inputTokens / blockTokens
    if choices.chance(model.extendShare) {
      let more = Int(model.growth.value(at: inputs[2].fraction()))
      // Nothing new: the partial last block is the same too.
      guard more > 0 else { return }
      turn.chain.removeLast(turn.chain.count - full)
      grow(&turn, to: turn.inputTokens + more)
    } else {
      let own = max(0, full - turn.systemBlocks)
      let kept = turn.systemBlocks + Int(model.keptShare.sample(&choices) * Double(own) + 0.5)
      turn.chain.removeLast(turn.chain.count - min(kept, full))
      let tail = Int(model.divergedTail.value(at: inputs[3].fraction()))
      grow(&turn, to: turn.chain.count * blockTokens + max(1, tail))
    }
  }

  /// Lengthens the chain with new blocks to hold `tokens`.
  private mutating func grow(_ turn: inout Turn, to tokens: Int) {
    turn.inputTokens = tokens
    let blockTokens = Int(model.tokensPerBlock)
    while turn.chain.count * blockTokens < tokens {
      turn.chain.append(nextID)
      nextID += 1
    }
  }
}
