import Glibc
import Testing

@testable import TarnNode

@Suite struct PayloadMemoryTests {
  @Test func chunksComeInFourSizesADoubling() {
    let sizes = [1, 64, 65, 80, 81, 96, 112, 113, 128, 129, 1_024, 1_025, 32_768]
    #expect(
      sizes.map { SlabPool.sizeClass($0).chunkBytes } == [
        64, 64, 80, 80, 96, 96, 112, 128, 128, 160, 1_024, 1_280, 32_768,
      ])
    #expect(SlabPool.sizeClass(64).index == 0)
    #expect(SlabPool.sizeClass(65).index == 1)
    for count in 1...32_768 {
      let (index, bytes) = SlabPool.sizeClass(count)
      #expect(bytes >= count && (count <= 64 || bytes * 4 <= count * 5 + 16))
      #expect(SlabPool.sizeClass(bytes).index == index)
    }
  }

  @Test func payloadsThatLiveTogetherNeverOverlap() throws {
    let memory = try PayloadMemory(capacityBytes: 64 << 20, largestBlock: 4 << 20)
    var random = SystemRandomNumberGenerator()
    var live: [(payload: Payload, mark: UInt8)] = []
    for round in 0..<4_000 {
      if live.count > 200 || (round % 3 == 2 && !live.isEmpty) {
        let victim = live.remove(at: Int.random(in: 0..<live.count, using: &random))
        #expect(
          victim.payload.bytes.first == victim.mark && victim.payload.bytes.last == victim.mark)
      } else {
        let count =
          Bool.random(using: &random) ? Int.random(in: 1...40_000) : 1 << Int.random(in: 0...19)
        let payload = memory.allocate(count)
        #expect(payload.count == count && payload.capacity >= count)
        let mark = UInt8(truncatingIfNeeded: round)
        payload.bytes.initializeMemory(as: UInt8.self, repeating: mark)
        live.append((payload, mark))
      }
    }
    for (payload, mark) in live { #expect(payload.bytes.allSatisfy { $0 == mark }) }
  }

  @Test func largePayloadsOwnWholePages() throws {
    let memory = try PayloadMemory(capacityBytes: 64 << 20, largestBlock: 4 << 20)
    for count in [32_769, 100_000, 1 << 20, (2 << 20) + 1, 4 << 20] {
      let payload = memory.allocate(count)
      #expect(UInt(bitPattern: payload.bytes.baseAddress).isMultiple(of: 4_096))
      #expect(payload.capacity == (count + 4_095) / 4_096 * 4_096)
    }
  }

  @Test func aPlaceIsUsedAgainWithItsPages() throws {
    let memory = try PayloadMemory(capacityBytes: 256 << 20, largestBlock: 4 << 20)
    for count in [64 << 10, 1 << 20, 4 << 20] {
      var first: Payload? = memory.allocate(count)
      first?.bytes.initializeMemory(as: UInt8.self, repeating: 7)
      let place = first?.bytes.baseAddress
      first = nil
      let second = memory.allocate(count)
      #expect(second.bytes.baseAddress == place && second.bytes.last == 7)
    }
  }

  /// What the kernel says of the whole process, so other tests' memory counts as well: the sizes are
  /// far above theirs.
  @Test func blocksHoldTheirOwnPagesAndNoMore() throws {
    let memory = try PayloadMemory(capacityBytes: 1 << 30, largestBlock: 4 << 20)
    let before = residentBytes()
    // Half of these would be wasted if they lay on huge pages.
    let count = (2 << 20) + 4_096
    var payloads = (0..<128).map { _ in memory.allocate(count) }
    for payload in payloads { payload.bytes.initializeMemory(as: UInt8.self, repeating: 1) }
    let full = residentBytes()
    #expect(full - before > 128 * count * 3 / 4 && full - before < 128 * count * 5 / 4)
    payloads.removeAll()
    #expect(full - residentBytes() > 128 * count * 3 / 4)
  }

  @Test func pagesForTheNextBlocksAreReady() async throws {
    let memory = try PayloadMemory(
      capacityBytes: 1 << 30, largestBlock: 4 << 20, preparesPages: true)
    var payloads: [Payload] = []
    for count in [4 << 20, 64 << 10, 60 << 10, 40_000] {
      payloads.append(memory.allocate(count))
    }
    let used = payloads.reduce(0) { $0 + $1.capacity }
    // Two blocks of 4 MiB and 128 of 64 KiB; none for those that do not fill their place.
    for _ in 0..<10_000 where memory.residentBytes < used + (16 << 20) {
      try await Task.sleep(for: .milliseconds(1))
    }
    #expect(memory.residentBytes == used + (16 << 20))
    let ready = (0..<2).map { _ in memory.allocate(4 << 20) }
    #expect(Set((payloads + ready).map(\.bytes.baseAddress)).count == 6)
    for payload in ready {
      var pages = [UInt8](repeating: 0, count: payload.count / 4_096)
      #expect(mincore(payload.bytes.baseAddress, payload.count, &pages) == 0)
      #expect(pages.allSatisfy { $0 & 1 == 1 })
    }
  }

  private func residentBytes() -> Int { Int(ProcessFigures.read()?.residentBytes ?? 0) }

  @Test func memoryThatIsFreedGoesBackToTheKernel() throws {
    let memory = try PayloadMemory(capacityBytes: 256 << 20, largestBlock: 4 << 20)
    var payloads = (0..<64).map { _ in memory.allocate(4 << 20) }
    #expect(memory.residentBytes == 256 << 20)
    payloads.removeAll()
    #expect(memory.residentBytes == 16 << 20)
    payloads = (0..<100_000).map { _ in memory.allocate(1_000) }
    #expect(memory.residentBytes < (16 << 20) + 100_000 * 1_024 * 11 / 10)
    payloads.removeAll()
    #expect(memory.residentBytes <= (16 << 20) + SlabPool.spareSlabs * SlabPool.slabBytes)
  }
}
