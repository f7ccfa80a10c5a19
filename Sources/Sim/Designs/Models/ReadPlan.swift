/// Which nodes read which blocks of a data set in the course of a workload: what a design in which
/// every node keeps its own copy has to bring to each of them.
struct ReadPlan {
  /// The workload's number in the world.
  var workload: UInt8
  var dataset: Dataset
  var sample: SampledBlocks
  var readers: [WarmData.Reader]
  /// Share of it that the caches hold when the run begins, 0 to 1.
  var warm: Double

  /// Bytes of the sampled blocks that a reader reads.
  func bytes(of reader: WarmData.Reader) -> UInt64 {
    UInt64(reader.count) * UInt64(dataset.blockBytes)
  }
}

extension ReadPlan {
  /// Readers 0 ..< `nodes.count`, each of which reads everything.
  static func everything(_ nodes: [UInt32], _ sample: SampledBlocks) -> [WarmData.Reader] {
    nodes.map { WarmData.Reader(node: $0, first: 0, count: sample.count) }
  }

  /// Reader k of n reads part k modulo `parts` of as many equal parts.
  static func parts(
    _ nodes: [UInt32], of parts: UInt32, _ sample: SampledBlocks
  ) -> [WarmData.Reader] {
    nodes.enumerated().map { index, node in
      let part = UInt64(index) % UInt64(parts)
      let blocks = UInt64(sample.count)
      let first = min(part * blocks / UInt64(parts), blocks - 1)
      let end = max((part + 1) * blocks / UInt64(parts), first + 1)
      return WarmData.Reader(node: node, first: UInt32(first), count: UInt32(end - first))
    }
  }
}
