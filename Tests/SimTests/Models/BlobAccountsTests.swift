import TarnCore
import TarnSim
import Testing

struct BlobAccountsTests {
  /// One account of 1,000 requests/s and 1 GB/s with a burst of 100 ms; answers take 10 ms.
  private func plain() -> BlobConfiguration {
    var configuration = BlobConfiguration()
    configuration.requestsPerSecond = 1_000
    configuration.bytesPerSecond = 1_000_000_000
    configuration.bytesPerSecondOfRequest = 100_000_000
    configuration.burst = 100_000_000
    configuration.firstByteMedian = 10_000_000
    configuration.firstByteP99 = 10_000_000
    configuration.requestsPerSecondOfBlob = 0
    return configuration
  }

  @Test func `an answer has a first and a last byte`() {
    var accounts = BlobAccounts(plain())
    let answer = accounts.read(blob: 1, bytes: 1_000_000, at: at(5), random: 9)
    #expect(answer == .ok(firstByte: at(10_000_005), lastByte: at(20_000_005)))
  }

  @Test func `requests beyond the burst get 503, and the rate is kept`() {
    var accounts = BlobAccounts(plain())
    // 2,000 a second for 3 s: 3,000 and a burst of 100 pass, and the one that fills the bucket.
    var passed = 0
    for index in 0..<6_000 as Range<UInt64> {
      let answer = accounts.read(blob: index, bytes: 1, at: at(index * 500_000), random: 0)
      if case .ok = answer { passed += 1 }
    }
    #expect(passed == 3_100)
    let totals = accounts.totals
    #expect(totals.requests == 6_000)
    #expect(totals.throttled == 2_900)
    #expect(totals.bytes == 3_100)
  }

  @Test func `bytes beyond the burst get 503 with the time to wait`() {
    var configuration = plain()
    configuration.retryAfter = 0
    var accounts = BlobAccounts(configuration)
    // 400 MB are 400 ms of the budget: 300 ms too many.
    let first = accounts.read(blob: 1, bytes: 400_000_000, at: .zero, random: 0)
    let second = accounts.read(blob: 2, bytes: 1, at: .zero, random: 0)
    let third = accounts.read(blob: 3, bytes: 1, at: at(300_000_000), random: 0)
    #expect(first == .ok(firstByte: at(10_000_000), lastByte: at(4_010_000_000)))
    #expect(second == .throttled(at: at(5_000_000), retryAfterMilliseconds: 300))
    #expect(third == .ok(firstByte: at(310_000_000), lastByte: at(310_000_010)))
  }

  @Test func `a 503 asks for the configured patience at least`() {
    var accounts = BlobAccounts(plain())
    _ = accounts.read(blob: 1, bytes: 400_000_000, at: .zero, random: 0)
    let refused = accounts.read(blob: 2, bytes: 1, at: .zero, random: 0)
    #expect(refused == .throttled(at: at(5_000_000), retryAfterMilliseconds: 1_000))
  }

  @Test func `sampled reads take the budget of those that they stand for`() {
    var accounts = BlobAccounts(plain(), scale: SamplingScale(rate: 0.1))
    var passed = 0
    for index in 0..<600 as Range<UInt64> {
      let answer = accounts.read(blob: index, bytes: 1, at: at(index * 5_000_000), random: 0)
      if case .ok = answer { passed += 1 }
    }
    #expect(passed == 310)
    let totals = accounts.totals
    #expect(totals.requests == 6_000)
  }

  @Test func `one blob has its own limit and others do not feel it`() {
    var configuration = plain()
    configuration.requestsPerSecondOfBlob = 500
    var accounts = BlobAccounts(configuration)
    var passed = [0, 0]
    for index in 0..<2_000 as Range<UInt64> {
      let hot = accounts.read(blob: 7, bytes: 1, at: at(index * 1_000_000), random: 0)
      if case .ok = hot { passed[0] += 1 }
      guard index % 10 == 0 else { continue }
      let cool = accounts.read(blob: 100 + index, bytes: 1, at: at(index * 1_000_000), random: 0)
      if case .ok = cool { passed[1] += 1 }
    }
    // 2 s at 500 a second and 100 ms of burst; every other blob's read passes.
    #expect(passed == [1_050, 200])
  }

  @Test func `blobs spread over accounts, whose budgets add up`() {
    var configuration = plain()
    configuration.accounts = 4
    var accounts = BlobAccounts(configuration)
    var counts = [0, 0, 0, 0]
    var passed = 0
    for blob in 0..<8_000 as Range<UInt64> {
      counts[accounts.account(of: blob)] += 1
      let answer = accounts.read(blob: blob, bytes: 1, at: at(blob * 125_000), random: 0)
      if case .ok = answer { passed += 1 }
    }
    #expect(counts.allSatisfy { (1_850...2_150).contains($0) }, "\(counts)")
    #expect((4_396...4_404).contains(passed), "\(passed)")
  }

  @Test func `an outage fails everything, a brown-out slows and throttles`() {
    var configuration = plain()
    configuration.faults = [
      OriginFault(start: at(1_000_000_000), end: at(2_000_000_000), capacity: 0),
      OriginFault(
        start: at(3_000_000_000), end: at(4_000_000_000), capacity: 0.5, slowdown: 3),
    ]
    var accounts = BlobAccounts(configuration)
    let down = accounts.read(blob: 1, bytes: 1, at: at(1_000_000_000), random: 0)
    let up = accounts.read(blob: 1, bytes: 1_000_000, at: at(2_000_000_000), random: 0)
    let slow = accounts.read(blob: 1, bytes: 1_000_000, at: at(3_000_000_000), random: 0)
    #expect(down == .failed(at: at(1_005_000_000)))
    #expect(up == .ok(firstByte: at(2_010_000_000), lastByte: at(2_020_000_000)))
    #expect(slow == .ok(firstByte: at(3_030_000_000), lastByte: at(3_060_000_000)))
    var passed = 0
    for index in 1..<1_000 as Range<UInt64> {
      let now = at(3_000_000_000 + index * 1_000_000)
      if case .ok = accounts.read(blob: index, bytes: 1, at: now, random: 0) { passed += 1 }
    }
    // Half of 1,000 a second, and the burst, which holds 50 of them.
    #expect((548...552).contains(passed), "\(passed)")
  }

  @Test func `a configuration that cannot be is named`() {
    var configuration = plain()
    #expect(configuration.problem() == nil)
    configuration.firstByteP99 = 1
    #expect(configuration.problem()?.field == "firstByteP99")
    configuration = plain()
    configuration.accounts = 0
    #expect(configuration.problem()?.field == "accounts")
    configuration = plain()
    configuration.faults = [OriginFault(start: at(5), end: at(5))]
    #expect(configuration.problem()?.field == "faults[0]")
  }
}
