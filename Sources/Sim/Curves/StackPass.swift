/// Runs requests down an LRU stack and tallies at which depth each finds its key.
///
/// One pass answers for all capacities at once (Mattson, Gecsei, Slutz and Traiger, "Evaluation
/// techniques for storage hierarchies", IBM Systems Journal 9, 1970). A request costs a look-up in a
/// hash table, whose bucket is fetched 16 requests ahead, and a walk over a tree that is as small as
/// the keys are few, not as the requests are many.
struct StackPass<Line: Timeline & ~Copyable, Tally: DepthTally>: ~Copyable {
  private(set) var tally: Tally
  private(set) var figures = StackFigures()
  private var index = RecencyIndex()
  private var timeline = Line()
  private static var ahead: Int { 16 }
  private static var ringMask: Int { 31 }

  init(tally: Tally) { self.tally = tally }

  /// The next requests; nil sizes stand for 1 each.
  mutating func take(_ keys: UnsafeBufferPointer<UInt64>, sizes: UnsafePointer<UInt32>?) {
    withUnsafeTemporaryAllocation(of: Int.self, capacity: Self.ringMask + 1) { ring in
      if let base = ring.baseAddress { run(keys, sizes: sizes, hashes: base) }
    }
    figures.objects = UInt64(index.count)
  }

  @inline(__always)
  private mutating func run(
    _ keys: UnsafeBufferPointer<UInt64>, sizes: UnsafePointer<UInt32>?,
    hashes: UnsafeMutablePointer<Int>
  ) {
    for position in 0..<min(Self.ahead, keys.count) {
      hashes[position] = RecencyIndex.hash(keys[position])
    }
    for position in 0..<keys.count {
      let far = position &+ Self.ahead
      if far < keys.count {
        let hash = RecencyIndex.hash(keys[far])
        hashes[far & Self.ringMask] = hash
        index.prefetch(hash)
      }
      let size = Line.isSized ? (sizes.map { $0[position] } ?? 1) : 1
      request(keys[position], hash: hashes[position & Self.ringMask], size: size)
    }
  }

  @inline(__always)
  private mutating func request(_ key: UInt64, hash: Int, size: UInt32) {
    if timeline.isFull { compact() }
    let entry = index.entry(key, hash: hash)
    figures.requests &+= 1
    figures.bytesRequested &+= UInt64(size)
    if entry.pointee.position == RecencyIndex.vacant {
      figures.footprintBytes &+= UInt64(size)
    } else {
      let behind = timeline.remove(entry.pointee.position)
      let weight = Line.isSized ? entry.pointee.weight : 1
      tally.add(depth: behind &+ UInt64(weight), bytes: UInt64(size))
      if Line.isSized, weight != size { figures.resizedRequests &+= 1 }
    }
    if Line.isSized {
      entry.pointee.weight = size
      figures.largestObject = max(figures.largestObject, size)
    }
    entry.pointee.position = timeline.append(size)
  }

  private mutating func compact() {
    timeline.compact { index.relocate($0) }
  }
}

/// What a pass counts beside depths.
struct StackFigures: Sendable, Equatable {
  var requests: UInt64 = 0
  var bytesRequested: UInt64 = 0
  /// Different keys.
  var objects: UInt64 = 0
  /// The sum of their first sizes.
  var footprintBytes: UInt64 = 0
  /// Bytes; 1 where sizes are ignored.
  var largestObject: UInt32 = 1
  /// Requests with another size than the last one for the same key.
  var resizedRequests: UInt64 = 0
}
