import Synchronization
import TarnCore
import Testing

@testable import TarnNode

@Suite struct ObjectServiceTests {
  @Test func aRangeAcrossManyBlocksAndShardsComesInOrder() async throws {
    let bench = try ObjectBench(.immutable)
    bench.origin.put("k", size: 1_000_000, byte: 9)
    let object = try await bench.open("k").get()
    let (bytes, failure) = try await bench.read(object, 70_000..<900_001)
    #expect(failure == nil && bytes.count == 830_001 && bytes.allSatisfy { $0 == 9 })
    let again = try await bench.read(object, 0..<1)
    #expect(again.bytes == [9])
  }

  @Test func emptyRangesEndAtOnce() async throws {
    let bench = try ObjectBench(.immutable)
    bench.origin.put("k", size: 0, byte: 1)
    let object = try await bench.open("k").get()
    let (bytes, failure) = try await bench.read(object, 0..<0)
    #expect(bytes.isEmpty && failure == nil)
  }

  @Test func immutableContainersAskOnceAndValidatedOnesAlways() async throws {
    let immutable = try ObjectBench(.immutable)
    immutable.origin.put("k", size: 1, byte: 1)
    for _ in 0..<5 { _ = try await immutable.open("k").get() }
    #expect(immutable.origin.state.withLock { $0.questions } == 1)

    let validated = try ObjectBench(.validate)
    validated.origin.put("k", size: 1, byte: 1)
    for _ in 0..<5 { _ = try await validated.open("k").get() }
    #expect(validated.origin.state.withLock { $0.questions } == 5)
  }

  @Test func aCrowdThatOpensAskesTheOriginOnce() async throws {
    let bench = try ObjectBench(.ttl(10_000_000_000))
    bench.origin.put("k", size: 1, byte: 1)
    await withTaskGroup(of: Void.self) { group in
      for _ in 0..<50 { group.addTask { _ = await bench.open("k") } }
    }
    #expect(bench.origin.state.withLock { $0.questions } == 1)
  }

  @Test func whatIsKnownGrowsOld() async throws {
    let bench = try ObjectBench(.ttl(30_000_000))
    bench.origin.put("k", size: 1, byte: 1)
    _ = await bench.open("k")
    bench.origin.put("k", size: 1, byte: 2)
    try await Task.sleep(nanoseconds: 40_000_000)
    #expect(try await bench.open("k").get().attributes.version == "\"2\"")
  }

  @Test func aSilentOriginIsAskedThreeTimesAndThenOnceASecond() async throws {
    let bench = try ObjectBench(.validate)
    bench.origin.put("k", size: 1, byte: 1)
    bench.origin.state.withLock { $0.isSilent = true }
    for _ in 0..<20 {
      guard case .failed = await bench.open("k").failure else {
        Issue.record("a validated object was opened without an answer")
        return
      }
    }
    // A slow machine may reach the next second, and one more question.
    #expect((3...4).contains(bench.origin.state.withLock { $0.questions }))
    bench.origin.state.withLock { $0.isSilent = false }
    try await Task.sleep(nanoseconds: 1_100_000_000)
    #expect(try await bench.open("k").get().attributes.version == "\"1\"")
  }

  @Test func aSilentOriginTakesNothingAwayThatNeverChanges() async throws {
    let bench = try ObjectBench(.immutable)
    bench.origin.put("k", size: 1, byte: 1)
    _ = try await bench.open("k").get()
    bench.origin.state.withLock { $0.isSilent = true }
    for key in ["x", "y", "z", "x"] { #expect(await bench.open(key).failure != nil) }
    #expect(try await bench.open("k").get().attributes.version == "\"1\"")
  }

  @Test func absentObjectsAndContainersAreSaidToBe() async throws {
    let bench = try ObjectBench(.immutable)
    #expect(await bench.open("nothing").failure == .noObject)
    #expect(await bench.open("nothing").failure == .noObject)
    #expect(bench.origin.state.withLock { $0.questions } == 2)
  }

  @Test func anOverwriteHalfWayEndsTheReadAndTheNextOpenSeesTheNewVersion() async throws {
    let bench = try ObjectBench(.immutable)
    bench.origin.put("k", size: 640_000, byte: 1)
    let object = try await bench.open("k").get()
    let origin = bench.origin
    origin.state.withLock {
      $0.beforeRead = { count in if count == 6 { origin.put("k", size: 640_000, byte: 2) } }
    }
    let (bytes, failure) = try await bench.read(object, 0..<640_000)
    #expect(failure == .changed && bytes.count < 640_000 && bytes.allSatisfy { $0 == 1 })
    let fresh = try await bench.open("k").get()
    #expect(fresh.attributes.version == "\"2\"")
    let second = try await bench.read(fresh, 0..<640_000)
    #expect(second.failure == nil && second.bytes == [UInt8](repeating: 2, count: 640_000))
  }
}
