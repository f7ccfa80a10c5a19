/// A recorded or generated trace of prompts, each with the chain of its KV blocks' ids.
///
/// Prompt i arrives at `times[i]`; its chain is `ids[chainStart[i] ..< chainStart[i + 1]]`, front to
/// back. Equal ids mean that a block and everything before it are equal, as in the traces of
/// Mooncake (Qin et al., FAST '25).
public struct KVTraceData: Sendable {
  /// Arrival times, nanoseconds from any origin, ascending.
  public let times: [UInt64]
  /// Tokens of each prompt.
  public let inputTokens: [UInt32]
  /// Tokens generated for each prompt.
  public let outputTokens: [UInt32]
  /// Where each chain starts in `ids`, and where the last one ends: one more than there are prompts.
  public let chainStart: [Int]
  /// Chain hashes of all prompts' blocks.
  public let ids: [UInt64]

  /// A trace of these arrays, if they fit each other.
  public init(
    times: [UInt64], inputTokens: [UInt32], outputTokens: [UInt32], chainStart: [Int],
    ids: [UInt64]
  ) throws(WorkloadError) {
    let count = times.count
    guard count > 0 else {
      throw WorkloadError("the KV trace has no prompt; give one with at least one line")
    }
    guard inputTokens.count == count, outputTokens.count == count else {
      throw WorkloadError(
        "the KV trace has \(count) times, but \(inputTokens.count) input and "
          + "\(outputTokens.count) output lengths; each prompt needs one of each")
    }
    guard chainStart.count == count + 1, chainStart[0] == 0, chainStart[count] == ids.count else {
      throw WorkloadError(
        "the KV trace's chains do not cover its \(ids.count) block ids; chainStart runs from 0 "
          + "to the number of ids and has one entry more than there are prompts")
    }
    for index in 0..<count {
      guard chainStart[index] <= chainStart[index + 1] else {
        throw WorkloadError(
          "prompt \(index) of the KV trace has a chain that ends before it starts")
      }
      guard index == 0 || times[index - 1] <= times[index] else {
        throw WorkloadError(
          "prompt \(index) of the KV trace arrives before the one before it; sort it by time")
      }
    }
    self.times = times
    self.inputTokens = inputTokens
    self.outputTokens = outputTokens
    self.chainStart = chainStart
    self.ids = ids
  }

  /// Prompts in the trace.
  public var count: Int { times.count }

  /// Nanoseconds after which a replay begins again: the trace's length and one mean gap.
  public var period: UInt64 {
    let span = times[count - 1] - times[0]
    return count > 1 ? max(1, span + span / UInt64(count - 1)) : 1_000_000_000
  }

  /// Blocks of prompt `index` that its tokens fill: a partly filled block is never cached.
  func fullBlocks(of index: Int, blockTokens: UInt32) -> UInt32 {
    let ids = chainStart[index + 1] - chainStart[index]
    return min(UInt32(ids), inputTokens[index] / blockTokens)
  }

  /// The first prompt that arrives `offset` or more after the first; `count` if there is none.
  func firstPrompt(from offset: UInt64) -> Int {
    var low = 0
    var high = count
    while low < high {
      let middle = (low + high) / 2
      if times[middle] - times[0] < offset { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
