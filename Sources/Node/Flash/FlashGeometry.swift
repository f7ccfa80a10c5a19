internal import TarnCore

/// Where what lies in the two files of a shard's folder.
///
/// `blocks` holds the segments one behind the other. `index` holds an area for each segment: a
/// header page that names the segment's life, then pages of 64-byte entries, as many as the segment
/// could hold blocks of one page. That is 1/64 of the blocks' space on top.
struct FlashGeometry: BitwiseCopyable, Sendable, Equatable {
  static let pageBytes = 4096
  static let entriesInPage = pageBytes / FlashEntry.byteCount

  var segmentBytes: UInt32
  var segmentCount: UInt32

  /// Pages of blocks in a segment, and so the most entries of its index area.
  var pagesInSegment: Int { Int(segmentBytes) / Self.pageBytes }
  /// Pages of entries in an index area, its header not counted.
  var entryPages: Int { (pagesInSegment + Self.entriesInPage - 1) / Self.entriesInPage }
  /// Bytes of an index area.
  var areaBytes: Int { (1 + entryPages) * Self.pageBytes }

  /// Where a segment starts in `blocks`.
  func blocksOffset(_ segment: UInt32) -> Int { Int(segment) * Int(segmentBytes) }
  func blocksOffset(_ extent: FlashExtent) -> Int {
    blocksOffset(extent.segment) + Int(extent.offset)
  }
  /// Where a segment's header lies in `index`.
  func headerOffset(_ segment: UInt32) -> Int { Int(segment) * areaBytes }
  /// Where a page of a segment's entries lies in `index`.
  func entryPageOffset(_ segment: UInt32, page: Int) -> Int {
    headerOffset(segment) + (1 + page) * Self.pageBytes
  }

  /// Whether a block can lie there.
  func contains(_ extent: FlashExtent) -> Bool {
    extent.segment < segmentCount && extent.length > 0 && extent.length <= segmentBytes
      && extent.offset.isMultiple(of: FlashLog.alignmentBytes) && extent.offset < segmentBytes
      && FlashLog.footprint(extent.length) <= segmentBytes - extent.offset
  }
}
