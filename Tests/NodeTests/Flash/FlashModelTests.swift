import TarnCore
import Testing

@testable import TarnNode

/// A way to run the store.
struct FlashForm: Sendable, CustomTestStringConvertible {
  var engine: NodeConfiguration.Flash.Engine
  var isCompressed: Bool
  var testDescription: String { "\(engine)\(isCompressed ? ", lz4" : "")" }

  static let all = [
    FlashForm(engine: .threads, isCompressed: false),
    FlashForm(engine: .threads, isCompressed: true),
    FlashForm(engine: .uring, isCompressed: false),
    FlashForm(engine: .uring, isCompressed: true),
  ]
}

/// What a store should hold, kept in dictionaries.
private struct FlashModel {
  struct Block: Equatable {
    var key: UInt64
    var extent: FlashExtent
    var bytes: [UInt8]
  }

  let segments: UInt32
  let segmentBytes: UInt32
  /// What a restart should find in each segment, by offset.
  var found: [UInt32: [UInt32: Block]] = [:]
  /// What may be read: not in a segment that was discarded.
  var live: [Block] = []
  private var ends: [UInt32: UInt32] = [:]
  private var isFresh: Set<UInt32> = []
  private var open: UInt32?

  init(segments: UInt32, segmentBytes: UInt32) {
    self.segments = segments
    self.segmentBytes = segmentBytes
    isFresh = Set(0..<segments)
  }

  /// A place for `length` bytes; nil if no segment is fresh.
  mutating func place(_ length: UInt32) -> FlashExtent? {
    let footprint = FlashLog.footprint(length)
    if let segment = open, segmentBytes - (ends[segment] ?? 0) >= footprint {
      return take(segment, length, footprint)
    }
    guard let segment = isFresh.min() else { return nil }
    isFresh.remove(segment)
    open = segment
    ends[segment] = 0
    found[segment] = [:]
    return take(segment, length, footprint)
  }

  private mutating func take(
    _ segment: UInt32, _ length: UInt32, _ footprint: UInt32
  ) -> FlashExtent {
    let offset = ends[segment] ?? 0
    ends[segment] = offset + footprint
    return FlashExtent(segment: segment, offset: offset, length: length)
  }

  mutating func add(_ block: Block) {
    found[block.extent.segment]?[block.extent.offset] = block
    live.append(block)
  }

  mutating func discard(_ segment: UInt32) {
    live.removeAll { $0.extent.segment == segment }
    isFresh.insert(segment)
    if open == segment { open = nil }
  }

  /// Discarded segments that were not written again come back, and no segment is open any more.
  mutating func restart() {
    open = nil
    live = expected
    isFresh = Set((0..<segments).filter { found[$0]?.isEmpty ?? true })
  }

  var expected: [Block] {
    (0..<segments).flatMap { segment in
      (found[segment] ?? [:]).values.sorted { $0.extent.offset < $1.extent.offset }
    }
  }
}

@Suite struct FlashModelTests {
  @Test(arguments: FlashForm.all) func `The store holds what a dictionary holds`(
    form: FlashForm
  ) async throws {
    for seed: UInt64 in 1...3 { try await run(form, seed: seed) }
  }

  private func run(_ form: FlashForm, seed: UInt64) async throws {
    let place = FlashPlace()
    var random = FlashDice(state: seed)
    var model = FlashModel(segments: 6, segmentBytes: 256 << 10)
    var rig = try FlashRig(place, engine: form.engine, isCompressed: form.isCompressed)
    #expect(rig.recovered.isEmpty)
    var next: UInt64 = 1
    for round in 0..<40 {
      await writeAndMove(rig, &model, &random, &next)
      await readSome(rig, model, &random)
      if round % 3 == 2 {
        let segment = random.below(model.segments)
        await rig.discard(segment)
        model.discard(segment)
      }
      if round % 8 == 7 {
        if round % 16 == 7 { await rig.close() } else { await rig.abandon() }
        rig = try FlashRig(place, engine: form.engine, isCompressed: form.isCompressed)
        model.restart()
        let expected = model.expected.map {
          RecoveredBlock(key: flashKey($0.key), tenant: TenantID(7), extent: $0.extent)
        }
        #expect(rig.recovered == expected, "seed \(seed), round \(round)")
      }
    }
    for block in model.live { await check(rig, block) }
    #expect(rig.counters.corrupt == 0)
    #expect(rig.store.health == .ok)
    await rig.close()
  }

  /// Starts up to 12 writes and moves at once and waits for them all.
  private func writeAndMove(
    _ rig: FlashRig, _ model: inout FlashModel, _ random: inout FlashDice, _ next: inout UInt64
  ) async {
    var started: [(FlashModel.Block, Task<FlashStatus, Never>)] = []
    for _ in 0..<12 {
      if random.below(4) == 0, let block = model.live.randomElement(using: &random),
        let to = model.place(block.extent.length), to.segment != block.extent.segment
      {
        let moved = FlashModel.Block(key: block.key, extent: to, bytes: block.bytes)
        started.append((moved, rig.start(move: block.extent, to: to)))
      } else {
        let length = random.below(3) == 0 ? 4096 * (1 + random.below(8)) : 1 + random.below(40_000)
        guard let extent = model.place(length) else { continue }
        let bytes = flashBytes(Int(length), seed: next, isShrinkable: next % 2 == 0)
        let block = FlashModel.Block(key: next, extent: extent, bytes: bytes)
        started.append((block, rig.start(write: extent, flashKey(next), bytes)))
        next += 1
      }
    }
    for (block, task) in started {
      let status = await task.value
      #expect(status == .ok)
      model.add(block)
    }
  }

  private func readSome(_ rig: FlashRig, _ model: FlashModel, _ random: inout FlashDice) async {
    for _ in 0..<6 {
      if let block = model.live.randomElement(using: &random) { await check(rig, block) }
    }
  }

  private func check(_ rig: FlashRig, _ block: FlashModel.Block) async {
    let (status, bytes) = await rig.read(block.extent, flashKey(block.key))
    #expect(status == .ok)
    #expect(bytes == block.bytes)
  }
}

/// SplitMix64.
struct FlashDice: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var word = state
    word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
    word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
    return word ^ (word >> 31)
  }

  mutating func below(_ bound: UInt32) -> UInt32 { UInt32.random(in: 0..<bound, using: &self) }
}
