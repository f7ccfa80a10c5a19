/// A KV trace in memory: prompts as columns, their chains one behind the other.
public struct KVTrace: Equatable, Sendable {
  /// Tokens in a block of a chain.
  public let tokensPerBlock: UInt32
  /// Arrivals, nanoseconds from the trace's start; never decreasing.
  public private(set) var timeNanoseconds: [UInt64] = []
  /// Tokens of each prompt.
  public private(set) var inputTokens: [UInt32] = []
  /// Tokens of each answer.
  public private(set) var outputTokens: [UInt32] = []
  /// Where each prompt's chain begins in `chainIDs`, and behind the last where it ends.
  public private(set) var chainStarts: [Int] = [0]
  /// All chains, front to back.
  public private(set) var chainIDs: [UInt64] = []

  /// A trace without prompts.
  public init(tokensPerBlock: UInt32) { self.tokensPerBlock = tokensPerBlock }

  /// Prompts in the trace.
  public var count: Int { timeNanoseconds.count }
  /// From the first arrival to the last, nanoseconds.
  public var spanNanoseconds: UInt64 {
    (timeNanoseconds.last ?? 0) - (timeNanoseconds.first ?? 0)
  }
  /// Where the chain of prompt `index` lies in `chainIDs`.
  public func chainRange(_ index: Int) -> Range<Int> {
    chainStarts[index]..<chainStarts[index + 1]
  }
  /// The chain of prompt `index`.
  public func chain(_ index: Int) -> ArraySlice<UInt64> { chainIDs[chainRange(index)] }

  /// Appends a prompt, which must not be earlier than the last.
  public mutating func append(_ prompt: KVPrompt) {
    precondition(
      prompt.timeNanoseconds >= (timeNanoseconds.last ?? 0), "prompts come in order of time")
    timeNanoseconds.append(prompt.timeNanoseconds)
    inputTokens.append(prompt.inputTokens)
    outputTokens.append(prompt.outputTokens)
    chainIDs.append(contentsOf: prompt.chain)
    chainStarts.append(chainIDs.count)
  }

  /// Spreads time stamps that were rounded down to steps of `step` nanoseconds over their step.
  ///
  /// The prompts that share a stamp get uniformly distributed times from the stamp up to the next
  /// stamp in the trace, but at most `step` away. The draws are hashes of the prompts' indexes, and
  /// are dealt out in ascending order, so the prompts keep their order and every run gets the same
  /// times.
  public mutating func spread(step: UInt64 = MooncakeTrace.timeStepNanoseconds) {
    var draws: [UInt64] = []
    var start = 0
    while start < count {
      let stamp = timeNanoseconds[start]
      var end = start + 1
      while end < count, timeNanoseconds[end] == stamp { end += 1 }
      let width = end < count ? min(step, timeNanoseconds[end] - stamp) : step
      draws.removeAll(keepingCapacity: true)
      for index in start..<end {
        draws.append(TraceRandom.mix(UInt64(index)).multipliedFullWidth(by: width).high)
      }
      draws.sort()
      for index in start..<end { timeNanoseconds[index] = stamp + draws[index - start] }
      start = end
    }
  }
}
