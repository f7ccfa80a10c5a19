/// A miniature of a trace: the requests of a share of its keys, chosen so that they are like the whole.
///
/// Miniature simulation runs a cache of a share of the capacity over that share of the keys (Waldspurger,
/// Saemundsson, Ahmad, Park, "Cache modeling and optimization using miniature simulations", USENIX ATC
/// 2017), and SHARDS picks keys by hash (Waldspurger, Park, Garthwaite, Ahmad, "Efficient MRC
/// construction with SHARDS", FAST 2015). Picked independently, the hot keys that happen to be in decide
/// the result. Here keys are ranked by how often they are asked for, and one is picked at random out of
/// every stretch of 1 / rate: each has the same chance as before, but every sample has its share of hot,
/// warm and cold keys, of early and late ones, and of large and small.
///
/// The hottest stretch spans the steepest part of the ranking, where one key for all is still a gamble:
/// if some of its keys have twice the requests of others, the key stands for the whole stretch, and gets
/// each of its keys' requests with probability `rate`. So the miniature has its share of the requests as well, by which some policies tell the time.
struct KeySample {
  /// Requests, in order.
  let trace: RequestTrace
  /// Share of the keys that are in it: `rate`, or next to it.
  let keyShare: Double
  /// Share of the footprint's bytes; `keyShare` where sizes are ignored.
  let byteShare: Double

  private enum Role { static let chosen: UInt8 = 1, hot: UInt8 = 2 }

  /// Draws a sample of `rate`, below 1, of `input`, which `census` has counted.
  init(
    of input: ReplayInput, _ census: KeyCensus, rate: Double, isSized: Bool,
    stream: inout RandomStream
  ) throws {
    let (roles, standIn) = Self.choose(census, rate: rate, stream: &stream)
    var drawing = Drawing(
      census: census, roles: roles, standIn: standIn, limit: UInt64(rate * 0x1p64),
      salt: stream.next())
    if isSized {
      try input.forEachChunk(isSized: true) { chunk, sizes in drawing.take(chunk.count, sizes) }
    } else {
      drawing.take(census.numbers.count, nil)
    }
    trace = RequestTrace(name: input.name, keys: drawing.keys, sizes: drawing.sizes)
    (keyShare, byteShare) = Self.shares(census, roles)
  }

  /// Each key's role by number, and the number of the key that stands for the hottest stretch.
  private static func choose(
    _ census: KeyCensus, rate: Double, stream: inout RandomStream
  ) -> (roles: [UInt8], standIn: Int) {
    let count = census.ranked.count
    var roles = [UInt8](repeating: 0, count: count)
    var start = 0
    var stretch = 0
    var standIn = 0
    while start < count {
      // The last stretch may be short; the key beyond its end is nobody.
      let end = Int(Double(stretch + 1) / rate)
      let pick = start + stream.index(below: max(1, end - start))
      if pick < count { roles[Int(census.ranked[pick])] |= Role.chosen }
      if stretch == 0 {
        standIn = Int(census.ranked[min(pick, count - 1)])
        let hottest = census.ranked[..<min(end, count)]
        if Self.isSteep(hottest, census) {
          for number in hottest { roles[Int(number)] |= Role.hot }
        }
      }
      start = end
      stretch += 1
    }
    return (roles, standIn)
  }

  private static func isSteep(_ numbers: ArraySlice<UInt32>, _ census: KeyCensus) -> Bool {
    guard let first = numbers.first, let last = numbers.last else { return false }
    return census.counts[Int(first)] / 2 >= census.counts[Int(last)]
  }

  private static func shares(_ census: KeyCensus, _ roles: [UInt8]) -> (keys: Double, bytes: Double)
  {
    var keys = 0
    var bytes: UInt64 = 0
    for (number, role) in roles.enumerated() where role & Role.chosen != 0 {
      keys += 1
      if !census.sizes.isEmpty { bytes += UInt64(census.sizes[number]) }
    }
    let share = Double(keys) / Double(max(1, roles.count))
    return (share, census.sizes.isEmpty ? share : Double(bytes) / Double(census.footprintBytes))
  }

  /// Copies the sample's requests out of the whole.
  private struct Drawing {
    let census: KeyCensus
    let roles: [UInt8]
    let standIn: Int
    /// A hash below it takes a request of a hot key.
    let limit: UInt64
    let salt: UInt64
    var keys: [UInt64] = []
    var sizes: [UInt32] = []
    private var position = 0

    init(census: KeyCensus, roles: [UInt8], standIn: Int, limit: UInt64, salt: UInt64) {
      self.census = census
      self.roles = roles
      self.standIn = standIn
      self.limit = limit
      self.salt = salt
    }

    /// The next `count` requests, with these sizes.
    mutating func take(_ count: Int, _ lengths: UnsafePointer<UInt32>?) {
      census.numbers.withUnsafeBufferPointer { numbers in
        roles.withUnsafeBufferPointer { roles in
          for index in 0..<count {
            let number = Int(numbers[position &+ index])
            let role = roles[number]
            if role == 0 { continue }
            take(number, role, at: position &+ index, size: lengths.map { $0[index] })
          }
        }
      }
      position += count
    }

    private mutating func take(_ number: Int, _ role: UInt8, at position: Int, size: UInt32?) {
      guard role & Role.hot != 0 else {
        keys.append(census.keys[number])
        if let size { sizes.append(size) }
        return
      }
      guard TraceRandom.mix(salt ^ UInt64(position)) < limit else { return }
      keys.append(census.keys[standIn])
      if size != nil { sizes.append(census.sizes[standIn]) }
    }
  }
}
