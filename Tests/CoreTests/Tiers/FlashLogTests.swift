@testable import TarnCore
import Testing

@Suite struct FlashLogTests {
  private static let mebibyte: UInt32 = 1 << 20

  /// Sixteen segments of four blocks of 4 MiB, as in a scaled simulation.
  private func smallLog() -> FlashLog {
    FlashLog(flashBytes: 16 * 16 * UInt64(Self.mebibyte), segmentBytes: 16 * Self.mebibyte)
  }

  /// Writes 4 MiB of `slot` and waits until it is there.
  private func write(_ slot: Slot, to log: inout FlashLog) {
    let extent = log.allocate(slot, length: 4 * Self.mebibyte)
    if let extent { log.endWrite(extent.segment) }
    #expect(extent != nil)
  }

  @Test func `an empty log takes less than 200 bytes`() {
    #expect(MemoryLayout<FlashLog>.size < 200)
    #expect(MemoryLayout<FlashSegment>.stride == 24)
    #expect(MemoryLayout<FlashSlot>.stride == 16)
  }

  @Test func `blocks are appended at multiples of 4096 bytes`() {
    var log = smallLog()
    let first = log.allocate(7, length: 5000)
    let second = log.allocate(3, length: 4096)
    let third = log.allocate(5, length: 1)
    #expect(first == FlashExtent(segment: 0, offset: 0, length: 5000))
    #expect(second == FlashExtent(segment: 0, offset: 8192, length: 4096))
    #expect(third == FlashExtent(segment: 0, offset: 12288, length: 1))
    let live = log.liveBytes
    #expect(live == 16384)
    let found = log.extent(of: 7)
    #expect(found == first)
    let absent = log.extent(of: 4)
    #expect(absent == nil)
  }

  @Test func `the largest log keeps places and lengths exactly`() {
    // 28 TB in segments of 1 GiB less 4 KiB, the last block of the last byte range.
    var log = FlashLog(flashBytes: 28_000_000_000_000, segmentBytes: (1 << 30) - 4096)
    let count = log.segmentCount
    #expect(count == 26_077)
    let place = FlashExtent(segment: 26_076, offset: (1 << 30) - 4096 * 3, length: 8191)
    let recovered = log.recover(0, at: place)
    #expect(recovered)
    let found = log.extent(of: 0)
    #expect(found == place)
    let limit = log.lengthLimit
    #expect(limit == (1 << 29) - 1)
  }

  @Test func `a log without flash holds nothing and wants nothing`() {
    var log = FlashLog(flashBytes: 0, segmentBytes: 1 << 30)
    let extent = log.allocate(0, length: 1)
    #expect(extent == nil)
    let move = log.cleaningStep()
    #expect(move == nil)
    let evicts = log.needsEviction(toWrite: 1)
    #expect(!evicts)
    let limit = log.liveByteLimit
    #expect(limit == 0)
  }

  @Test func `a block longer than a segment is refused`() {
    var log = smallLog()
    let extent = log.allocate(0, length: 16 * Self.mebibyte + 1)
    #expect(extent == nil)
  }

  @Test func `a sealed segment that empties is discarded once and then used again`() {
    var log = smallLog()
    for slot in UInt32(0)..<5 { write(slot, to: &log) }
    for slot in UInt32(0)..<4 { log.release(slot) }
    let used = log.usedSegments
    let discarded = log.takeDiscarded()
    let again = log.takeDiscarded()
    let usedAfter = log.usedSegments
    #expect(used == 2)
    #expect(discarded == 0)
    #expect(again == nil)
    #expect(usedAfter == 1)
    for slot in UInt32(0)..<4 { write(slot, to: &log) }
    let extent = log.extent(of: 3)
    #expect(extent?.segment == 0)
  }

  @Test func `a read or write under way keeps an empty segment from being discarded`() {
    var log = smallLog()
    let unwritten = log.allocate(0, length: 4 * Self.mebibyte)
    #expect(unwritten?.segment == 0)
    for slot in UInt32(1)..<5 { write(slot, to: &log) }
    log.beginRead(0)
    for slot in UInt32(0)..<4 { log.release(slot) }
    let whileBoth = log.takeDiscarded()
    log.endRead(0)
    let whileWriting = log.takeDiscarded()
    log.endWrite(0)
    let after = log.takeDiscarded()
    #expect(whileBoth == nil)
    #expect(whileWriting == nil)
    #expect(after == 0)
  }

  @Test func `writes leave the last free segment to cleaning`() {
    var log = smallLog()
    for slot in UInt32(0)..<60 { write(slot, to: &log) }
    let full = log.allocate(60, length: 4 * Self.mebibyte)
    let free = log.freeSegments
    #expect(full == nil)
    #expect(free == 1)
    let nothing = log.cleaningStep()
    #expect(nothing == nil)
    let evicts = log.needsEviction()
    #expect(evicts)
  }

  @Test func `cleaning moves the live blocks of the best segment and frees it`() {
    var log = smallLog()
    for slot in UInt32(0)..<57 { write(slot, to: &log) }
    for slot: Slot in [4, 6, 7, 40] { log.release(slot) }
    let move = log.cleaningStep()
    let next = log.cleaningStep()
    #expect(move?.slot == 5)
    #expect(move?.from == FlashExtent(segment: 1, offset: 4 << 20, length: 4 << 20))
    #expect(move?.to == FlashExtent(segment: 15, offset: 0, length: 4 << 20))
    #expect(next == nil)
    let end = log.finishMove(move?.number ?? 0, succeeded: true)
    #expect(end == .moved(5))
    let place = log.extent(of: 5)
    #expect(place == move?.to)
    let discarded = log.takeDiscarded()
    #expect(discarded == 1)
    let moved = log.bytesMoved
    #expect(moved == 4 << 20)
    let amplification = log.writeAmplificationPermille
    #expect(amplification == 1017)  // 58 blocks written for 57
  }

  @Test func `age makes up for a larger live share`() {
    var log = smallLog()
    // Segment 0 is the oldest and three quarters live, segment 13 the youngest and half live:
    // 14 x 1/7 against 1 x 2/6.
    for slot in UInt32(0)..<57 { write(slot, to: &log) }
    for slot: Slot in [1, 52, 53] { log.release(slot) }
    let move = log.cleaningStep()
    #expect(move?.slot == 0)
  }

  @Test func `a block released while it moves stays released`() {
    var log = smallLog()
    for slot in UInt32(0)..<57 { write(slot, to: &log) }
    for slot: Slot in [4, 6, 7] { log.release(slot) }
    let move = log.cleaningStep()
    log.release(5)
    let early = log.takeDiscarded()
    #expect(early == nil)
    // The slot's number means another block by the time the move ends.
    write(5, to: &log)
    let place = log.extent(of: 5)
    let end = log.finishMove(move?.number ?? 0, succeeded: true)
    #expect(end == .released)
    let placeAfter = log.extent(of: 5)
    #expect(placeAfter == place)
    let discarded = log.takeDiscarded()
    #expect(discarded == 1)
  }

  @Test func `a failed move leaves the block where it was`() {
    var log = smallLog()
    for slot in UInt32(0)..<57 { write(slot, to: &log) }
    for slot: Slot in [4, 6, 7] { log.release(slot) }
    let move = log.cleaningStep()
    let end = log.finishMove(move?.number ?? 0, succeeded: false)
    #expect(end == .failed(5))
    let place = log.extent(of: 5)
    #expect(place == move?.from)
    let again = log.cleaningStep()
    #expect(again?.slot == 5)
    #expect(again?.to == FlashExtent(segment: 15, offset: 4 << 20, length: 4 << 20))
    let endAgain = log.finishMove(again?.number ?? 0, succeeded: false)
    #expect(endAgain == .failed(5))
    log.release(5)
    let discarded = log.takeDiscarded()
    #expect(discarded == 1)
  }

  @Test func `recovered blocks may come in any order`() {
    var log = smallLog()
    let offsets: [UInt32] = [8192, 0, 65536, 4096, 12288]
    for (slot, offset) in offsets.enumerated() {
      let place = FlashExtent(segment: 9, offset: offset, length: 4096)
      let taken = log.recover(UInt32(slot), at: place)
      #expect(taken)
    }
    let live = log.liveBytes
    #expect(live == 5 * 4096)
    let used = log.usedSegments
    #expect(used == 1)
    let broken = log.brokenInvariant()
    #expect(broken == nil)
    // Writes go elsewhere.
    let fresh = log.allocate(9, length: 1)
    #expect(fresh?.segment == 0)
  }

  @Test(arguments: [
    FlashExtent(segment: 16, offset: 0, length: 4096),
    FlashExtent(segment: 3, offset: 100, length: 4096),
    FlashExtent(segment: 3, offset: (16 << 20) - 4096, length: 4097),
    FlashExtent(segment: 3, offset: 8192, length: 0),
    FlashExtent(segment: 2, offset: 4096, length: 1),
    FlashExtent(segment: 2, offset: 0, length: 4097),
    FlashExtent(segment: 0, offset: 8192, length: 4096),
  ])
  func `a recovered block without a place is refused`(place: FlashExtent) {
    var log = smallLog()
    write(0, to: &log)
    let known = log.recover(1, at: FlashExtent(segment: 2, offset: 4096, length: 8192))
    #expect(known)
    let taken = log.recover(2, at: place)
    #expect(!taken)
    let absent = log.extent(of: 2)
    #expect(absent == nil)
  }

  @Test func `releasing what the log does not hold is a broken promise`() async {
    await #expect(processExitsWith: .failure) {
      var log = FlashLog(flashBytes: 1 << 20, segmentBytes: 4096)
      log.release(0)
    }
  }
}
