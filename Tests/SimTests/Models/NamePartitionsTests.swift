import TarnCore
import Testing

@testable import TarnSim

@Suite struct NamePartitionsTests {
  /// One account whose names one server serves at 100 requests/s, split after a second over it.
  private func account() -> BlobConfiguration {
    var blob = BlobConfiguration()
    blob.requestsPerSecond = 100_000
    blob.requestsPerSecondOfBlob = 0
    blob.burst = 100_000_000
    var partitions = BlobConfiguration.Partitions()
    partitions.requestsPerSecond = 100
    partitions.splitAfter = 1_000_000_000
    partitions.most = 8
    blob.partitions = partitions
    return blob
  }

  /// Requests a second that are served, second by second, of 1,000 that are asked.
  private func served(_ blob: BlobConfiguration, seconds: Int, names: UInt64) -> [Int] {
    var accounts = BlobAccounts(blob)
    return (0..<seconds).map { second in
      (0..<1000).count { index in
        let at = Instant(nanoseconds: UInt64(second) * 1_000_000_000 + UInt64(index) * 1_000_000)
        let name = UInt64(second * 1000 + index) % names
        let answer = accounts.read(blob: name, bytes: 1, at: at, random: 0)
        if case .ok = answer { return true }
        return false
      }
    }
  }

  @Test func `a hot account gets faster by splits, up to its most partitions`() {
    let served = served(account(), seconds: 20, names: 1 << 40)
    #expect((100...115).contains(served[0]))
    // Two, four, then eight servers of 100 requests/s.
    #expect((750...820).contains(served[19]))
    #expect(served[10] > 2 * served[0])
  }

  @Test func `one hot name stays in one partition, however often it is split`() {
    let served = served(account(), seconds: 12, names: 1)
    #expect(served[11] <= 120)
  }

  @Test func `an account below its rate is never split`() {
    var blob = account()
    blob.partitions?.requestsPerSecond = 2000
    var accounts = BlobAccounts(blob)
    for index in 0..<20_000 as Range<UInt64> {
      _ = accounts.read(
        blob: index, bytes: 1, at: Instant(nanoseconds: index * 1_000_000), random: 0)
    }
    let splits = accounts.partitionSplits
    #expect(splits == 0)
  }
}
