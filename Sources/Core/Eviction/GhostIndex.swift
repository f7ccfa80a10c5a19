internal import CPrefetch

/// Finds ring positions of a `GhostQueue` by fingerprint: open addressing with linear probing.
///
/// A bucket is a position and, in the bits that the position leaves, a tag; buckets are 2 bytes
/// wide for rings of up to 4,096 and 4 bytes beyond. A small ring's index has 5/4 as many buckets as
/// the ring has positions, because a simulation holds 100,000 of them; a large one's has twice as
/// many, because there most probes are for strangers and miss the processor's cache; it also keeps in
/// each bucket how far that lies from its home, as `KeyIndex` does, so that a removal need not ask the
/// ring. The number is no power of two, and the home is the fingerprint scaled to it.
struct GhostIndex: ~Copyable {
  private var memory: UnsafeMutableRawPointer?
  private var bucketCount = 0
  private var isWide = false
  /// The bits of a bucket that are the position.
  private var positionMask: UInt32 = 0
  /// The largest distance that a bucket tells, which stands for larger ones too; 0 where none is told.
  private var farthest: UInt32 = 0

  init() {}

  deinit { memory?.deallocate() }

  var residentBytes: Int { bucketCount * (isWide ? 4 : 2) }

  private static let narrowLimit = 4096
  private static let distanceShift: UInt32 = 28

  /// Brings the bucket of `fingerprint` closer.
  @inline(__always)
  func prefetch(_ fingerprint: UInt32) {
    if let memory { tarn_prefetch(memory + home(fingerprint) &* (isWide ? 4 : 2)) }
  }

  /// The ring position of `fingerprint`, or nil.
  func find(_ fingerprint: UInt32, in ring: UnsafeMutablePointer<UInt32>) -> Int? {
    var bucketIndex = home(fingerprint)
    var distance: UInt32 = 0
    while true {
      let bucket = self[bucketIndex]
      if bucket == empty { return nil }
      if bucket & ~positionMask == label(fingerprint, distance: distance) {
        let position = Int(bucket & positionMask)
        if ring[position] == fingerprint { return position }
      }
      bucketIndex = after(bucketIndex)
      distance &+= 1
    }
  }

  /// Files the ring's `position`, whose fingerprint is in the ring.
  mutating func insert(_ position: Int, in ring: UnsafeMutablePointer<UInt32>) {
    let fingerprint = ring[position]
    var bucketIndex = home(fingerprint)
    var distance: UInt32 = 0
    while self[bucketIndex] != empty {
      bucketIndex = after(bucketIndex)
      distance &+= 1
    }
    self[bucketIndex] =
      label(fingerprint, distance: distance) | UInt32(truncatingIfNeeded: position)
  }

  /// Forgets the ring's `position`, whose fingerprint is still in the ring.
  mutating func remove(_ position: Int, in ring: UnsafeMutablePointer<UInt32>) {
    let wanted = UInt32(truncatingIfNeeded: position)
    var hole = home(ring[position])
    while self[hole] & positionMask != wanted || self[hole] == empty {
      precondition(self[hole] != empty, "the index has lost a position of its ring")
      hole = after(hole)
    }
    var bucketIndex = hole
    while true {
      bucketIndex = after(bucketIndex)
      let bucket = self[bucketIndex]
      if bucket == empty { break }
      let own = distance(of: bucket, at: bucketIndex, in: ring)
      let step = distance(from: hole, to: bucketIndex)
      // The position may fill the hole unless its home lies behind the hole.
      if own < step { continue }
      self[hole] = moved(bucket, to: own - step, told: own < Int(farthest), in: ring)
      hole = bucketIndex
    }
    self[hole] = empty
  }

  /// How far a bucket lies from its home.
  @inline(__always)
  private func distance(
    of bucket: UInt32, at bucketIndex: Int, in ring: UnsafeMutablePointer<UInt32>
  ) -> Int {
    let told = (bucket &>> Self.distanceShift) & farthest
    if told < farthest { return Int(told) }
    return distance(from: home(ring[Int(bucket & positionMask)]), to: bucketIndex)
  }

  /// The bucket as it looks at `distance` from its home.
  @inline(__always)
  private func moved(
    _ bucket: UInt32, to distance: Int, told: Bool, in ring: UnsafeMutablePointer<UInt32>
  ) -> UInt32 {
    let nearer = UInt32(truncatingIfNeeded: distance)
    if told {
      return bucket & ~(farthest &<< Self.distanceShift) | nearer &<< Self.distanceShift
    }
    let position = bucket & positionMask
    return label(ring[Int(position)], distance: nearer) | position
  }

  /// Indexes positions `0 ..< count` of a ring of `capacity`; allocates only if that has changed.
  mutating func rebuild(over ring: UnsafeMutablePointer<UInt32>, count: Int, capacity: Int) {
    let buckets = capacity > Self.narrowLimit ? capacity * 2 : capacity + capacity / 4
    if buckets != bucketCount {
      memory?.deallocate()
      isWide = capacity > Self.narrowLimit
      bucketCount = buckets
      memory = .allocate(byteCount: residentBytes, alignment: 64)
      // One bit more than the largest position needs, so that no bucket looks empty.
      positionMask = .max &>> UInt32(truncatingIfNeeded: UInt32(capacity).leadingZeroBitCount)
      farthest = isWide && positionMask < 1 << Self.distanceShift ? 15 : 0
    }
    for bucketIndex in 0..<bucketCount { self[bucketIndex] = empty }
    for position in 0..<count { insert(position, in: ring) }
  }

  private var empty: UInt32 { isWide ? .max : UInt32(UInt16.max) }

  private subscript(bucketIndex: Int) -> UInt32 {
    get {
      guard let memory else { return empty }
      return isWide
        ? memory.load(fromByteOffset: bucketIndex &* 4, as: UInt32.self)
        : UInt32(memory.load(fromByteOffset: bucketIndex &* 2, as: UInt16.self))
    }
    nonmutating set {
      guard let memory else { preconditionFailure("a ghost index without memory") }
      if isWide {
        memory.storeBytes(of: newValue, toByteOffset: bucketIndex &* 4, as: UInt32.self)
      } else {
        memory.storeBytes(
          of: UInt16(truncatingIfNeeded: newValue), toByteOffset: bucketIndex &* 2, as: UInt16.self)
      }
    }
  }

  private func home(_ fingerprint: UInt32) -> Int {
    Int(truncatingIfNeeded: (UInt64(fingerprint) &* UInt64(bucketCount)) &>> 32)
  }

  /// What a bucket has above the position. The home comes from the fingerprint's high bits, the tag
  /// from a product that mixes the low.
  @inline(__always)
  private func label(_ fingerprint: UInt32, distance: UInt32) -> UInt32 {
    let mixed = fingerprint &* 0x9e37_79b1
    let tag = (isWide ? mixed : mixed &>> 16) & ~positionMask & empty
    return tag & ~(farthest &<< Self.distanceShift)
      | min(distance, farthest) &<< Self.distanceShift
  }

  private func after(_ bucketIndex: Int) -> Int {
    bucketIndex &+ 1 == bucketCount ? 0 : bucketIndex &+ 1
  }

  private func distance(from start: Int, to end: Int) -> Int {
    end >= start ? end - start : end - start + bucketCount
  }
}
