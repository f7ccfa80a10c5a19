import TarnCore
import Testing

@testable import TarnDecisions

@Suite struct ConfigurationTextTests {
  private func lines(_ configuration: CacheConfiguration) -> [Substring] {
    ConfigurationText.write(configuration).split(separator: "\n")
  }

  private func problem(_ lines: [Substring]) -> String? {
    do throws(ConfigurationText.Problem) { _ = try ConfigurationText.read(lines) } catch {
      return error.message
    }
    return nil
  }

  @Test(arguments: 1...200)
  func `any configuration reads back as it was written`(seed: UInt64) throws {
    let configuration = CacheConfiguration.random(seed)
    #expect(try ConfigurationText.read(lines(configuration)) == configuration)
  }

  /// Whoever adds a field to a configuration must write it too, or recordings replay with another.
  @Test func `every field is written`() {
    func fields(_ value: Any) -> Int { Mirror(reflecting: value).children.count }
    let configuration = CacheConfiguration()
    let eviction = fields(configuration.memoryEviction)
    let fetch = fields(configuration.fetch)
    // Two evictions and the fetch are fields themselves.
    #expect(fields(configuration) - 3 + 2 * eviction + fetch == lines(configuration).count)
  }

  @Test func `a text that is no configuration is refused`() {
    let good = lines(CacheConfiguration())
    #expect(problem(good) == nil)
    #expect(problem([]) == "lacks memory.bytes")
    #expect(problem(Array(good.dropLast(3))) == "lacks tenants.quota_permille")
    // Recordings from before there were paths, and from before budgets had a ceiling.
    #expect(problem(Array(good.dropLast(2))) == nil)
    #expect(problem(Array(good.dropLast())) == nil)
    #expect(problem(good + ["x=1"]) == "has \"x=1\", which this Tarn does not know")
    #expect(
      problem(["flash.bytes=1"] + good.dropFirst())
        == "has \"flash.bytes=1\" where memory.bytes belongs")
    for value in ["-1", "007", "", " 1", "18446744073709551616"] {
      #expect(
        problem(["memory.bytes=\(value)"] + good.dropFirst())
          == "has an impossible value, \"memory.bytes=\(value)\"")
    }
    #expect(
      problem(["memory.bytes=0"] + good.dropFirst())?.hasPrefix(
        "has a configuration that no core can have: memoryBytes is 0") == true)
  }
}

extension CacheConfiguration {
  /// Any configuration without a problem.
  fileprivate static func random(_ seed: UInt64) -> CacheConfiguration {
    var numbers = TestNumbers(seed)
    func pick<Value>(_ values: [Value]) -> Value {
      values[Int(numbers.below(UInt64(values.count)))]
    }
    func span() -> UInt64 { numbers.below(5) == 0 ? .max : numbers.below(1 << 40) }
    func eviction() -> EvictionConfiguration {
      var eviction = EvictionConfiguration(pick(EvictionKind.allCases))
      eviction.smallPermille = UInt16(numbers.below(1001))
      eviction.ghostPermille = UInt16(numbers.below(1 << 16))
      eviction.moveToMainThreshold = UInt8(numbers.below(256))
      eviction.windowPermille = UInt16(numbers.below(1001))
      return eviction
    }
    var random = CacheConfiguration()
    random.memoryBytes = 1 + numbers.below(1 << 44)
    random.memoryEviction = eviction()
    random.memoryAdmission = pick(AdmissionKind.allCases)
    random.memoryHeadroomPermille = UInt16(numbers.below(501))
    random.flashSegmentBytes = UInt32(1 + numbers.below(1 << 18)) << 12
    random.flashBytes =
      numbers.below(3) == 0 ? 0 : UInt64(random.flashSegmentBytes) * (4 + numbers.below(1000))
    random.flashEviction = eviction()
    random.flashAdmission = pick(AdmissionKind.allCases)
    random.flashFill = pick(FlashFill.allCases)
    random.fetch.peerPatienceNanoseconds = span()
    random.fetch.pingTimeoutNanoseconds = span()
    random.fetch.suspicionNanoseconds = span()
    random.fetch.originTimeoutNanoseconds = span()
    random.fetch.flashTimeoutNanoseconds = span()
    random.fetch.fanOutWindowNanoseconds = span()
    random.fetch.budgetHorizonNanoseconds = span()
    random.fetch.originAttempts = UInt8(1 + numbers.below(255))
    random.fetch.owners = UInt8(1 + numbers.below(4))
    random.fetch.fanOut = UInt8(numbers.below(256))
    random.fetch.flightLimit = UInt32(1 + numbers.below(1 << 23))
    random.fetch.bypassPercent = UInt32(numbers.below(1 << 32))
    random.originRequestsPerSecond = 1 + numbers.below(1 << 40)
    random.originBytesPerSecond = 1 + numbers.below(1 << 50)
    random.originCeilingPermille = UInt32(1000 + numbers.below(9000))
    random.tenantQuotaPermille = (0..<numbers.below(64)).map { _ in UInt16(numbers.below(1001)) }
    random.originPaths = (0..<1 + numbers.below(4)).map { index in
      OriginPathConfiguration(
        isBudgeted: numbers.below(2) == 0, isAuthoritative: index == 0 || numbers.below(2) == 0,
        timeoutNanoseconds: numbers.below(2) == 0 ? nil : 1_000_000 + numbers.below(1 << 40),
        penaltyMicroseconds: UInt32(numbers.below(1 << 32)))
    }
    return random
  }
}
