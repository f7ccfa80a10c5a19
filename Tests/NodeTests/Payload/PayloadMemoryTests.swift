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
        if round % 5 == 0 { victim.payload.willSendByFile() }
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

  @Test func largePayloadsLieInAFileAtPageBoundaries() throws {
    let memory = try PayloadMemory(capacityBytes: 64 << 20, largestBlock: 4 << 20)
    let payload = memory.allocate(100_000)
    #expect(payload.file >= 0 && payload.fileOffset % 4_096 == 0 && payload.capacity == 102_400)
    #expect(memory.allocate(32_768).file == -1)
  }

  @Test func pagesThatASocketMayHoldAreNeverWrittenAgain() throws {
    let memory = try PayloadMemory(capacityBytes: 64 << 20, largestBlock: 1 << 20)
    var first: Payload? = memory.allocate(1 << 20)
    first?.bytes.initializeMemory(as: UInt8.self, repeating: 7)
    let place = first?.fileOffset
    first?.willSendByFile()
    first = nil
    let second = memory.allocate(1 << 20)
    #expect(second.fileOffset == place)
    // New pages: they read as zero, while those of before live on in the socket.
    #expect(second.bytes.allSatisfy { $0 == 0 })
  }

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
