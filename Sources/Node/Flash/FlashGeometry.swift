internal import TarnCore

/// Where what lies in the two files of a shard's folder.
///
/// `blocks` holds the segments one behind the other. `index` holds an area for each segment: a
/// header page that names the segment's life, then pages of 64-byte entries, as many as the segment
/// could hold blocks of one page. That is 1/64 of the blocks' space on top.
///
/// A segment of large blocks fills one page of entries of hundreds. So areas lie in groups of 64, the
/// header and first page of each side by side at the group's start, where one read takes all of them;
/// the rest of the areas follows, one behind the other.
struct FlashGeometry: BitwiseCopyable, Sendable, Equatable {
  static let pageBytes = 4096
  static let entriesInPage = pageBytes / FlashEntry.byteCount
  /// Segments whose areas start side by side.
  static let groupSegments = 64

  var segmentBytes: UInt32
  var segmentCount: UInt32

  /// Pages of blocks in a segment, and so the most entries of its index area.
  var pagesInSegment: Int { Int(segmentBytes) / Self.pageBytes }
  /// Pages of entries in an index area, its header not counted.
  var entryPages: Int { (pagesInSegment + Self.entriesInPage - 1) / Self.entriesInPage }
  /// Bytes of an index area: of its header and first page of entries, and of all others.
  static let frontBytes = 2 * pageBytes
  var restBytes: Int { (entryPages - 1) * Self.pageBytes }
  /// Bytes of a group of areas.
  var groupBytes: Int { Self.groupSegments * (Self.frontBytes + restBytes) }

  /// Where a segment starts in `blocks`.
  func blocksOffset(_ segment: UInt32) -> Int { Int(segment) * Int(segmentBytes) }
  func blocksOffset(_ extent: FlashExtent) -> Int {
    blocksOffset(extent.segment) + Int(extent.offset)
  }
  /// Where a segment's header lies in `index`.
  func headerOffset(_ segment: UInt32) -> Int {
    let (group, place) = Int(segment).quotientAndRemainder(dividingBy: Self.groupSegments)
    return group * groupBytes + place * Self.frontBytes
  }
  /// Where all but the first page of a segment's entries lie in `index`.
  func restOffset(_ segment: UInt32) -> Int {
    let (group, place) = Int(segment).quotientAndRemainder(dividingBy: Self.groupSegments)
    return group * groupBytes + Self.groupSegments * Self.frontBytes + place * restBytes
  }
  /// Where a page of a segment's entries lies in `index`.
  func entryPageOffset(_ segment: UInt32, page: Int) -> Int {
    page == 0
      ? headerOffset(segment) + Self.pageBytes : restOffset(segment) + (page - 1) * Self.pageBytes
  }
  /// Segments that an index file of so many bytes can say something of.
  func segments(inIndexBytes bytes: Int) -> Int {
    let groups = (bytes + groupBytes - 1) / groupBytes
    return min(groups * Self.groupSegments, Int(segmentCount))
  }

  /// Whether a block can lie there.
  func contains(_ extent: FlashExtent) -> Bool {
    extent.segment < segmentCount && extent.length > 0 && extent.length <= segmentBytes
      && extent.offset.isMultiple(of: FlashLog.alignmentBytes) && extent.offset < segmentBytes
      && FlashLog.footprint(extent.length) <= segmentBytes - extent.offset
  }
}
