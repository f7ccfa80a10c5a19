import Foundation
import Synchronization
import TarnCore
import Testing

@testable import TarnNode

/// An index file of made-up segments: empty ones, full ones, ones with holes and damage.
private final class MadeUpIndex {
  let geometry: FlashGeometry
  let file: CInt
  private let path: String

  init(pagesInSegment: UInt32, segments: UInt32, seed: UInt64) throws {
    geometry = FlashGeometry(
      segmentBytes: pagesInSegment * UInt32(FlashGeometry.pageBytes), segmentCount: segments)
    path = FileManager.default.temporaryDirectory.path + "/tarn-index-\(UUID().uuidString)"
    file = open(path, O_RDWR | O_CREAT | O_TRUNC, 0o600)
    try #require(file >= 0)
    var random = CheapRandom(Int(seed))
    for segment in 0..<segments {
      let area = PagedBytes(FlashGeometry.frontBytes + geometry.restBytes)
      area.clear()
      fill(area.bytes, segment, &random)
      // The last area may be cut off, as a file that was never filled so far is.
      let isCut = segment == segments - 1
      let front = isCut ? FlashGeometry.pageBytes : FlashGeometry.frontBytes
      try write(area.bytes[..<front], at: geometry.headerOffset(segment))
      let rest = area.bytes[FlashGeometry.frontBytes...]
      if !isCut { try write(rest, at: geometry.restOffset(segment)) }
    }
  }

  deinit {
    close(file)
    unlink(path)
  }

  private func write(_ bytes: Slice<UnsafeMutableRawBufferPointer>, at offset: Int) throws {
    let bytes = UnsafeMutableRawBufferPointer(rebasing: bytes)
    try #require(pwrite(file, bytes.baseAddress, bytes.count, offset) == bytes.count)
  }

  private func fill(
    _ area: UnsafeMutableRawBufferPointer, _ segment: UInt32, _ random: inout CheapRandom
  ) {
    guard let base = area.baseAddress, random.next(below: 6) > 0 else { return }
    let generation = 1 + random.next(below: 3)
    FlashHeader.encode(generation: generation, segment: segment, to: base)
    let most = UInt64(geometry.pagesInSegment) + 1
    let count = random.next(below: most)
    for number in 0..<count {
      let entry = FlashEntry(
        key: BlockKey(high: random.next(), low: random.next()), tenant: TenantID(3),
        extent: FlashExtent(
          segment: segment, offset: UInt32(number) * UInt32(FlashGeometry.pageBytes), length: 4_000),
        generation: random.next(below: 20) == 0 ? generation + 1 : generation, seal: random.next(),
        storedLength: 4_000, isCompressed: false)
      let place = FlashGeometry.pageBytes + Int(number) * FlashEntry.byteCount
      guard random.next(below: 30) > 0 else { continue }
      entry.encode(to: base + place)
    }
    guard random.next(below: 4) == 0 else { return }
    for _ in 0..<3 {
      area[Int(random.next(below: UInt64(area.count)))] ^= 1 << UInt8(random.next(below: 8))
    }
  }
}

extension FoundSegment {
  /// Everything but a generation that was drawn.
  fileprivate var summary: String {
    "\(generation >= 1 << 32 ? 0 : generation) \(isDamaged) \(error) \(blocks) \(records)"
  }
}

@Suite struct FlashScanTests {
  /// Groups of areas in one read, areas too large for that, and areas of one page of entries.
  @Test(
    arguments: [(16, 200), (64, 40), (300, 90), (5_000, 5), (1, 3), (16_384, 3)]
      as [(UInt32, UInt32)])
  func `segments are found together as each by itself`(pages: UInt32, segments: UInt32) throws {
    for seed: UInt64 in 1...8 {
      let index = try MadeUpIndex(pagesInSegment: pages, segments: segments, seed: seed)
      let scan = FlashScan(index: index.file, geometry: index.geometry)
      let memory = PagedBytes(FlashScan.mostPages * FlashGeometry.pageBytes)
      let alone = (0..<segments).map { scan.read($0, memory).summary }
      #expect(segments < 5 || alone.contains { $0.contains("BlockKey") })
      var start = 0
      for size in [1, 2, 7, 16, 3, 64] where start + size <= Int(segments) {
        let found = scan.read(start..<start + size, memory).map(\.summary)
        #expect(found == Array(alone[start..<start + size]), "seed \(seed), \(start) + \(size)")
        start += size
      }
      var ran: [String] = []
      scan.run { number, found in
        #expect(Int(number) == ran.count)
        ran.append(found.summary)
      }
      #expect(ran == alone, "seed \(seed)")
    }
  }
}
