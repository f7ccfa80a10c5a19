import Foundation
import TarnCore
import Testing

@testable import TarnNode

/// Devices that fail, fill up or come late.
@Suite struct FlashFaultTests {
  private func write(_ rig: FlashRig, _ number: UInt64, at place: FlashExtent) async -> FlashStatus
  {
    await rig.write(place, flashKey(number), flashBytes(Int(place.length), seed: number))
  }

  @Test(arguments: FlashForm.all) func `Whatever transfer fails, what was acknowledged is found`(
    form: FlashForm
  ) async throws {
    for failing in 1...14 {
      let place = FlashPlace()
      var rig = try FlashRig(place, engine: form.engine, isCompressed: form.isCompressed)
      rig.engine.fail { number, _ in number == failing ? EIO : 0 }
      var acknowledged: [UInt64: FlashExtent] = [:]
      for number: UInt64 in 0..<6 {
        let place = extent(UInt32(number) / 3, UInt32(number) % 3 * 12288, 9000)
        if await write(rig, number, at: place) == .ok { acknowledged[number] = place }
      }
      #expect(acknowledged.count >= 3)
      #expect(rig.counters.writes == UInt64(acknowledged.count))
      #expect(rig.counters.writesFailed == UInt64(6 - acknowledged.count))
      await rig.abandon()
      rig = try FlashRig(place, engine: form.engine, isCompressed: form.isCompressed)
      for (number, place) in acknowledged {
        let found = await rig.read(place, flashKey(number))
        #expect(found == (.ok, flashBytes(9000, seed: number)), "transfer \(failing)")
      }
      await rig.close()
    }
  }

  @Test func `A read that the device fails is not corrupt`() async throws {
    let place = FlashPlace()
    let rig = try FlashRig(place)
    #expect(await write(rig, 1, at: extent(0, 0, 4096)) == .ok)
    rig.engine.fail { _, transfer in transfer.kind == .read ? EIO : 0 }
    let failed = await rig.read(extent(0, 0, 4096), flashKey(1))
    #expect(failed.0 == .failed)
    #expect(await rig.move(extent(0, 0, 4096), to: extent(1, 0, 4096)) == .failed)
    rig.engine.fail(nil)
    let read = await rig.read(extent(0, 0, 4096), flashKey(1))
    #expect(read.0 == .ok)
    #expect(rig.counters.readsFailed == 2)
    #expect(rig.counters.corrupt == 0)
    await rig.close()
  }

  @Test func `After eight failures writes pause, reads go on, and a probe ends the pause`()
    async throws
  {
    let place = FlashPlace()
    let rig = try FlashRig(place)
    #expect(await write(rig, 1, at: extent(0, 0, 4096)) == .ok)
    rig.engine.fail { _, transfer in transfer.kind == .write ? EIO : 0 }
    for number: UInt32 in 1...8 {
      #expect(await write(rig, UInt64(number), at: extent(0, number * 4096, 4096)) == .failed)
    }
    #expect(rig.counters.writesRefused == 0)
    #expect(
      rig.store.health == .degraded(reason: "writes fail: Input/output error, errno 5"))
    #expect(await write(rig, 9, at: extent(0, 9 * 4096, 4096)) == .failed)
    #expect(rig.counters.writesRefused == 1)
    let read = await rig.read(extent(0, 0, 4096), flashKey(1))
    #expect(read.0 == .ok)
    rig.engine.fail(nil)
    while await write(rig, 10, at: extent(0, 10 * 4096, 4096)) != .ok {
      try await Task.sleep(for: .milliseconds(20))
    }
    #expect(rig.store.health == .ok)
    #expect(rig.counters.writesFailed == 8)
    // Eight failures are one line: each kind is logged once a minute.
    #expect(rig.log.lines.filter { $0.contains("failed (Input/output error") }.count == 1)
    await rig.close()
  }

  @Test func `A probe that finds nothing to write leaves the way to the next one`() async throws {
    let place = FlashPlace()
    let rig = try FlashRig(place)
    #expect(await write(rig, 1, at: extent(0, 0, 4096)) == .ok)
    rig.engine.fail { _, transfer in transfer.kind == .write ? EIO : 0 }
    for number: UInt32 in 1...8 {
      #expect(await write(rig, UInt64(number), at: extent(0, number * 4096, 4096)) == .failed)
    }
    // Once the pause is over, moves of a block that can't be read are let through as probes.
    rig.engine.fail { _, transfer in transfer.kind == .read ? EIO : 0 }
    while rig.counters.readsFailed < 2 {
      #expect(await rig.move(extent(0, 0, 4096), to: extent(1, 0, 4096)) == .failed)
      try await Task.sleep(for: .milliseconds(20))
    }
    rig.engine.fail(nil)
    #expect(await write(rig, 9, at: extent(0, 10 * 4096, 4096)) == .ok)
    await rig.close()
  }

  @Test func `A breaker's pauses double until a probe succeeds`() {
    var breaker = FlashBreaker()
    let firstFailures = (1...7).map { breaker.failed("x", at: UInt64($0)) }
    #expect(!firstFailures.contains(true))
    let untilTheEighth = breaker.allows(at: 7)
    #expect(untilTheEighth)
    let eighth = breaker.failed("x", at: 1000)
    #expect(eighth)
    // One probe at a time, after a second.
    let around = [1_000_000_999, 1_000_001_000, 1_000_001_000].map { breaker.allows(at: $0) }
    #expect(around == [false, true, false])
    let probe = breaker.failed("y", at: 2_000_000_000)
    #expect(probe)
    let later = [3_999_999_999, 4_000_000_000].map { breaker.allows(at: $0) }
    #expect(later == [false, true])
    breaker.probeWasLost()
    let again = breaker.allows(at: 4_000_000_000)
    #expect(again)
    breaker.succeeded()
    let free = [4_000_000_000, 4_000_000_000].map { breaker.allows(at: $0) }
    #expect(free == [true, true])
    #expect(!breaker.isTripped)
  }

  @Test func `A full disk fails the write, says so, and recovers`() async throws {
    let place = FlashPlace()
    let rig = try FlashRig(place)
    rig.engine.fail { _, transfer in transfer.kind == .work ? ENOSPC : 0 }
    #expect(await write(rig, 1, at: extent(0, 0, 4096)) == .failed)
    #expect(rig.log.lines.contains { $0.contains("no space for segment 0") })
    rig.engine.fail(nil)
    #expect(await write(rig, 2, at: extent(0, 4096, 4096)) == .ok)
    await rig.close()
  }

  @Test func `A small file system is full before a segment is half written`() async throws {
    let place = FlashPlace()
    guard mount("tarn", place.path, "tmpfs", 0, "size=1200k") == 0 else {
      print("SKIPPED: mounting a small tmpfs needs root and a kernel that allows it")
      return
    }
    defer { umount2(place.path, CInt(MNT_DETACH)) }
    let rig = try FlashRig(place, segments: 8)
    var statuses: [FlashStatus] = []
    for segment: UInt32 in 0..<6 {
      statuses.append(await write(rig, UInt64(segment), at: extent(segment, 0, 256 << 10)))
    }
    #expect(statuses == [.ok, .ok, .ok, .ok, .failed, .failed])
    #expect(rig.log.lines.contains { $0.contains("no space for segment 4") })
    let read = await rig.read(extent(3, 0, 256 << 10), flashKey(3))
    #expect(read == (.ok, flashBytes(256 << 10, seed: 3)))
    await rig.close()
  }

  // MARK: Late ends

  @Test(arguments: ["blocks", "index", "header"])
  func `A late write never lands on a segment's next life`(kind: String) async throws {
    let place = FlashPlace()
    var rig = try FlashRig(place)
    let store = rig.store
    rig.engine.hold { transfer in
      guard transfer.kind == .write else { return false }
      switch kind {
      case "blocks": return transfer.file == store.folder.blocks
      case "header": return transfer.file == store.folder.index && transfer.offset == 0
      default: return transfer.file == store.folder.index && transfer.offset == 4096
      }
    }
    let engine = rig.engine
    let old = rig.start(write: extent(0, 0, 8192), flashKey(1), flashBytes(8192, seed: 1))
    await until { engine.heldCount == 1 }
    await rig.discard(0)
    let middle = rig.start(write: extent(0, 0, 8192), flashKey(2), flashBytes(8192, seed: 2))
    await rig.discard(0)
    let new = rig.start(write: extent(0, 0, 8192), flashKey(3), flashBytes(8192, seed: 3))
    // The middle life ends before it began; the new one waits for the old one's late write.
    #expect(await middle.value == .failed)
    await until { store.counters.heldBack == 2 }
    #expect(engine.heldCount == 1)
    rig.engine.release()
    #expect(await old.value == .failed)
    #expect(await new.value == .ok)
    await rig.abandon()
    rig = try FlashRig(place)
    #expect(rig.recovered.map(\.key) == [flashKey(3)])
    let read = await rig.read(extent(0, 0, 8192), flashKey(3))
    #expect(read == (.ok, flashBytes(8192, seed: 3)))
    await rig.close()
  }

  @Test func `A late move does not write into its target's next life`() async throws {
    let place = FlashPlace()
    let rig = try FlashRig(place)
    #expect(await write(rig, 1, at: extent(0, 0, 8192)) == .ok)
    rig.engine.hold { $0.kind == .read }
    let move = rig.start(move: extent(0, 0, 8192), to: extent(1, 0, 8192))
    let engine = rig.engine
    await until { engine.heldCount == 1 }
    await rig.discard(1)
    #expect(await write(rig, 2, at: extent(1, 0, 8192)) == .ok)
    rig.engine.release()
    #expect(await move.value == .failed)
    let read = await rig.read(extent(1, 0, 8192), flashKey(2))
    #expect(read == (.ok, flashBytes(8192, seed: 2)))
    await rig.close()
  }

  @Test func `A read that comes after its segment was used again fails, and nothing is corrupt`()
    async throws
  {
    let place = FlashPlace()
    let rig = try FlashRig(place)
    #expect(await write(rig, 1, at: extent(0, 0, 8192)) == .ok)
    rig.engine.hold { $0.kind == .read }
    let engine = rig.engine
    async let late = rig.read(extent(0, 0, 8192), flashKey(1))
    await until { engine.heldCount == 1 }
    await rig.discard(0)
    #expect(await write(rig, 2, at: extent(0, 0, 8192)) == .ok)
    rig.engine.release()
    #expect(await late.0 == .failed)
    #expect(rig.counters.corrupt == 0)
    await rig.close()
  }

  @Test func `Entries that wait for an index page go out together`() async throws {
    let place = FlashPlace()
    let rig = try FlashRig(place, segmentBytes: 1 << 20)
    let store = rig.store
    rig.engine.hold { $0.kind == .write && $0.file == store.folder.index && $0.offset == 4096 }
    let engine = rig.engine
    let first = rig.start(write: extent(0, 0, 4096), flashKey(0), flashBytes(4096, seed: 0))
    await until { engine.heldCount == 1 }
    let others = (1..<100).map { number in
      rig.start(
        write: extent(0, UInt32(number) * 4096, 4096), flashKey(UInt64(number)),
        flashBytes(4096, seed: UInt64(number)))
    }
    await until { store.counters.bytesWritten == 100 * 4096 }
    rig.engine.release()
    #expect(await first.value == .ok)
    for other in others { #expect(await other.value == .ok) }
    // The first entry; what fits behind it into the first page, which lies apart; the rest.
    #expect(rig.counters.indexWrites == 3)
    #expect(rig.counters.bytesWritten == (100 + 1 + 2) * 4096)
    #expect(rig.counters.queueDepthMax == 100)
    #expect(rig.counters.queueDepth == 0)
    await rig.close()
  }

  @Test func `Closing waits for what is under way and refuses what comes later`() async throws {
    let place = FlashPlace()
    var rig = try FlashRig(place)
    rig.engine.hold { $0.kind == .write }
    let engine = rig.engine
    let late = rig.start(write: extent(0, 0, 4096), flashKey(1), flashBytes(4096, seed: 1))
    await until { engine.heldCount == 1 }
    let closing = rig
    async let closed: Void = closing.close()
    // Nothing is stored there: corrupt, until the store refuses to look.
    while await rig.read(extent(1, 0, 1), flashKey(9)).0 != .failed {}
    #expect(await write(rig, 2, at: extent(0, 4096, 4096)) == .failed)
    rig.engine.release()
    await closed
    #expect(await late.value == .ok)
    rig = try FlashRig(place)
    #expect(rig.recovered.map(\.key) == [flashKey(1)])
    #expect(!rig.store.description.contains("abruptly"))
    await rig.close()
  }
}
