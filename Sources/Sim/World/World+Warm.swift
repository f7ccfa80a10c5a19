import TarnCore

/// Caches that are warm when the run begins: the cores are told what a restart's scan of their flash
/// would have found, so nothing is decided here.
extension World {
  mutating func warmUp(_ warm: [WarmData]) {
    var places = FlashPlaces(nodeCount: fleet.nodeCount)
    for data in warm {
      let threshold = UInt64((data.share * 0x1p63).rounded()) &* 2
      for cell in data.cells { warmUp(cell, data, threshold, &places) }
      for reader in data.readers { warmUp(reader, data, threshold, &places) }
    }
  }

  /// A node's own flash, for designs in which nobody shares.
  private mutating func warmUp(
    _ reader: WarmData.Reader, _ data: WarmData, _ threshold: UInt64, _ places: inout FlashPlaces
  ) {
    let cell = fleet.cell(of: reader.node)
    let segmentBytes = fleet.settings(ofCell: cell).configuration.flashSegmentBytes
    var batch: [WarmBlock] = []
    for index in reader.first..<reader.first + reader.count {
      let block = data.sample[index]
      let key = data.dataset.object.block(index: block, blockBytes: data.dataset.blockBytes)
      guard data.share >= 1 || mix64(key.low ^ UInt64(reader.node) << 32) < threshold else {
        continue
      }
      batch.append(WarmBlock(key: key, node: reader.node, length: data.dataset.length(of: block)))
      if batch.count == World.warmBatch {
        tell(&batch, data.dataset.tenant, segmentBytes, &places)
      }
    }
    tell(&batch, data.dataset.tenant, segmentBytes, &places)
  }

  private mutating func warmUp(
    _ cell: Int, _ data: WarmData, _ threshold: UInt64, _ places: inout FlashPlaces
  ) {
    let view = views.newestView(ofCell: cell)
    let first = UInt32(fleet.topology.cells[cell].nodes.lowerBound)
    let segmentBytes = fleet.settings(ofCell: cell).configuration.flashSegmentBytes
    var batch: [WarmBlock] = []
    batch.reserveCapacity(World.warmBatch)
    for index in 0..<data.sample.count {
      let block = data.sample[index]
      let key = data.dataset.object.block(index: block, blockBytes: data.dataset.blockBytes)
      guard data.share >= 1 || mix64(key.low) < threshold else { continue }
      let node = first + UInt32(view.owner(of: key).ordinal)
      CacheNode.prefetchRecord(at: nodes + Int(node))
      batch.append(WarmBlock(key: key, node: node, length: data.dataset.length(of: block)))
      if batch.count == World.warmBatch {
        tell(&batch, data.dataset.tenant, segmentBytes, &places)
      }
    }
    tell(&batch, data.dataset.tenant, segmentBytes, &places)
  }

  /// Blocks that are told together, so that memory latency is paid once for all of them.
  private static let warmBatch = 48

  private struct WarmBlock {
    var key: BlockKey
    var node: UInt32
    var length: UInt32
  }

  private mutating func tell(
    _ batch: inout [WarmBlock], _ tenant: TenantID, _ segmentBytes: UInt32,
    _ places: inout FlashPlaces
  ) {
    for block in batch { nodes[Int(block.node)].prefetch(block.key) }
    for block in batch { nodes[Int(block.node)].prefetchEntries(block.key) }
    for block in batch {
      let (segment, offset) = places.next(
        of: Int(block.node), block.length, segmentBytes: segmentBytes)
      step(
        block.node,
        .recovered(
          block.key, length: block.length, tenant: tenant, segment: segment, offset: offset))
    }
    batch.removeAll(keepingCapacity: true)
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
