import TarnCore
import Testing

@Suite struct ConfigurationTests {
  private func problem(_ change: (inout CacheConfiguration) -> Void) -> String? {
    var configuration = CacheConfiguration()
    change(&configuration)
    return configuration.problem()?.description
  }

  @Test func `the defaults are sound`() {
    #expect(problem { _ in } == nil)
  }

  @Test func `every problem names field, value and bound`() {
    #expect(problem { $0.memoryBytes = 0 } == "memoryBytes is 0; give the memory tier some bytes")
    #expect(
      problem { $0.memoryHeadroomPermille = 600 }
        == "memoryHeadroomPermille is 600; use 500 or less")
    #expect(
      problem { $0.flashSegmentBytes = 5000 }
        == "flashSegmentBytes is 5000; use a multiple of 4096")
    #expect(
      problem {
        $0.flashSegmentBytes = 4096
        $0.flashBytes = 4096
      } == "flashBytes is 4096; use 0 for no flash, or at least 16384, four segments")
    #expect(
      problem { $0.originRequestsPerSecond = 0 } == "originRequestsPerSecond is 0; allow at least 1"
    )
    #expect(
      problem { $0.originCeilingPermille = 999 }
        == "originCeilingPermille is 999; use 1000, which is the budget itself, or more")
    #expect(
      problem {
        $0.originCeilingPermille = 1_000_000
        $0.originBytesPerSecond = 1 << 50
      }
        == "originBytesPerSecond is 1125899906842624; with a ceiling of 1000000 thousandths use "
        + "at most 18446744073709")
    #expect(problem { $0.originPaths = [] } == "originPaths names 0 paths; name 1 to 4")
    #expect(
      problem { $0.originPaths[0].isAuthoritative = false }
        == "originPaths has no path whose \"not found\" is the last word; make one authoritative")
    #expect(
      problem { $0.originPaths[0].timeoutNanoseconds = 5 }
        == "originPaths[0].timeoutNanoseconds is 5; allow at least 1000000, a millisecond")
    #expect(problem { $0.fetch.owners = 5 } == "fetch.owners is 5; use 1 to 4")
    #expect(
      problem { $0.tenantQuotaPermille = [500, 1001] }
        == "tenantQuotaPermille[1] is 1001; a share is at most 1000 thousandths")
    #expect(
      problem { $0.tenantQuotaPermille = [UInt16](repeating: 1, count: 64) }
        == "tenantQuotaPermille names 64 tenants; at most 63 can have a quota")
  }
}
