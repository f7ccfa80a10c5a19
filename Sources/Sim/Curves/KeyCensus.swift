/// Every key of a trace with how often it is asked for, and every request by its key's number: what
/// samples are drawn from.
///
/// Memory: 4 bytes a request; 16 a key, 20 with sizes, and 24 to 40 more while it is made.
struct KeyCensus: Sendable {
  /// Numbers by request, given in order of first appearance.
  private(set) var numbers: [UInt32] = []
  /// Keys by number.
  private(set) var keys: [UInt64] = []
  /// Numbers, the most requested first. Alike keys lie together, so that a sample of one from every
  /// stretch is like the whole: see `order`.
  private(set) var ranked: [UInt32] = []
  /// Each key's requests, by number.
  private(set) var counts: [UInt32] = []
  /// Each key's first size, by number; empty where sizes are ignored.
  private(set) var sizes: [UInt32] = []
  private(set) var bytesRequested: UInt64 = 0
  private(set) var footprintBytes: UInt64 = 0
  private static let ahead = 16

  /// Counts the keys of `input`.
  init(of input: ReplayInput, isSized: Bool) throws {
    var index = RecencyIndex()
    numbers.reserveCapacity(Int(clamping: input.count))
    try input.forEachChunk(isSized: isSized) { chunk, lengths in
      count(chunk, lengths, in: &index)
      guard keys.count < Int(RecencyIndex.vacant) - 1 << 20 else {
        throw ReplayError("sampled curves take traces of fewer than 2^32 keys")
      }
    }
    if !isSized { (bytesRequested, footprintBytes) = (UInt64(numbers.count), UInt64(keys.count)) }
    var order: [UInt64] = []
    order.reserveCapacity(keys.count)
    counts = [UInt32](repeating: 0, count: keys.count)
    index.forEach {
      counts[Int($0.position)] = $0.weight
      order.append(Self.order($0, size: isSized ? sizes[Int($0.position)] : nil))
    }
    order.sort()
    ranked = order.map { UInt32(truncatingIfNeeded: $0) }
  }

  /// Requests.
  var requests: UInt64 { UInt64(numbers.count) }

  private mutating func count(
    _ chunk: UnsafeBufferPointer<UInt64>, _ lengths: UnsafePointer<UInt32>?,
    in index: inout RecencyIndex
  ) {
    for position in 0..<chunk.count {
      if position &+ Self.ahead < chunk.count {
        index.prefetch(RecencyIndex.hash(chunk[position &+ Self.ahead]))
      }
      let key = chunk[position]
      let entry = index.entry(key, hash: RecencyIndex.hash(key))
      if entry.pointee.position == RecencyIndex.vacant {
        entry.pointee.position = UInt32(truncatingIfNeeded: keys.count)
        entry.pointee.weight = 0
        keys.append(key)
        if let lengths {
          sizes.append(lengths[position])
          footprintBytes += UInt64(lengths[position])
        }
      }
      if entry.pointee.weight < .max { entry.pointee.weight += 1 }
      numbers.append(entry.pointee.position)
      if let lengths { bytesRequested += UInt64(lengths[position]) }
    }
  }

  /// What keys are ranked by, the number in the low half: requests, and among equals the first
  /// appearance. With sizes, requests within an eighth are equal, and then sizes within an eighth.
  private static func order(_ entry: RecencyIndex.Entry, size: UInt32?) -> UInt64 {
    guard let size else { return UInt64(~entry.weight) << 32 | UInt64(entry.position) }
    return UInt64(~(grade(entry.weight) << 16 | grade(size))) << 32 | UInt64(entry.position)
  }

  /// The value's logarithm, rounded down to an eighth of an octave or so: grows with it.
  private static func grade(_ value: UInt32) -> UInt32 {
    guard value >= 8 else { return value }
    let octave = UInt32(31 - value.leadingZeroBitCount)
    return octave << 3 | (value >> (octave - 3)) & 7
  }
}
