import Foundation
import TarnCore
import Testing

@testable import TarnNode

/// Bytes that rot, tear or vanish between two runs are never served.
@Suite struct FlashCorruptionTests {
  /// With segments of 256 KiB an index area is a header page and a page of entries.
  private static let areaBytes = 8192

  /// A folder with three blocks of 5000 bytes in segment 0, from a run that ended in order.
  private func filled(isCompressed: Bool = false) async throws -> FlashPlace {
    let place = FlashPlace()
    let rig = try FlashRig(place, isCompressed: isCompressed)
    for number: UInt64 in 0..<3 {
      let status = await rig.write(
        extent(0, UInt32(number) * 8192, 5000), flashKey(number), bytes(number, isCompressed))
      #expect(status == .ok)
    }
    await rig.close()
    return place
  }

  private func bytes(_ number: UInt64, _ isShrinkable: Bool = false) -> [UInt8] {
    flashBytes(5000, seed: number, isShrinkable: isShrinkable)
  }

  @Test(arguments: [0, 1, 2500, 4095, 4096, 4999]) func `A flipped bit of a block is found`(
    offset: Int
  ) async throws {
    let place = try await filled()
    try place.flip("blocks", at: 8192 + offset)
    let rig = try FlashRig(place)
    #expect(rig.recovered.count == 3)
    let damaged = await rig.read(extent(0, 8192, 5000), flashKey(1))
    #expect(damaged.0 == .corrupt)
    let whole = await rig.read(extent(0, 16384, 5000), flashKey(2))
    #expect(whole.0 == .ok)
    #expect(whole.1 == bytes(2))
    #expect(rig.counters.corrupt == 1)
    #expect(rig.counters.reads == 1)
    await rig.close()
  }

  @Test func `What lies behind a block's end does not matter, and is zero`() async throws {
    let place = try await filled()
    #expect(try place.bytes("blocks", at: 8192 + 5000, 3192).allSatisfy { $0 == 0 })
    try place.flip("blocks", at: 8192 + 5000)
    let rig = try FlashRig(place)
    let (status, _) = await rig.read(extent(0, 8192, 5000), flashKey(1))
    #expect(status == .ok)
    await rig.close()
  }

  @Test(arguments: [0, 3, 4, 1000]) func `A flipped bit of a compressed block is found`(
    offset: Int
  ) async throws {
    let place = try await filled(isCompressed: true)
    let stored = try place.bytes("blocks", at: 8192, 4096)
    #expect(stored != Array(bytes(1, true)[..<4096]))
    // A bit behind the compressed bytes would not matter.
    let last = try #require(stored.lastIndex { $0 != 0 })
    try place.flip("blocks", at: 8192 + min(offset, last))
    let rig = try FlashRig(place)
    #expect(rig.recovered.count == 3)
    let damaged = await rig.read(extent(0, 8192, 5000), flashKey(1))
    #expect(damaged.0 == .corrupt)
    let whole = await rig.read(extent(0, 0, 5000), flashKey(0))
    #expect(whole == (.ok, bytes(0, true)))
    await rig.close()
  }

  @Test func `A block under another key, length or place is corrupt`() async throws {
    let place = try await filled()
    let rig = try FlashRig(place)
    for (asked, key) in [
      (extent(0, 0, 5000), flashKey(1)), (extent(0, 0, 5001), flashKey(0)),
      (extent(0, 0, 4999), flashKey(0)), (extent(0, 0, 4096), flashKey(0)),
      (extent(0, 4096, 904), flashKey(0)), (extent(0, 8192, 5000), flashKey(0)),
      (extent(1, 0, 5000), flashKey(0)), (extent(99, 0, 5000), flashKey(0)),
      (extent(0, 1, 5000), flashKey(0)),
    ] {
      let (status, _) = await rig.read(asked, key)
      #expect(status == .corrupt, "\(asked)")
    }
    #expect(rig.counters.corrupt == 9)
    #expect(rig.log.lines.filter { $0.contains("is not what was written") }.count == 1)
    await rig.close()
  }

  @Test func `An index entry with any byte changed is not believed`() async throws {
    for byte in 0..<64 {
      let place = try await filled()
      try place.flip("index", at: 4096 + 64 + byte)
      let rig = try FlashRig(place)
      #expect(rig.recovered.map(\.key) == [flashKey(0), flashKey(2)], "byte \(byte)")
      #expect(rig.counters.corrupt == 1)
      let (status, _) = await rig.read(extent(0, 8192, 5000), flashKey(1))
      #expect(status == .corrupt)
      await rig.close()
    }
  }

  @Test func `A segment with a damaged header is empty and can be used again`() async throws {
    for byte in 0..<32 {
      let place = try await filled()
      try place.flip("index", at: byte)
      var rig = try FlashRig(place)
      #expect(rig.recovered.isEmpty, "byte \(byte)")
      #expect(rig.counters.corrupt == 1)
      let status = await rig.write(extent(0, 0, 5000), flashKey(9), bytes(9))
      #expect(status == .ok)
      await rig.abandon()
      rig = try FlashRig(place)
      // Entries of the life before the damage are not taken for those of the new one.
      #expect(rig.recovered.map(\.key) == [flashKey(9)])
      await rig.close()
    }
  }

  @Test func `An index area that was copied to another segment is not believed`() async throws {
    let place = try await filled()
    try place.overwrite("index", at: Self.areaBytes, place.bytes("index", at: 0, Self.areaBytes))
    let rig = try FlashRig(place)
    #expect(rig.recovered.map(\.extent.segment) == [0, 0, 0])
    #expect(rig.counters.corrupt == 1)
    await rig.close()
  }

  @Test func `A changed superblock is refused at every byte`() async throws {
    let place = try await filled()
    let whole = try place.bytes("superblock", at: 0, 4096)
    for byte in 0..<whole.count {
      try place.flip("superblock", at: byte)
      #expect(throws: FlashError.damaged(path: place.shard), "byte \(byte)") {
        _ = try FlashRig(place)
      }
      try place.overwrite("superblock", at: 0, whole)
    }
    let rig = try FlashRig(place)
    #expect(rig.recovered.count == 3)
    await rig.close()
  }

  /// A folder with 100 blocks of a page each, whose index takes two pages.
  private func hundred() async throws -> FlashPlace {
    let place = FlashPlace()
    let rig = try FlashRig(place, segmentBytes: 1 << 20)
    for number: UInt64 in 0..<100 {
      let bytes = flashBytes(4096, seed: number)
      let place = extent(0, UInt32(number) * 4096, 4096)
      let status = await rig.write(place, flashKey(number), bytes)
      #expect(status == .ok)
    }
    await rig.close()
    return place
  }

  private func found(_ place: FlashPlace) async throws -> [UInt64] {
    let rig = try FlashRig(place, segmentBytes: 1 << 20)
    await rig.close()
    return rig.recovered.map(\.key.low)
  }

  @Test func `A torn index page loses its torn half only`() async throws {
    let place = try await hundred()
    try place.overwrite("index", at: 4096 + 2048, [UInt8](repeating: 0, count: 2048))
    #expect(try await found(place) == Array(0..<32) + Array(64..<100))
  }

  @Test func `An index page of noise loses itself only`() async throws {
    let place = try await hundred()
    try place.overwrite("index", at: 4096, flashBytes(4096, seed: 5))
    #expect(try await found(place) == Array(64..<100))
  }

  @Test func `An index that was cut off ends there`() async throws {
    let place = try await hundred()
    let file = try #require(FileHandle(forUpdatingAtPath: place.shard + "/index"))
    // The second page lies behind the starts of 64 areas.
    try file.truncate(atOffset: 64 * 8192 + 64 * 10)
    try file.close()
    #expect(try await found(place) == Array(0..<74))
  }

  @Test func `A damaged block is not moved`() async throws {
    let place = try await filled()
    try place.flip("blocks", at: 8192)
    var rig = try FlashRig(place)
    let damaged = await rig.move(extent(0, 8192, 5000), to: extent(1, 0, 5000))
    #expect(damaged == .corrupt)
    let whole = await rig.move(extent(0, 0, 5000), to: extent(1, 8192, 5000))
    #expect(whole == .ok)
    await rig.abandon()
    rig = try FlashRig(place)
    #expect(rig.recovered.filter { $0.extent.segment == 1 }.map(\.key) == [flashKey(0)])
    await rig.close()
  }

  @Test func `A block whose index entry rots while the node runs is not moved`() async throws {
    let place = try await filled()
    let rig = try FlashRig(place, engine: .threads)
    try place.flip("index", at: 4096 + 20)
    let status = await rig.move(extent(0, 0, 5000), to: extent(1, 0, 5000))
    #expect(status == .corrupt)
    #expect(rig.counters.corrupt == 1)
    let (read, _) = await rig.read(extent(0, 0, 5000), flashKey(0))
    #expect(read == .ok)
    await rig.close()
  }
}
