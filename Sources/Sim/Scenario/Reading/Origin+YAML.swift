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
    if let partitions = section.section("partitions") { readPartitions(partitions) }
    readRoutes(section)
    readUse(section)
    faults = section.field("faults")?.items().map { Scenario.OriginFault($0.section()) } ?? []
    checkFaults(section)
    section.finish()
  }

  /// A fault of a direct path needs one.
  private func checkFaults(_ section: Section) {
    let direct = routes.filter { $0.kind != .frontEnd }.map(\.name)
    for (index, fault) in faults.enumerated() where fault.isOfDirectPath {
      if let path = fault.path, !direct.contains(path) {
        section.report(
          "\(quoted(path)) is no direct path; \(suggestion(for: path, among: direct))",
          at: "faults[\(index)].path")
      } else if direct.isEmpty {
        section.report(
          "\(fault.kind.rawValue) needs a direct path; give one in origin.paths",
          at: "faults[\(index)].kind")
      }
    }
  }

  private mutating func readFirstByte(_ section: Section) {
    let span = ValueReader<UInt64>.duration(atLeast: "1us", atMost: "1m")
    firstByteMedianNanoseconds = section.required("p50", span)
    firstByteP99Nanoseconds = section.required("p99", span)
    firstByteP90Nanoseconds = section.field("p90")?.value(span)
    firstByteP999Nanoseconds = section.field("p999")?.value(span)
    let percentiles: [(name: String, span: Nanoseconds?)] = [
      ("p50", firstByteMedianNanoseconds), ("p90", firstByteP90Nanoseconds),
      ("p99", firstByteP99Nanoseconds), ("p999", firstByteP999Nanoseconds),
    ]
    let known = percentiles.filter { $0.span != nil }
    for (lower, upper) in zip(known, known.dropFirst())
    where upper.span ?? 0 < lower.span ?? 0 {
      section.report("is below \(lower.name); give \(lower.name) or more", at: upper.name)
    }
    section.finish()
  }
}

extension Scenario.OriginFault {
  init(_ section: Section) {
    let kind = section.required("kind", .choice(Kind.outage))
    self.init(
      kind, atNanoseconds: section.required("at", .duration()),
      // Layouts expire at a moment, not for a time.
      durationNanoseconds: kind == .layoutsExpire
        ? 1 : section.required("duration", .duration(atLeast: "1ns")))
    switch kind {
    case .outage: break
    case .endpointGone:
      share = section.required("share", .positiveShare)
      isSilent = section.value("silent", .flag, default: true)
      path = section.field("path")?.value(.name)
    case .layoutsExpire: path = section.field("path")?.value(.name)
    case .throttle: capacity = section.required("capacity", .share)
    case .slow: slowdown = section.required("slowdown", .figure(atLeast: 1))
    }
    section.finish()
  }
}
