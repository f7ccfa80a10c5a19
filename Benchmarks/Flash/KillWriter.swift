import ArgumentParser
import Glibc
import NIOCore
import TarnCore
import TarnNode

/// Writes, moves and discards until it is killed, and says what was acknowledged.
struct KillWriter: AsyncParsableCommand {
  static let configuration = CommandConfiguration(commandName: "writer", shouldDisplay: false)

  @OptionGroup var options: StoreOptions
  @Option var seed: UInt64
  @Option var firstNumber: UInt64
  @Option var firstSegment: UInt32

  func run() async throws {
    let store = try StoreOnLoop(
      options, segments: UInt64(KillShape.segments), segmentBytes: KillShape.segmentBytes)
    KillRecord(.ready, FlashExtent(segment: 0, offset: 0, length: 0), number: 0).say()
    let writing = try Writing(
      store.store, recovered: store.recovered, seed: seed, firstNumber: firstNumber,
      firstSegment: firstSegment)
    store.loop.execute { for _ in 0..<16 { writing.next() } }
    // An orphan ends by itself.
    try await Task.sleep(for: .seconds(30))
    throw ExitCode(4)
  }
}

/// What the writer does, on the event loop only.
private final class Writing: @unchecked Sendable {
  private let store: SegmentStore
  private let memory: PayloadMemory
  private var random: UInt64
  private var number: UInt64
  private var segment: UInt32
  private var end = KillShape.segmentBytes
  /// Discards of each segment: a write that the device is slow to end may be overtaken by one.
  private var discards = [Int](repeating: 0, count: Int(KillShape.segments))
  /// Blocks that may be moved.
  private var live: [(number: UInt64, extent: FlashExtent)]

  init(
    _ store: SegmentStore, recovered: [RecoveredBlock], seed: UInt64, firstNumber: UInt64,
    firstSegment: UInt32
  ) throws(PayloadMemoryError) {
    memory = try PayloadMemory(capacityBytes: 64 << 20, largestBlock: 4 << 20)
    self.store = store
    random = seed
    number = firstNumber
    segment = (firstSegment + KillShape.segments - 1) % KillShape.segments
    live = recovered.map { ($0.key.low, $0.extent) }
  }

  func next() {
    random = NumberedBlock.mix(random)
    if random % 4 == 0, !live.isEmpty {
      move(live[Int(random >> 8) % live.count])
    } else {
      write()
    }
  }

  private func write() {
    let block = NumberedBlock(number: number)
    number += 1
    let extent = place(block.length)
    let before = discards[Int(extent.segment)]
    let payload = memory.allocate(Int(block.length))
    block.fill(payload.bytes)
    store.write(extent, key: block.key, tenant: TenantID(1), from: payload) { [self] status in
      if status == .ok || before == discards[Int(extent.segment)] {
        KillRecord(status == .ok ? .written : .failed, extent, number: block.number).say()
      }
      if status == .ok { live.append((block.number, extent)) }
      next()
    }
  }

  private func move(_ block: (number: UInt64, extent: FlashExtent)) {
    let extent = place(block.extent.length)
    // Its segment may just have been discarded to make room.
    guard live.contains(where: { $0.extent == block.extent }) else { return next() }
    store.move(from: block.extent, to: extent) { [self] status in
      // It fails if its source is discarded meanwhile.
      if status == .ok {
        KillRecord(.written, extent, number: block.number).say()
        live.append((block.number, extent))
      }
      next()
    }
  }

  /// Space at the end of the open segment, or in the next one, which is discarded first.
  private func place(_ length: UInt32) -> FlashExtent {
    let footprint = FlashLog.footprint(length)
    if end + footprint > KillShape.segmentBytes {
      segment = (segment + 1) % KillShape.segments
      end = 0
      live.removeAll { $0.extent.segment == segment }
      KillRecord(.discard, FlashExtent(segment: segment, offset: 0, length: 0), number: 0).say()
      discards[Int(segment)] += 1
      store.discard(segment)
    }
    end += footprint
    return FlashExtent(segment: segment, offset: end - footprint, length: length)
  }
}
