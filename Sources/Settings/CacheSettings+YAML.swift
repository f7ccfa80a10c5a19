import TarnCore

extension CacheSettings {
  /// The settings of a section where it has them, those of `base` elsewhere.
  package init(_ section: Section, over base: CacheSettings) {
    self = base
    if let memory = section.section("memory") { readMemory(memory) }
    if let flash = section.section("flash") { readFlash(flash) }
    if let fetch = section.section("fetch") {
      self.fetch = FetchConfiguration(fetch, over: base.fetch)
    }
    if let budget = section.field("budget") { self.budget = CacheSettings.Budget(budget) }
    if let quotas = section.section("quotas") {
      self.quotas = quotas.keys.map { tenant in
        CacheSettings.Quota(tenant: tenant, share: quotas.required(tenant, .positiveShare))
      }
    }
    section.finish()
  }

  private mutating func readMemory(_ section: Section) {
    memoryBytes = section.value("capacity", .size(atLeast: "1MiB"), default: memoryBytes)
    memoryEviction = section.field("eviction").map(EvictionConfiguration.init) ?? memoryEviction
    memoryAdmission = section.value("admission", .admission, default: memoryAdmission)
    let headroom = section.value("headroom", .share, default: memoryHeadroom)
    if headroom > 0.5 { section.report("is more than a half; use 50% or less", at: "headroom") }
    memoryHeadroom = headroom
    section.finish()
  }

  private mutating func readFlash(_ section: Section) {
    if let capacity = section.field("capacity") { flashCapacity = CacheSettings.Capacity(capacity) }
    flashEviction = section.field("eviction").map(EvictionConfiguration.init) ?? flashEviction
    flashAdmission = section.value("admission", .admission, default: flashAdmission)
    flashFill = section.value(
      "fill", .choice(.ownersOnFill, of: FlashFill.allCases, name: \.name), default: flashFill)
    flashSegmentBytes = section.value(
      "segment", .segment, default: flashSegmentBytes
    )
    section.finish()
  }
}

extension ValueReader where Value == AdmissionKind {
  static var admission: ValueReader { choice(.always, of: AdmissionKind.allCases, name: \.name) }
}

extension ValueReader where Value == UInt32 {
  static var segment: ValueReader {
    ValueReader<UInt64>.size(atLeast: "1MiB", atMost: "2GiB").map { UInt32($0) }
  }
}

extension CacheSettings.Capacity {
  /// A size, or a share of the drives.
  init(_ field: Field) {
    if let text = field.text, text.hasSuffix("%") {
      self = .share(field.value(.share))
    } else {
      self = .bytes(field.value(.size()))
    }
  }
}

extension CacheSettings.Budget {
  /// `auto`, or requests and bytes a second of one cell.
  init(_ field: Field) {
    guard field.isMapping else {
      _ = field.value(.choice("auto", of: ["auto"]))
      self = .automatic
      return
    }
    let section = field.section()
    self = .fixed(
      requestsPerSecond: section.required("requests", .frequency),
      bytesPerSecond: section.required("bytes", .rate),
      ceiling: section.value("ceiling", .ceiling, default: 1))
    section.finish()
  }
}

extension ValueReader where Value == Double {
  /// How many times its budget a cell may use.
  static var ceiling: ValueReader {
    ValueReader(wanted: "a factor such as 2.5", placeholder: 1) { text throws(ValueProblem) in
      let factor = try readFigure(text)
      guard (1...1_000).contains(factor) else {
        throw ValueProblem("\(text) is not from 1 to 1000; 1 is the budget itself")
      }
      return factor
    }
  }
}

extension EvictionConfiguration {
  /// A policy's name, or a mapping with the policy and its parameters.
  init(_ field: Field) {
    let policy = ValueReader.choice(
      EvictionKind.s3fifo, of: EvictionKind.allCases, name: \.name)
    guard field.isMapping else {
      self.init(field.value(policy))
      return
    }
    let section = field.section()
    self.init(section.required("policy", policy))
    let share = ValueReader<Double>.share.map { UInt16(($0 * 1_000).rounded()) }
    switch kind {
    case .s3fifo:
      smallPermille = section.value("small", share, default: smallPermille)
      ghostPermille = section.value("ghost", share, default: ghostPermille)
      moveToMainThreshold = section.value(
        "threshold", .whole(1...3), default: moveToMainThreshold)
      if smallPermille == 0 || smallPermille == 1_000 {
        section.report("leaves a queue no room; use more than 0 and less than 1", at: "small")
      }
    case .wtinylfu:
      windowPermille = section.value("window", share, default: windowPermille)
      if windowPermille == 0 || windowPermille == 1_000 {
        section.report("leaves a part no room; use more than 0 and less than 1", at: "window")
      }
    case .twoQ:
      smallPermille = section.value("in", share, default: smallPermille)
      ghostPermille = section.value("out", share, default: ghostPermille)
      if smallPermille == 0 || smallPermille == 1_000 {
        section.report("leaves a queue no room; use more than 0 and less than 1", at: "in")
      }
    case .lirs:
      smallPermille = section.value("hir", share, default: smallPermille)
      if smallPermille == 0 || smallPermille == 1_000 {
        section.report("leaves a part no room; use more than 0 and less than 1", at: "hir")
      }
    case .lru, .fifo, .clock, .sieve, .arc, .lfu, .gdsf, .lhd, .auto: break
    }
    section.finish()
  }
}

extension FetchConfiguration {
  init(_ section: Section, over base: FetchConfiguration) {
    self = base
    let span = ValueReader<UInt64>.duration(atLeast: "1us", atMost: "1h")
    func read(_ key: String, _ value: inout Nanoseconds) {
      value = section.value(key, span, default: value)
    }
    read("peer_patience", &peerPatienceNanoseconds)
    read("ping_timeout", &pingTimeoutNanoseconds)
    read("suspicion", &suspicionNanoseconds)
    read("origin_timeout", &originTimeoutNanoseconds)
    read("flash_timeout", &flashTimeoutNanoseconds)
    read("fan_out_window", &fanOutWindowNanoseconds)
    read("budget_horizon", &budgetHorizonNanoseconds)
    originAttempts = section.value(
      "origin_attempts", .whole(1...16), default: originAttempts)
    owners = section.value("owners", .whole(1...8), default: owners)
    fanOut = section.value("fan_out", .whole(1...64), default: fanOut)
    flightLimit = section.value(
      "flights", .whole(1...16_777_215), default: flightLimit)
    bypassPercent = section.value("bypass", .bypass, default: bypassPercent)
    section.finish()
  }
}

extension ValueReader where Value == UInt32 {
  /// `never`, or how many times slower than the origin the cache must be; in hundredths.
  static var bypass: ValueReader {
    ValueReader(wanted: "never, or a factor such as 1.5", placeholder: 0) {
      text throws(ValueProblem) in
      if text == "never" { return 0 }
      let factor = try readFigure(text)
      guard (1...1_000).contains(factor) else {
        throw ValueProblem("\(text) is not from 1 to 1000; give a factor such as 1.5, or never")
      }
      return UInt32((factor * 100).rounded())
    }
  }
}
