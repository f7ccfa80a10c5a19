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
/// filled. The starts of areas that lie side by side come in one read.
struct FlashScan: Sendable {
  /// Groups of segments that are read at once.
  private static let workers = 16
  /// Pages of an area's start, of the first read behind it, and of the longest.
  private static let frontPages = FlashGeometry.frontBytes / FlashGeometry.pageBytes
  private static let firstPages = 4
  static let mostPages = FlashGeometry.groupSegments * frontPages

  let index: CInt
  let geometry: FlashGeometry

  /// Calls `body` with every segment that ever was in use, in order.
  func run(_ body: (UInt32, FoundSegment) -> Void) {
    var status = stat()
    guard fstat(index, &status) == 0 else { return }
    let count = geometry.segments(inIndexBytes: Int(status.st_size))
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
    var found: [FoundSegment] = []
    found.reserveCapacity(segments.count)
    var start = segments.lowerBound
    while start < segments.upperBound {
      let groupEnd = (start / FlashGeometry.groupSegments + 1) * FlashGeometry.groupSegments
      let end = min(groupEnd, segments.upperBound)
      read(start..<end, memory, into: &found)
      start = end
    }
    return found
  }

  /// Reads the areas of segments of one group: their starts together, then what those leave open.
  private func read(
    _ segments: Range<Int>, _ memory: PagedBytes, into found: inout [FoundSegment]
  ) {
    let bytes = segments.count * FlashGeometry.frontBytes
    guard segments.count > 1, let base = memory.bytes.baseAddress,
      // Which of them the device fails shows when each is read by itself.
      fill(base, bytes, at: geometry.headerOffset(UInt32(segments.lowerBound))) == 0
    else {
      for segment in segments { found.append(read(UInt32(segment), memory)) }
      return
    }
    var areas: [OpenArea] = []
    for segment in segments {
      var area = OpenArea(segment: UInt32(segment))
      let front = base + (segment - segments.lowerBound) * FlashGeometry.frontBytes
      area.isAtEnd = take(0..<Self.frontPages, at: front, &area)
      areas.append(area)
    }
    for index in areas.indices {
      readRest(&areas[index], memory)
      found.append(areas[index].sorted())
    }
  }

  /// Reads a segment's area with `memory` to hold its pages.
  func read(_ segment: UInt32, _ memory: PagedBytes) -> FoundSegment {
    var area = OpenArea(segment: segment)
    guard let base = memory.bytes.baseAddress else { return area.found }
    area.found.error = fill(base, FlashGeometry.frontBytes, at: geometry.headerOffset(segment))
    if area.found.error == 0 {
      area.isAtEnd = take(0..<Self.frontPages, at: base, &area)
      readRest(&area, memory)
    }
    return area.sorted()
  }

  /// Reads on behind an area's start, as far as it was filled.
  private func readRest(_ area: inout OpenArea, _ memory: PagedBytes) {
    guard !area.isAtEnd, let base = memory.bytes.baseAddress else { return }
    var start = Self.frontPages
    var count = Self.firstPages
    while start <= geometry.entryPages {
      count = min(count, 1 + geometry.entryPages - start)
      area.found.error = fill(
        base, count * FlashGeometry.pageBytes,
        at: geometry.entryPageOffset(area.segment, page: start - 1))
      guard area.found.error == 0, !take(start..<start + count, at: base, &area) else { return }
      start += count
      count = min(count * 2, Self.mostPages)
    }
  }

  /// Takes what these pages of an area say, which lie at `base`; true if nothing behind them counts.
  private func take(
    _ pages: Range<Int>, at base: UnsafeRawPointer, _ area: inout OpenArea
  ) -> Bool {
    for page in pages {
      let place = base + (page - pages.lowerBound) * FlashGeometry.pageBytes
      if page == 0 {
        guard let generation = FlashHeader.decode(place, segment: area.segment) else {
          area.found.isDamaged = true
          // No life with a small number may follow: entries of an earlier one could be taken for its
          // own.
          area.found.generation = UInt64.random(in: 1 << 32..<1 << 62)
          return true
        }
        area.found.generation = generation
        if generation == 0 { return true }
        continue
      }
      let first = UInt32((page - 1) * FlashGeometry.entriesInPage)
      if take(place, first, &area) { return true }
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
    _ page: UnsafeRawPointer, _ first: UInt32, _ area: inout OpenArea
  ) -> Bool {
    var isEnd = false
    for number in 0..<FlashGeometry.entriesInPage {
      let place = page + number * FlashEntry.byteCount
      guard let entry = FlashEntry(decoding: place) else {
        if !isZero(place) {
          area.found.isDamaged = true
        } else if number == 0 {
          isEnd = true
        }
        continue
      }
      guard entry.generation == area.found.generation else {
        if number == 0 { isEnd = true }
        continue
      }
      guard entry.extent.segment == area.segment, geometry.contains(entry.extent) else {
        area.found.isDamaged = true
        continue
      }
      area.entries.append((entry, first + UInt32(number)))
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
}

/// A segment's area while it is read.
private struct OpenArea {
  let segment: UInt32
  var found = FoundSegment()
  var entries: [(entry: FlashEntry, number: UInt32)] = []
  /// Nothing behind what was read counts.
  var isAtEnd = false

  init(segment: UInt32) { self.segment = segment }

  /// What was found, the entries in order of offset.
  consuming func sorted() -> FoundSegment {
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
    return found
  }
}
