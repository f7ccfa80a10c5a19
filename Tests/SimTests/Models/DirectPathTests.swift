import TarnCore
import Testing

@testable import TarnSim

@Suite struct DirectPathTests {
  /// Look-ups of 1 ms from a service, reads of 2 ms, 100 MB/s an endpoint, nothing in between.
  private func plain() -> DirectPathConfiguration {
    var configuration = DirectPathConfiguration()
    configuration.lookupMedian = 1_000_000
    configuration.lookupP99 = 1_000_000
    configuration.lookupsPerSecond = 1_000
    configuration.firstByteMedian = 2_000_000
    configuration.firstByteP99 = 2_000_000
    configuration.bytesPerSecondOfEndpoint = 100_000_000
    configuration.bytesPerSecondOfRequest = 1_000_000_000
    configuration.sessionSetUp = 0
    configuration.endpoints = 1
    configuration.blobs = 1
    return configuration
  }

  private struct Bench: ~Copyable {
    let path: DirectPath
    var accounts: BlobAccounts
    var random = RandomStream(seed: 1, purpose: "test")

    init(_ configuration: DirectPathConfiguration, _ blob: BlobConfiguration = BlobConfiguration())
    {
      path = DirectPath(configuration, nodes: 4, scale: .unsampled)
      accounts = BlobAccounts(blob)
    }

    mutating func read(
      _ number: UInt64 = 1, bytes: UInt64 = 1_000_000, by node: Int = 0, at milliseconds: UInt64
    ) -> BlobAnswer {
      path.read(
        BlockKey(high: 0, low: number), bytes: bytes, by: node, at: ms(milliseconds),
        random: &random, accounts: &accounts)
    }
  }

  @Test func `the first read of a blob looks its layout up, later ones know it for its lifetime`() {
    var configuration = plain()
    configuration.layoutLifetime = 540_000_000_000
    var bench = Bench(configuration)
    // Look-up 1 ms, first byte 2 ms, and 10 ms of the endpoint.
    let first = bench.read(at: 0)
    let second = bench.read(at: 539_999)
    let third = bench.read(at: 540_000)
    #expect(first == .ok(firstByte: ms(3), lastByte: ms(13)))
    #expect(second == .ok(firstByte: ms(540_001), lastByte: ms(540_011)))
    #expect(third == .ok(firstByte: ms(540_012), lastByte: ms(540_022)))
    let totals = bench.path.totals
    #expect(totals.lookUps == 2 && totals.stale == 0)
  }

  @Test func `each node has its own layouts, and few rows forget the older`() {
    var configuration = plain()
    configuration.blobs = 1_000
    configuration.layoutsPerNode = 1
    var bench = Bench(configuration)
    _ = bench.read(1, at: 0)
    _ = bench.read(1, by: 1, at: 1000)
    _ = bench.read(2, at: 2000)
    _ = bench.read(1, at: 3000)
    #expect(bench.path.totals.lookUps == 4)
  }

  @Test func `a blob that was overwritten costs a round trip and another look-up, once a write`() {
    var configuration = plain()
    configuration.overwriteInterval = 10_000_000_000
    var bench = Bench(configuration)
    for second in 0..<30 as Range<UInt64> { _ = bench.read(at: second * 1000) }
    let totals = bench.path.totals
    #expect(totals.stale == 3)
    #expect(totals.lookUps == 4)
  }

  @Test func `each endpoint has a queue of its own, and one that is too long refuses`() {
    var configuration = plain()
    configuration.longestWait = 50_000_000
    var bench = Bench(configuration)
    var answers: [BlobAnswer] = []
    for _ in 0..<8 { answers.append(bench.read(at: 100)) }
    #expect(answers[1] == .ok(firstByte: ms(112), lastByte: ms(122)))
    #expect(answers[5] == .ok(firstByte: ms(152), lastByte: ms(162)))
    #expect(answers[6] == .throttled(at: ms(105), retryAfterMilliseconds: 1000))
  }

  @Test func `short reads are limited by how many an endpoint works on at once`() {
    var configuration = plain()
    configuration.concurrency = 4
    var bench = Bench(configuration)
    var last = BlobAnswer.failed(at: .zero)
    for _ in 0..<101 { last = bench.read(bytes: 1, at: 100) }
    // 2 ms over 4: half a millisecond each.
    #expect(last == .ok(firstByte: ms(152), lastByte: ms(152) + 500_000))
  }

  @Test func `a node sets up a session with each endpoint once`() {
    var configuration = plain()
    configuration.sessionSetUp = 5_000_000
    configuration.endpoints = 8
    var bench = Bench(configuration)
    for number in 0..<200 as Range<UInt64> {
      _ = bench.read(number, by: Int(number) % 2, at: number * 100)
    }
    #expect(bench.path.totals.sessions == 16)
    bench.path.restart(0)
    _ = bench.read(1, at: 30_000)
    #expect(bench.path.totals.sessions == 17)
  }

  @Test func `reads of a gone endpoint fail, and new layouts name another after a while`() {
    var configuration = plain()
    configuration.endpoints = 16
    configuration.faults = [
      DirectPathConfiguration.EndpointFault(
        start: ms(1000), end: ms(100_000), share: 0.5, isSilent: false)
    ]
    var bench = Bench(configuration)
    func failures(_ start: UInt64, _ bench: inout Bench) -> Int {
      var failed = 0
      for number in 0..<100 as Range<UInt64> {
        let answer = bench.read(number, at: start + number * 20)
        if case .failed = answer { failed += 1 }
      }
      return failed
    }
    // Layouts from before it, then of its first ten seconds, then of later, then of after it.
    var counts: [Int] = []
    for start in [0, 3000, 12_000, 101_000] as [UInt64] { counts.append(failures(start, &bench)) }
    #expect(counts[0] > 20 && counts[0] < 40)
    #expect((30...70).contains(counts[1]))
    #expect(counts[2] <= 3)
    #expect(counts[3] == 0)
  }

  @Test func `a storm of expired layouts asks for all of them again`() {
    var configuration = plain()
    configuration.expiries = [ms(5000)]
    configuration.lookupsPerSecond = 2
    var bench = Bench(configuration)
    for node in 0..<4 { _ = bench.read(by: node, at: UInt64(node) * 1000) }
    #expect(bench.path.totals.lookUps == 4)
    var refused = 0
    for node in 0..<4 {
      if case .throttled = bench.read(by: node, at: 5000) { refused += 1 }
    }
    // Two a second, and a second's burst.
    #expect(refused == 1)
    #expect(bench.path.totals.lookUps == 8)
  }

  @Test func `look-ups through the front end are requests of the blob's account`() {
    var configuration = plain()
    configuration.lookupsPerSecond = 0
    var blob = BlobConfiguration()
    blob.requestsPerSecond = 10
    blob.requestsPerSecondOfBlob = 0
    var bench = Bench(configuration, blob)
    var throttled = 0
    for node in 0..<40 {
      bench.path.restart(node % 4)
      if case .throttled = bench.read(by: node % 4, at: 0) { throttled += 1 }
    }
    #expect(throttled == 29)
    #expect(bench.path.totals.refusedLookUps == 29)
  }
}

private func ms(_ milliseconds: UInt64) -> Instant {
  Instant(nanoseconds: milliseconds * 1_000_000)
}
