/// Finds the sessions in a KV trace: which prompt continues which, and how.
struct SessionAnalysis {
  private(set) var systemPrompts: [KVModel.SystemPrompt] = []
  /// Prompt tokens of first turns without and with a next one.
  private(set) var soloInput: [Double] = []
  private(set) var openingInput: [Double] = []
  /// See the fields of `KVModel` with these names.
  private(set) var growth: [Double] = []
  private(set) var keptShare: [Double] = []
  private(set) var divergedTail: [Double] = []

  /// For each prompt: its number in its session from 1, and seconds to the session's next turn or,
  /// negative, to the recording's end.
  private var turnNumber: [Int] = []
  private var pause: [Double] = []
  private var systemBlocks: [Int] = []
  private var isSettled: [Bool] = []

  init(of trace: KVTrace, systemShare: Double) {
    let parents = link(trace, systemShare: systemShare)
    let end = trace.timeNanoseconds[trace.count - 1]
    pause = trace.timeNanoseconds.map { -Double(end - $0) / 1e9 }
    turnNumber = Array(repeating: 1, count: trace.count)
    var hasNext = [Bool](repeating: false, count: trace.count)
    for (index, parent) in parents.enumerated() {
      guard let parent else { continue }
      turnNumber[index] = turnNumber[parent.prompt] + 1
      noteTurn(index, after: parent, in: trace)
      // Of several continuations the first ends the pause.
      if !hasNext[parent.prompt] {
        hasNext[parent.prompt] = true
        let span = trace.timeNanoseconds[index] - trace.timeNanoseconds[parent.prompt]
        pause[parent.prompt] = Double(span) / 1e9
      }
    }
    // Early prompts without a predecessor may have one from before the recording.
    let settled = trace.timeNanoseconds[0] + trace.spanNanoseconds / 4
    isSettled = trace.timeNanoseconds.map { $0 >= settled }
    for index in 0..<trace.count where parents[index] == nil && isSettled[index] {
      let tokens = Double(trace.inputTokens[index])
      if hasNext[index] { openingInput.append(tokens) } else { soloInput.append(tokens) }
    }
    countSystemPrompts(in: trace, parents: parents)
  }

  /// The pauses after turns number `turn` (3: third and later), where that number is certain; nil
  /// for all turns.
  func pauses(afterTurn turn: Int?) -> PauseEstimate {
    var ended: [Double] = []
    var cut: [Double] = []
    for index in pause.indices {
      if let turn, !isSettled[index] || min(turnNumber[index], 3) != turn { continue }
      let length = pause[index]
      if length.sign == .minus { cut.append(-length) } else { ended.append(length) }
    }
    return PauseEstimate(ended: ended, cut: cut)
  }

  private struct Parent {
    var prompt: Int
    /// Leading blocks in common.
    var depth: Int
  }

  /// The prompt that each prompt continues; fills `systemBlocks` on the way.
  private mutating func link(_ trace: KVTrace, systemShare: Double) -> [Parent?] {
    var references: [UInt64: Int] = [:]
    for id in trace.chainIDs { references[id, default: 0] += 1 }
    let many = max(2, Int(Double(trace.count) * systemShare))
    var lastOwner: [UInt64: Int] = [:]
    var parents: [Parent?] = []
    for index in 0..<trace.count {
      let chain = trace.chain(index)
      let system = chain.prefix { references[$0, default: 0] > many }.count
      let known = chain.prefix { lastOwner[$0] != nil }
      systemBlocks.append(system)
      if known.count > system, let deepest = known.last, let owner = lastOwner[deepest] {
        parents.append(Parent(prompt: owner, depth: known.count))
      } else {
        parents.append(nil)
      }
      for id in chain { lastOwner[id] = index }
    }
    return parents
  }

  private mutating func noteTurn(_ index: Int, after parent: Parent, in trace: KVTrace) {
    let blockTokens = Int(trace.tokensPerBlock)
    let before = Int(trace.inputTokens[parent.prompt])
    let now = Int(trace.inputTokens[index])
    let full = min(before / blockTokens, trace.chainRange(parent.prompt).count)
    if parent.depth >= full, now >= before {
      growth.append(Double(now - before))
    } else {
      let own = full - systemBlocks[parent.prompt]
      let kept = min(parent.depth, full) - systemBlocks[parent.prompt]
      keptShare.append(own > 0 ? Double(max(0, kept)) / Double(own) : 0)
      divergedTail.append(Double(max(1, now - parent.depth * blockTokens)))
    }
  }

  /// System prompts by their last block, in order of first appearance.
  private mutating func countSystemPrompts(in trace: KVTrace, parents: [Parent?]) {
    var positions: [UInt64: Int] = [:]
    var counts: [(blocks: Int, sessions: Int)] = []
    var sessions = 0
    for index in 0..<trace.count where parents[index] == nil {
      sessions += 1
      let blocks = systemBlocks[index]
      // No block is a system prompt too; 2^64 - 1 stands for it.
      let last = blocks > 0 ? trace.chain(index)[trace.chainStarts[index] + blocks - 1] : .max
      if let position = positions[last] {
        counts[position].sessions += 1
      } else {
        positions[last] = counts.count
        counts.append((blocks, 1))
      }
    }
    systemPrompts = counts.map {
      KVModel.SystemPrompt(blocks: $0.blocks, share: Double($0.sessions) / Double(sessions))
    }
  }
}
