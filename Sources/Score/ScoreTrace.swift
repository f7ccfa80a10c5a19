/// Recorded reads as blocks that are asked for again and again.
public struct ScoreTrace: Sendable {
  struct Key: Hashable {
    var high: UInt64
    var low: UInt64
  }

  /// What messages call it.
  public let name: String
  /// For each request the number of its block; blocks are numbered as they first appear.
  private(set) var requests: [UInt32] = []
  /// Nanoseconds, one a request, never decreasing; empty where the trace tells none.
  private(set) var times: [UInt64] = []
  /// For each block its bytes, which are those of the first request for it.
  private(set) var lengths: [UInt32] = []
  private(set) var keys: [Key] = []
  private var numbers: [Key: UInt32] = [:]

  /// A trace without requests yet.
  public init(name: String) { self.name = name }

  /// Adds a request for the block with this key. Keys of 64 bits leave `high` nil.
  ///
  /// - Parameters:
  ///   - length: Bytes; those of the block's first request count.
  ///   - time: Nanoseconds, for all requests or for none.
  public mutating func append(low: UInt64, high: UInt64, length: UInt32, time: UInt64?) {
    let key = Key(high: high, low: low)
    if let known = numbers[key] {
      requests.append(known)
    } else {
      let number = UInt32(keys.count)
      numbers[key] = number
      keys.append(key)
      lengths.append(max(1, length))
      requests.append(number)
    }
    if let time { times.append(time) }
  }

  /// Requests in all.
  public var count: Int { requests.count }
  /// Different blocks.
  public var blocks: Int { keys.count }
  /// Bytes of all blocks.
  public var bytes: UInt64 { lengths.reduce(0) { $0 + UInt64($1) } }
  /// Bytes of the largest block.
  public var largest: UInt32 { lengths.max() ?? 0 }

  func number(of key: Key) -> Int? { numbers[key].map(Int.init) }
}
