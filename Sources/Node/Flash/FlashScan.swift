internal import Dispatch
internal import Glibc
internal import NIOPosix
internal import TarnCore

/// What a restart finds in one segment's index area.
struct FoundSegment: Sendable {
  /// Of the segment's last life; 0 if it had none.
  var generation: UInt64 = 0
  /// In order of offset, and what memory remembers of each.
  var blocks: [RecoveredBlock] = []
  var records: [FlashRecord] = []
  /// The header page or some entries are not what was written.
  var isDamaged = false
  /// Not 0 if the device failed.
  var error: CInt = 0
}

/// Reads the index of the last run, several segments at once, each from its start as far as it was
/// filled. Small areas that lie side by side come in one read.
struct FlashScan: Sendable {
  /// Groups of segments that are read at once.
  private static let workers = 16
  /// Pages of the first read of an area and of the longest.
  private static let firstPages = 2
  private static let mostPages = 64

  let index: CInt
  let geometry: FlashGeometry

  /// Calls `body` with every segment that ever was in use, in order.
  func run(_ body: (UInt32, FoundSegment) -> Void) {
    var status = stat()
    guard fstat(index, &status) == 0 else { return }
    let areas = (Int(status.st_size) + geometry.areaBytes - 1) / geometry.areaBytes
    let count = min(areas, Int(geometry.segmentCount))
    guard count > 0 else { return }
    let line = ScanLine(count: count, ahead: Self.workers)
    let pool = NIOThreadPool(numberOfThreads: min(Self.workers, count))
    pool.start()
    for _ in 0..<min(Self.workers, count) {
      pool.submit { _ in
        let memory = PagedBytes(Self.mostPages * FlashGeometry.pageBytes)
        while let group = line.claim() { line.put(read(group.segments, memory), as: group) }
      }
    }
    var segment: UInt32 = 0
    while segment < count {
      for found in line.take() {
        body(segment, found)
        segment += 1
      }
    }
    pool.shutdownGracefully(queue: .global()) { _ in }
  }

  /// Reads the areas of segments side by side with `memory` to hold their pages.
  func read(_ segments: Range<Int>, _ memory: PagedBytes) -> [FoundSegment] {
    let areaPages = 1 + geometry.entryPages
    let bytes = segments.count * geometry.areaBytes
    guard segments.count > 1, segments.count * areaPages <= Self.mostPages,
      let base = memory.bytes.baseAddress,
      // Which of them the device fails shows when each is read by itself.
      fill(base, bytes, at: geometry.headerOffset(UInt32(segments.lowerBound))) == 0
    else { return segments.map { read(UInt32($0), memory) } }
    var entries: [(entry: FlashEntry, number: UInt32)] = []
    return segments.map { segment in
      var found = FoundSegment()
      entries.removeAll(keepingCapacity: true)
      let area = base + (segment - segments.lowerBound) * geometry.areaBytes
      _ = take(0..<areaPages, at: area, UInt32(segment), &entries, &found)
      sort(&entries, into: &found)
      return found
    }
  }

  /// Reads a segment's area with `memory` to hold its pages.
  func read(_ segment: UInt32, _ memory: PagedBytes) -> FoundSegment {
    var found = FoundSegment()
    guard let base = memory.bytes.baseAddress else { return found }
    let page = FlashGeometry.pageBytes
    var entries: [(entry: FlashEntry, number: UInt32)] = []
    var count = min(Self.firstPages, 1 + geometry.entryPages)
    var start = 0
    while start <= geometry.entryPages {
      count = min(count, 1 + geometry.entryPages - start)
      found.error = fill(base, count * page, at: geometry.headerOffset(segment) + start * page)
      guard found.error == 0 else { break }
      if take(start..<start + count, at: base, segment, &entries, &found) { break }
      start += count
      count = min(count * 2, Self.mostPages)
    }
    sort(&entries, into: &found)
    return found
  }

  /// Takes what these pages of an area say, which lie at `base`; true if nothing behind them counts.
  private func take(
    _ pages: Range<Int>, at base: UnsafeRawPointer, _ segment: UInt32,
    _ entries: inout [(entry: FlashEntry, number: UInt32)], _ found: inout FoundSegment
  ) -> Bool {
    for page in pages {
      let place = base + (page - pages.lowerBound) * FlashGeometry.pageBytes
      if page == 0 {
        guard let generation = FlashHeader.decode(place, segment: segment) else {
          found.isDamaged = true
          // No life with a small number may follow: entries of an earlier one could be taken for its
          // own.
          found.generation = UInt64.random(in: 1 << 32..<1 << 62)
          return true
        }
        found.generation = generation
        if generation == 0 { return true }
        continue
      }
      let first = UInt32((page - 1) * FlashGeometry.entriesInPage)
      if take(place, segment, first, &entries, &found) { return true }
    }
    return false
  }

  /// Reads whole pages; what lies behind the file's end is zero.
  private func fill(_ base: UnsafeMutableRawPointer, _ count: Int, at offset: Int) -> CInt {
    var done = 0
    while done < count {
      let got = pread(index, base + done, count - done, offset + done)
      if got < 0, errno == EINTR { continue }
      guard got >= 0 else { return errno }
      if got == 0 { break }
      done += got
    }
    memset(base + done, 0, count - done)
    return 0
  }

  /// Takes the entries of a page; true if the segment was filled up to here. Pages go out in order,
  /// so one that starts with nothing or with an earlier life is behind the end. One that starts with
  /// a damaged entry may have others behind it.
  private func take(
    _ page: UnsafeRawPointer, _ segment: UInt32, _ first: UInt32,
    _ entries: inout [(entry: FlashEntry, number: UInt32)], _ found: inout FoundSegment
  ) -> Bool {
    var isEnd = false
    for number in 0..<FlashGeometry.entriesInPage {
      let place = page + number * FlashEntry.byteCount
      guard let entry = FlashEntry(decoding: place) else {
        if !isZero(place) {
          found.isDamaged = true
        } else if number == 0 {
          isEnd = true
        }
        continue
      }
      guard entry.generation == found.generation else {
        if number == 0 { isEnd = true }
        continue
      }
      guard entry.extent.segment == segment, geometry.contains(entry.extent) else {
        found.isDamaged = true
        continue
      }
      entries.append((entry, first + UInt32(number)))
      isEnd = false
    }
    return isEnd
  }

  private func isZero(_ place: UnsafeRawPointer) -> Bool {
    for offset in stride(from: 0, to: FlashEntry.byteCount, by: 8) {
      if place.load(fromByteOffset: offset, as: UInt64.self) != 0 { return false }
    }
    return true
  }

  private func sort(
    _ entries: inout [(entry: FlashEntry, number: UInt32)], into found: inout FoundSegment
  ) {
    entries.sort { $0.entry.extent.offset < $1.entry.extent.offset }
    found.blocks.reserveCapacity(entries.count)
    found.records.reserveCapacity(entries.count)
    var end: UInt32 = 0
    for (entry, number) in entries {
      // Blocks of one life do not overlap: then something is wrong with the later one.
      guard entry.extent.offset >= end else {
        found.isDamaged = true
        continue
      }
      end = entry.extent.offset + FlashLog.footprint(entry.extent.length)
      found.blocks.append(
        RecoveredBlock(key: entry.key, tenant: entry.tenant, extent: entry.extent))
      found.records.append(
        FlashRecord(
          page: entry.extent.offset / FlashLog.alignmentBytes, entry: number,
          storedPages: FlashLog.footprint(entry.storedLength) / FlashLog.alignmentBytes,
          isCompressed: entry.isCompressed, seal: entry.seal))
    }
  }
}
