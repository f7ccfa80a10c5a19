import TarnCore

/// In which order the blocks of a prompt are touched after they were looked up.
public enum PrefixTouch: String, Sendable, CaseIterable {
  /// Front to back: the last block of a prompt is the most recent.
  case front
  /// Back to front, so that a suffix leaves before the prefix that it needs.
  case deepest
}

/// Replays KV prompts as an inference server reads them: the longest cached prefix first, then all
/// blocks, touched or inserted.
///
/// A block is useful only if every block before it is cached, so a prompt's hits are its leading blocks
/// that are present, up to the first absent one.
enum PrefixReplay {
  /// Blocks found in cached prefixes, from prompt boundaries at or after `countFrom` on.
  static func run(
    _ trace: RequestTrace, cache: inout ShadowCache, touch: PrefixTouch, countFrom: Int,
    counters: inout ShadowCounters
  ) -> UInt64 {
    var hits: UInt64 = 0
    var past = ShadowCounters()
    var reversed: [UInt64] = []
    trace.keys.withUnsafeBufferPointer { keys in
      for (start, end) in zip(trace.promptStarts, trace.promptStarts.dropFirst()) {
        let prompt = UnsafeBufferPointer(rebasing: keys[start..<end])
        if start >= countFrom {
          hits += UInt64(prompt.prefix { cache.contains(ShadowKey($0)) }.count)
        }
        if touch == .deepest {
          reversed.removeAll(keepingCapacity: true)
          reversed.append(contentsOf: prompt.reversed())
          reversed.withUnsafeBufferPointer { cache.replay(keys: $0, lengths: nil) }
        } else {
          cache.replay(keys: prompt, lengths: nil)
        }
        if start < countFrom { past = cache.counters }
      }
    }
    counters = cache.counters.since(past)
    return hits
  }
}
