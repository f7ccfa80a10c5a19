import ArgumentParser
import Foundation
import TarnCore
import TarnNode

/// How long a restart takes to find a million blocks.
struct RecoverTimes: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "recover", abstract: "Time that a restart takes to find many blocks.")
  static let blockBytes: UInt32 = 4096

  @OptionGroup var options: StoreOptions
  @Option(help: "Blocks of 4 KiB.") var blocks = 1_000_000
  @Option(help: "Restarts.") var rounds = 5

  func run() async throws {
    print("restarts, ms per million blocks: median of \(rounds) (least to most)")
    // Segments that are full of small blocks; then as many entries a segment as 1 GiB and 64 MiB have of
    // 4 MiB each, in index areas that are as large for their entries' number as far as the disk has
    // room: those blocks take 64 KiB.
    try await measure(blocks, spacing: Self.blockBytes, inSegment: 16384)
    try await measure(blocks / 4, spacing: 16 * Self.blockBytes, inSegment: 256)
    try await measure(blocks / 4, spacing: 16 * Self.blockBytes, inSegment: 16)
  }

  /// - Parameter spacing: bytes from one block's start to the next one's.
  private func measure(
    _ blocks: Int, spacing: UInt32, inSegment blocksInSegment: UInt32
  ) async throws {
    try SegmentStore.reset(directory: options.directory)
    let segments = max(4, UInt64(blocks) / UInt64(blocksInSegment) + 1)
    let segmentBytes = blocksInSegment * spacing
    var store = try StoreOnLoop(options, segments: segments, segmentBytes: segmentBytes)
    let filling = ContinuousClock().now
    try await fill(store, blocks, spacing, blocksInSegment)
    let counters = store.store.counters
    let took = filling.duration(to: .now) / .seconds(1)
    await store.close()
    var times: [Double] = []
    for _ in 0..<rounds {
      store = try StoreOnLoop(
        options, segments: segments, segmentBytes: segmentBytes, keeping: false)
      let counters = store.store.counters
      guard counters.recoveredBlocks == UInt64(blocks) else {
        print("found \(counters.recoveredBlocks) of \(blocks) blocks")
        throw ExitCode.failure
      }
      times.append(Double(counters.recoveryNanoseconds) / Double(blocks))
      await store.close()
    }
    print(
      "\(blocks) blocks, \(blocksInSegment) a segment: \(Spread(times)); filled with "
        + "\(Int(Double(blocks) / took)) writes/s, "
        + String(format: "%.1f", Double(counters.writes) / Double(counters.indexWrites))
        + " entries an index write")
    try SegmentStore.reset(directory: options.directory)
  }

  private func fill(
    _ store: StoreOnLoop, _ blocks: Int, _ spacing: UInt32, _ blocksInSegment: UInt32
  ) async throws {
    let payload = try PayloadMemory(capacityBytes: 64 << 20, largestBlock: 4 << 20).allocate(
      Int(Self.blockBytes))
    NumberedBlock(number: 1).fill(payload.bytes)
    let target = store.store
    try await store.run(count: blocks, depth: 256) { number, _, done in
      let place = FlashExtent(
        segment: UInt32(number) / blocksInSegment,
        offset: UInt32(number) % blocksInSegment * spacing, length: Self.blockBytes)
      target.write(
        place, key: NumberedBlock(number: UInt64(number)).key, tenant: TenantID(0), from: payload
      ) { status in
        precondition(status == .ok, "the disk takes what is to be found")
        done(status)
      }
    }
  }
}
