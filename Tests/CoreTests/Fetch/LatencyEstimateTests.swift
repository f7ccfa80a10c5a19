import Testing

@testable import TarnCore

/// How long a peer's answer may take.
@Suite struct LatencyEstimateTests {
  @Test func `patience is the mean and four mean deviations, as of RFC 6298`() {
    var latency = LatencyEstimate()
    #expect(latency.peerPatience == 0)
    latency.record(.peer, nanoseconds: 80_000_000)
    // First measurement R: SRTT = R, RTTVAR = R / 2.
    #expect(latency.peerPatience == 240_000)
    latency.record(.peer, nanoseconds: 160_000_000)
    // RTTVAR = 3/4 x 40 + 1/4 x 80 = 50 ms, SRTT = 7/8 x 80 + 1/8 x 160 = 90 ms.
    #expect(latency.peerPatience == 290_000)
  }

  @Test func `it comes close to answers that always take the same, and other sources don't count`()
  {
    var latency = LatencyEstimate()
    for _ in 0..<100 {
      latency.record(.peer, nanoseconds: 80_000_000)
      latency.record(.origin, nanoseconds: 900_000_000)
    }
    #expect((80_000..<80_100).contains(latency.peerPatience))
  }
}
