import TarnCore

/// Caches that are warm when the run begins: the cores are told what a restart's scan of their flash
/// would have found, so nothing is decided here.
extension World {
  mutating func warmUp(_ warm: [WarmData]) {
    var places = FlashPlaces(nodeCount: fleet.nodeCount)
    for data in warm {
      let threshold = UInt64((data.share * 0x1p63).rounded()) &* 2
      for cell in data.cells { warmUp(cell, data, threshold, &places) }
    }
  }

  private mutating func warmUp(
    _ cell: Int, _ data: WarmData, _ threshold: UInt64, _ places: inout FlashPlaces
  ) {
    let view = views.newestView(ofCell: cell)
    let first = UInt32(fleet.topology.cells[cell].nodes.lowerBound)
    let segmentBytes = fleet.settings(ofCell: cell).configuration.flashSegmentBytes
    for index in 0..<data.sample.count {
      let block = data.sample[index]
      let key = data.dataset.object.block(index: block, blockBytes: data.dataset.blockBytes)
      guard data.share >= 1 || mix64(key.low) < threshold else { continue }
      let node = first + UInt32(view.owner(of: key).ordinal)
      let length = data.dataset.length(of: block)
      let (segment, offset) = places.next(of: Int(node), length, segmentBytes: segmentBytes)
      step(
        node,
        .recovered(
          key, length: length, tenant: data.dataset.tenant, segment: segment, offset: offset))
    }
  }
}

/// Where the next block of each node's flash would have been written before the run.
private struct FlashPlaces {
  private var segments: [UInt32]
  private var offsets: [UInt32]

  init(nodeCount: Int) {
    segments = [UInt32](repeating: 0, count: nodeCount)
    offsets = [UInt32](repeating: 0, count: nodeCount)
  }

  mutating func next(
    of node: Int, _ length: UInt32, segmentBytes: UInt32
  ) -> (segment: UInt32, offset: UInt32) {
    let footprint = FlashLog.footprint(length)
    if UInt64(offsets[node]) + UInt64(footprint) > UInt64(segmentBytes) {
      segments[node] += 1
      offsets[node] = 0
    }
    let offset = offsets[node]
    offsets[node] += footprint
    return (segments[node], offset)
  }
}
