import TarnCore
import TarnSettings

extension Scenario.Origin {
  init(_ section: Section) {
    self.init()
    accounts = section.value("accounts", .count(1...10_000), default: accounts)
    requestsPerSecond = section.value("requests", .frequency, default: requestsPerSecond)
    bytesPerSecond = section.value("bytes", .rate, default: bytesPerSecond)
    requestsPerSecondPerBlob = section.value(
      "per_blob", .frequency, default: requestsPerSecondPerBlob)
    bytesPerSecondPerRequest = section.value(
      "per_request", .rate, default: bytesPerSecondPerRequest)
    retryAfterNanoseconds = section.value(
      "retry_after", .duration(atLeast: "1ms", atMost: "1h"), default: retryAfterNanoseconds)
    if let firstByte = section.section("first_byte") { readFirstByte(firstByte) }
    faults = section.field("faults")?.items().map { Scenario.OriginFault($0.section()) } ?? []
    section.finish()
  }

  private mutating func readFirstByte(_ section: Section) {
    let span = ValueReader<UInt64>.duration(atLeast: "1us", atMost: "1m")
    firstByteMedianNanoseconds = section.required("p50", span)
    firstByteP99Nanoseconds = section.required("p99", span)
    if firstByteP99Nanoseconds < firstByteMedianNanoseconds {
      section.report("is below p50; give p50 or more", at: "p99")
    }
    section.finish()
  }
}

extension Scenario.OriginFault {
  init(_ section: Section) {
    self.init(
      section.required("kind", .choice(.outage)),
      atNanoseconds: section.required("at", .duration()),
      durationNanoseconds: section.required("duration", .duration(atLeast: "1ns")))
    switch kind {
    case .outage: break
    case .throttle: capacity = section.required("capacity", .share)
    case .slow: slowdown = section.required("slowdown", .figure(atLeast: 1))
    }
    section.finish()
  }
}
