import Foundation
import Synchronization
import TarnCore
public import TarnTraceFormat

/// A trace that a tuning looks at, with the spatial samples that were taken of it so far.
public final class TuneTrace: Sendable {
  /// The file, as it was named.
  public let path: String
  /// All requests.
  public let trace: RequestTrace
  /// `RequestTrace.contentHash()` in hexadecimal.
  public let content: String
  private let samples = Mutex<[SampleName: SampledTrace]>([:])

  private struct SampleName: Hashable {
    var denominator: Int
    var seed: UInt64
  }

  /// A trace in memory.
  public init(_ trace: RequestTrace, path: String) {
    self.trace = trace
    self.path = path
    content = TuneJob.hexadecimal(trace.contentHash())
  }

  /// Reads the trace at `path`.
  public convenience init(
    path: String, options: TraceReadOptions, progress: (UInt64) -> Void = { _ in }
  ) throws(TraceError) {
    self.init(try RequestTrace.load(path: path, options: options, progress: progress), path: path)
  }

  /// The sample of every `denominator`-th key; taken at the first call.
  func sample(_ denominator: Int, seed: UInt64) -> SampledTrace {
    samples.withLock { known in
      let name = SampleName(denominator: denominator, seed: denominator == 1 ? 0 : seed)
      if let sample = known[name] { return sample }
      let sample = SampledTrace(trace, denominator: denominator, seed: seed)
      known[name] = sample
      return sample
    }
  }

  /// The request at or after `position` that begins a prompt; `position` itself without prompts.
  func boundary(_ position: Int) -> Int {
    let starts = trace.promptStarts
    if starts.isEmpty { return min(position, trace.count) }
    return starts[min(lowerBound(starts, position), starts.count - 1)]
  }
}

/// The requests of a share of the keys, and where they were in the whole.
///
/// Spatial sampling: a key is in if its hash is below a bound, with all of its requests (Waldspurger,
/// Park, Garthwaite and Ahmad, "Efficient MRC construction with SHARDS", FAST 2015; miniature
/// simulation of any policy: Waldspurger et al., USENIX ATC 2017). A prompt keeps its sampled blocks.
struct SampledTrace: Sendable {
  let trace: RequestTrace
  let denominator: Int
  /// For each sampled request (or prompt of a KV trace) its position among all; empty if all are in.
  private let origins: [Int]

  init(_ whole: RequestTrace, denominator: Int, seed: UInt64) {
    self.denominator = denominator
    guard denominator > 1 else {
      (trace, origins) = (whole, [])
      return
    }
    let bound = UInt64.max / UInt64(denominator)
    let salt = TraceRandom.mix(seed &+ 0x7475_6e65)
    var keys: [UInt64] = []
    var sizes: [UInt32] = []
    var starts: [Int] = []
    var origins: [Int] = []
    func take(_ range: Range<Int>, noting: Bool) {
      for index in range where TraceRandom.mix(whole.keys[index] ^ salt) <= bound {
        keys.append(whole.keys[index])
        if !whole.sizes.isEmpty { sizes.append(whole.sizes[index]) }
        if noting { origins.append(index) }
      }
    }
    if whole.promptStarts.isEmpty {
      take(0..<whole.count, noting: true)
    } else {
      for (start, end) in zip(whole.promptStarts, whole.promptStarts.dropFirst()) {
        let before = keys.count
        take(start..<end, noting: false)
        if keys.count > before {
          starts.append(before)
          origins.append(start)
        }
      }
      starts.append(keys.count)
    }
    self.origins = origins
    trace = RequestTrace(
      name: whole.name, keys: keys, sizes: sizes, promptStarts: starts,
      tokensPerBlock: whole.tokensPerBlock)
  }

  /// The first sampled request at or after `position` of the whole.
  func index(_ position: Int) -> Int {
    if denominator == 1 { return min(position, trace.count) }
    let found = lowerBound(origins, position)
    return trace.promptStarts.isEmpty ? found : trace.promptStarts[found]
  }
}

/// The first index whose value is not below `value`.
func lowerBound(_ sorted: [Int], _ value: Int) -> Int {
  var (low, high) = (0, sorted.count)
  while low < high {
    let middle = (low + high) / 2
    if sorted[middle] < value { low = middle + 1 } else { high = middle }
  }
  return low
}
