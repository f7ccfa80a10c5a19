import TarnCore

/// A node's flash as the device sees it: places in segments, and whose bytes lie in each.
///
/// It survives the node's restarts. Bytes are tokens: the key whose bytes they are, nil for garbage.
struct FlashDevice {
  struct Place {
    var extent: FlashExtent
    var bytes: BlockKey?
    var tenant: TenantID
    /// Whether the write has ended.
    var isWhole: Bool
    /// Written before the last restart: may be written over if the core did not take it over.
    var isOld = false
  }

  private(set) var segments: [[Place]]
  private let segmentBytes: UInt32

  init(flashBytes: UInt64, segmentBytes: UInt32) {
    segments = Array(repeating: [], count: Int(flashBytes / UInt64(segmentBytes)))
    self.segmentBytes = segmentBytes
  }

  /// A write starts; says what is wrong with it.
  mutating func begin(_ extent: FlashExtent, tenant: TenantID) -> String? {
    guard Int(extent.segment) < segments.count,
      UInt64(extent.offset) + UInt64(extent.length) <= UInt64(segmentBytes)
    else { return "flash is written outside of its capacity" }
    let end = extent.offset + extent.length
    segments[Int(extent.segment)].removeAll {
      $0.isOld && $0.extent.offset < end && extent.offset < $0.extent.offset + $0.extent.length
    }
    for place in segments[Int(extent.segment)]
    where place.extent.offset < end && extent.offset < place.extent.offset + place.extent.length {
      return "flash is written over a place that was not discarded"
    }
    segments[Int(extent.segment)].append(
      Place(extent: extent, bytes: nil, tenant: tenant, isWhole: false))
    return nil
  }

  /// The write's bytes are there; says what is wrong with that.
  mutating func finish(_ extent: FlashExtent, bytes: BlockKey?) -> String? {
    guard let index = index(of: extent) else { return "a segment was discarded under a write" }
    segments[Int(extent.segment)][index].bytes = bytes
    segments[Int(extent.segment)][index].isWhole = true
    return nil
  }

  /// What a read of the place finds; nil if nothing was ever completely written there.
  func place(at extent: FlashExtent) -> Place? {
    guard let index = index(of: extent) else { return nil }
    let place = segments[Int(extent.segment)][index]
    return place.isWhole ? place : nil
  }

  /// The node restarts: what it wrote is old now.
  mutating func age() {
    for segment in segments.indices {
      for index in segments[segment].indices { segments[segment][index].isOld = true }
    }
  }

  mutating func discard(_ segment: UInt32) { segments[Int(segment)] = [] }

  private func index(of extent: FlashExtent) -> Int? {
    guard Int(extent.segment) < segments.count else { return nil }
    return segments[Int(extent.segment)].firstIndex { $0.extent == extent }
  }
}
