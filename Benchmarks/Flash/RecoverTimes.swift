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
    print("restart with \(blocks) blocks, ms per million: median of \(rounds) (least to most)")
    // Large segments that are full of small blocks; areas of 256 and 16 entries, as segments of
    // 1 GiB and of 64 MiB with blocks of 4 MiB have them.
    for blocksInSegment in [16384, 256, 16] {
      try await measure(blocksInSegment: UInt32(blocksInSegment))
    }
  }

  private func measure(blocksInSegment: UInt32) async throws {
    try SegmentStore.reset(directory: options.directory)
    let segments = max(4, UInt64(blocks) / UInt64(blocksInSegment) + 1)
    let segmentBytes = blocksInSegment * Self.blockBytes
    var store = try StoreOnLoop(options, segments: segments, segmentBytes: segmentBytes)
    let filling = ContinuousClock().now
    try await fill(store, blocksInSegment)
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
      "\(blocksInSegment) blocks a segment: \(Spread(times)); filled with "
        + "\(Int(Double(blocks) / took)) writes/s, "
        + String(format: "%.1f", Double(counters.writes) / Double(counters.indexWrites))
        + " entries an index write")
    try SegmentStore.reset(directory: options.directory)
  }

  private func fill(_ store: StoreOnLoop, _ blocksInSegment: UInt32) async throws {
    let payload = try PayloadMemory(capacityBytes: 64 << 20, largestBlock: 4 << 20).allocate(
      Int(Self.blockBytes))
    NumberedBlock(number: 1).fill(payload.bytes)
    let target = store.store
    try await store.run(count: blocks, depth: 256) { number, _, done in
      let place = FlashExtent(
        segment: UInt32(number) / blocksInSegment,
        offset: UInt32(number) % blocksInSegment * Self.blockBytes, length: Self.blockBytes)
      target.write(
        place, key: NumberedBlock(number: UInt64(number)).key, tenant: TenantID(0), from: payload
      ) { status in
        precondition(status == .ok, "the disk takes what is to be found")
        done(status)
      }
    }
  }
}
