import Foundation
import Logging
import NIOPosix
import TarnCore
import Testing

@testable import TarnNode

/// The folder of a shard: made, kept, refused, emptied.
@Suite struct FlashFolderTests {
  private func open(
    _ path: String, segments: UInt64 = 4, segmentBytes: UInt32 = 65536, shard: Int = 0,
    shards: Int = 1
  ) throws(FlashError) -> SegmentStore {
    try SegmentStore(
      directory: path, flashBytes: segments * UInt64(segmentBytes), segmentBytes: segmentBytes,
      shard: shard, shards: shards, settings: NodeConfiguration.Flash(),
      loop: MultiThreadedEventLoopGroup.singleton.next(),
      logger: Logger(label: "test") { _ in KeptLog() })
  }

  @Test func `A new folder says in plain text what it was made for`() async throws {
    let place = FlashPlace()
    let store = try open(place.path, shard: 0, shards: 2)
    let text = try String(contentsOfFile: place.shard + "/superblock", encoding: .utf8)
    #expect(
      text.hasPrefix("tarn flash 2\nsegmentBytes 65536\nsegments 4\nshard 0\nshards 2\nchecksum "))
    #expect(text.utf8.count == 86)
    #expect(store.description.hasPrefix("\(place.shard): 4 segments of 65536 bytes, "))
    #expect(store.counters == FlashCounters())
    #expect(store.health == .ok)
    await store.close()
    await store.close()
  }

  @Test func `A folder made under other settings is refused with both values`() async throws {
    let place = FlashPlace()
    await (try open(place.path, shards: 2)).close()
    #expect(
      throws: FlashError.otherSettings(
        path: place.shard, setting: "threads (shards)", folder: 2, node: 4)
    ) { _ = try open(place.path, shards: 4) }
    #expect(
      throws: FlashError.otherSettings(
        path: place.shard, setting: "flashSegmentBytes", folder: 65536, node: 4096)
    ) { _ = try open(place.path, segmentBytes: 4096, shards: 2) }
    let smaller = #expect(throws: FlashError.self) {
      _ = try open(place.path, segments: 3 + 1, segmentBytes: 65536 * 2, shards: 2)
    }
    #expect(
      smaller?.description
        == "flash folder \(place.shard) was made with flashSegmentBytes 65536, this node is "
        + "configured with 131072: set it back, name another folder, or start once with "
        + "--reset-flash to empty it")
  }

  @Test func `A folder may grow, and not shrink`() async throws {
    let place = FlashPlace()
    await (try open(place.path, segments: 5)).close()
    await (try open(place.path, segments: 9)).close()
    #expect(
      throws: FlashError.otherSettings(
        path: place.shard, setting: "segments in the shard", folder: 9, node: 5)
    ) { _ = try open(place.path, segments: 5) }
  }

  @Test func `A folder that is in use is refused`() async throws {
    let place = FlashPlace()
    let store = try open(place.path)
    #expect(throws: FlashError.locked(path: place.shard)) { _ = try open(place.path) }
    await store.close()
    await (try open(place.path)).close()
  }

  @Test func `Folders that are not ours are refused`() throws {
    let place = FlashPlace()
    try FileManager.default.createDirectory(
      atPath: place.shard, withIntermediateDirectories: true)
    try "x".write(toFile: place.shard + "/thesis.tex", atomically: true, encoding: .utf8)
    #expect(throws: FlashError.foreign(path: place.shard, found: "thesis.tex")) {
      _ = try open(place.path)
    }
    let file = place.path + "/file"
    try "x".write(toFile: file, atomically: true, encoding: .utf8)
    #expect(throws: FlashError.notFolder(path: file)) { _ = try open(file) }
    let missing = place.path + "/a/b"
    #expect(throws: FlashError.notWritable(path: missing, code: ENOENT)) {
      _ = try open(missing)
    }
  }

  @Test func `A later format is named`() throws {
    let place = FlashPlace()
    try FileManager.default.createDirectory(
      atPath: place.shard, withIntermediateDirectories: true)
    try "tarn flash 3\nanything\n".write(
      toFile: place.shard + "/superblock", atomically: true, encoding: .utf8)
    #expect(throws: FlashError.otherFormat(path: place.shard, found: "tarn flash 3")) {
      _ = try open(place.path)
    }
  }

  @Test func `An index without a superblock is damaged, and a reset cures it`() async throws {
    let place = FlashPlace()
    let rig = try FlashRig(place)
    let status = await rig.write(extent(0, 0, 100), flashKey(1), flashBytes(100, seed: 1))
    #expect(status == .ok)
    await rig.close()
    try FileManager.default.removeItem(atPath: place.shard + "/superblock")
    #expect(throws: FlashError.damaged(path: place.shard)) { _ = try FlashRig(place) }
    try "keep".write(toFile: place.path + "/notes", atomically: true, encoding: .utf8)
    try SegmentStore.reset(directory: place.path)
    #expect(try FileManager.default.contentsOfDirectory(atPath: place.path) == ["notes"])
    let fresh = try FlashRig(place)
    #expect(fresh.recovered.isEmpty)
    await fresh.close()
    try SegmentStore.reset(directory: place.path + "/absent")
  }

  @Test func `A store says whether the last run ended in order`() async throws {
    let place = FlashPlace()
    var rig = try FlashRig(place)
    #expect(!rig.store.description.contains("abruptly"))
    await rig.abandon()
    rig = try FlashRig(place)
    #expect(rig.store.description.hasSuffix("; the last run ended abruptly"))
    await rig.close()
    rig = try FlashRig(place)
    #expect(!rig.store.description.contains("abruptly"))
    await rig.close()
  }

  @Test func `A write into a segment of the last run starts a new life there`() async throws {
    let place = FlashPlace()
    var rig = try FlashRig(place)
    for number: UInt64 in 0..<3 {
      let status = await rig.write(
        extent(0, UInt32(number) * 4096, 4096), flashKey(number), flashBytes(4096, seed: number))
      #expect(status == .ok)
    }
    await rig.abandon()
    rig = try FlashRig(place)
    #expect(rig.recovered.count == 3)
    let status = await rig.write(extent(0, 0, 4096), flashKey(9), flashBytes(4096, seed: 9))
    #expect(status == .ok)
    let (old, _) = await rig.read(extent(0, 4096, 4096), flashKey(1))
    #expect(old == .corrupt)
    await rig.abandon()
    rig = try FlashRig(place)
    #expect(rig.recovered.map(\.key) == [flashKey(9)])
    await rig.close()
  }

  @Test(arguments: [true, false])
  func `Entries of an earlier life are not believed`(isWritten: Bool) async throws {
    let place = FlashPlace()
    var rig = try FlashRig(place, segmentBytes: 1 << 20)
    for number: UInt64 in 0..<100 {
      let status = await rig.write(
        extent(0, UInt32(number) * 4096, 4096), flashKey(number), flashBytes(4096, seed: number))
      #expect(status == .ok)
    }
    await rig.discard(0)
    // The new life begins with one block, or stops between its header and its first block. The
    // index still holds the old life's second page, or both.
    let blocks = rig.store.folder.blocks
    if !isWritten { rig.engine.fail { _, transfer in transfer.file == blocks ? EIO : 0 } }
    let status = await rig.write(extent(0, 0, 4096), flashKey(200), flashBytes(4096, seed: 200))
    #expect(status == (isWritten ? .ok : .failed))
    await rig.abandon()
    rig = try FlashRig(place, segmentBytes: 1 << 20)
    #expect(rig.recovered.map(\.key) == (isWritten ? [flashKey(200)] : []))
    #expect(rig.counters.corrupt == 0)
    await rig.close()
  }

  @Test func `Compression spares whole pages and is undone whatever the setting`() async throws {
    let place = FlashPlace()
    var rig = try FlashRig(place, isCompressed: true)
    let shrinkable = flashBytes(40_960, seed: 1, isShrinkable: true)
    let noise = flashBytes(40_960, seed: 2)
    #expect(await rig.write(extent(0, 0, 40_960), flashKey(1), shrinkable) == .ok)
    #expect(await rig.write(extent(0, 40_960, 40_960), flashKey(2), noise) == .ok)
    let saved = rig.counters.compressedBytesSaved
    #expect(saved >= 8 * 4096 && saved < 40_960 && saved % 4096 == 0)
    await rig.close()
    rig = try FlashRig(place, isCompressed: false)
    #expect(rig.recovered.map(\.extent) == [extent(0, 0, 40_960), extent(0, 40_960, 40_960)])
    let first = await rig.read(extent(0, 0, 40_960), flashKey(1))
    let second = await rig.read(extent(0, 40_960, 40_960), flashKey(2))
    #expect(first == (.ok, shrinkable))
    #expect(second == (.ok, noise))
    #expect(rig.counters.bytesRead == 2 * 40_960 - saved)
    // A block keeps its stored form when it is moved.
    #expect(await rig.move(extent(0, 0, 40_960), to: extent(1, 0, 40_960)) == .ok)
    let moved = await rig.read(extent(1, 0, 40_960), flashKey(1))
    #expect(moved == (.ok, shrinkable))
    await rig.close()
  }
}
