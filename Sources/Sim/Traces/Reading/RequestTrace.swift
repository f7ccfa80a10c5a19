import Synchronization
import TarnTraceFormat

/// Requests in memory, as columns: what a replay runs over. 8 bytes a request, and 4 more with
/// sizes.
public struct RequestTrace: Sendable {
  /// The file's last path component.
  public var name: String
  /// One a request. A 128-bit key is folded: its low half xor `mix` of its high half. The chains of
  /// KV prompts lie one after the other, front to back, in order of arrival.
  public var keys: [UInt64] { didSet { cache = MeasureCache() } }
  /// Bytes, one a request, 0 read as 1; empty where the trace has none, and then each counts 1.
  public var sizes: [UInt32] { didSet { cache = MeasureCache() } }
  /// Nanoseconds, one a request; empty unless asked for, or where the trace has none. All blocks
  /// of a KV prompt have the prompt's.
  public var times: [UInt64]
  /// KV traces: where each prompt begins in `keys`, and behind the last the end; empty otherwise.
  public var promptStarts: [Int]
  /// KV traces: tokens in a block; 0 otherwise.
  public var tokensPerBlock: UInt32
  private var cache = MeasureCache()

  /// A trace made of columns.
  public init(
    name: String, keys: [UInt64], sizes: [UInt32] = [], times: [UInt64] = [],
    promptStarts: [Int] = [], tokensPerBlock: UInt32 = 0
  ) {
    precondition(sizes.isEmpty || sizes.count == keys.count, "a size for each request, or none")
    precondition(times.isEmpty || times.count == keys.count, "a time for each request, or none")
    self.name = name
    self.keys = keys
    self.sizes = sizes
    self.times = times
    self.promptStarts = promptStarts
    self.tokensPerBlock = tokensPerBlock
  }

  /// Requests in the trace.
  public var count: Int { keys.count }

  /// Different keys. Counted at the first call, one pass; remembered until a column changes.
  public var distinctObjects: Int { Int(footprint().objects) }

  /// Different keys, and the sum over them of the size seen first (1 without sizes). Counted at the
  /// first call, one pass; remembered until a column changes.
  public func footprint() -> (objects: UInt64, bytes: UInt64) {
    cache.footprint.withLock { known in
      if let known { return known }
      let measured = Self.measure(keys, sizes)
      known = measured
      return measured
    }
  }

  /// A digest of the content, to cache results by: XXH64 over the columns, one after the other,
  /// each seeded with the digest before it. The name is not part of it.
  public func contentHash() -> UInt64 {
    func digest<Value>(_ column: [Value], _ seed: UInt64) -> UInt64 {
      column.withUnsafeBytes { XXHash64.hash($0, seed: seed) }
    }
    var hash = digest(keys, UInt64(tokensPerBlock))
    hash = digest(sizes, hash)
    hash = digest(times, hash)
    return digest(promptStarts, hash)
  }

  /// SplitMix64's finaliser, with which the high half of a 128-bit key is folded in.
  static func mix(_ value: UInt64) -> UInt64 { TraceRandom.mix(value) }

  private static func measure(
    _ keys: [UInt64], _ sizes: [UInt32]
  ) -> (objects: UInt64, bytes: UInt64) {
    var table = KeySet()
    guard !sizes.isEmpty else {
      keys.withUnsafeBufferPointer { table.insert($0) { _ in } }
      return (UInt64(table.count), UInt64(table.count))
    }
    var bytes: UInt64 = 0
    sizes.withUnsafeBufferPointer { sizes in
      keys.withUnsafeBufferPointer { table.insert($0) { bytes &+= UInt64(sizes[$0]) } }
    }
    return (UInt64(table.count), bytes)
  }
}

/// What was counted of a trace, shared by its copies.
private final class MeasureCache: Sendable {
  let footprint = Mutex<(objects: UInt64, bytes: UInt64)?>(nil)
}
