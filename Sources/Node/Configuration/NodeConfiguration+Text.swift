internal import TarnCore

extension NodeConfiguration {
  /// The configuration in effect as YAML that `init(yaml:)` reads, but for its secrets, which are not
  /// told.
  public func text() -> String {
    var text = ConfigurationWriter()
    text.line("threads", threads.map(String.init))
    text.line("listen", "\(listen)")
    text.line("admin", "\(admin)")
    text.line("block", "\(blockBytes)B")
    text.line("domain", domain)
    text.line("read_deadline", "\(readDeadlineNanoseconds)ns")
    text.line("read_ahead", "\(readAhead)")
    text.section("cache") { writeCache(&$0) }
    text.section("flash") {
      $0.line("directory", flash.directory)
      $0.line("compression", flash.isCompressed ? "lz4" : "none")
      $0.line("engine", flash.engine.rawValue)
    }
    text.list("origins", origins) { $0.write(&$1) }
    text.list("containers", containers) { $0.write(&$1) }
    text.list("tenants", tenants) { $0.write(&$1) }
    if let cell { text.section("cell") { cell.write(&$0) } }
    if let directory = recording.directory {
      text.section("recording") {
        $0.line("directory", directory)
        $0.line("decisions", "\(recording.decisions)")
      }
    }
    text.section("log") {
      $0.line("format", log.format.rawValue)
      $0.line("level", log.level)
    }
    return text.text
  }

  /// In a sentence: what is served, from where, to whom.
  public var summary: String {
    let origins =
      origins.isEmpty ? "the folder traces" : origins.map(\.name).joined(separator: ", ")
    let tenants = tenants.isEmpty ? "everyone on this machine" : "\(tenants.count) tenants"
    let cell = cell.map { "cell \($0.name)" } ?? "no cell"
    return "Serves \(origins) on \(listen) to \(tenants); memory \(cache.memoryBytes >> 20) MiB, "
      + "flash \(cache.flashBytes >> 20) MiB, \(cell)."
  }

  private func writeCache(_ text: inout ConfigurationWriter) {
    text.section("memory") {
      $0.line("capacity", "\(cache.memoryBytes)B")
      $0.line("eviction", cache.memoryEviction.kind.name)
      $0.line("admission", cache.memoryAdmission.name)
    }
    text.section("flash") {
      $0.line("capacity", "\(cache.flashBytes)B")
      $0.line("segment", "\(cache.flashSegmentBytes)B")
      $0.line("eviction", cache.flashEviction.kind.name)
      $0.line("admission", cache.flashAdmission.name)
      $0.line("fill", cache.flashFill.name)
    }
    text.section("budget") {
      $0.line("requests", "\(cache.originRequestsPerSecond)/s")
      $0.line("bytes", "\(cache.originBytesPerSecond)B/s")
      if cache.originCeilingPermille > 1_000 {
        $0.line("ceiling", "\(Double(cache.originCeilingPermille) / 1_000)")
      }
    }
  }
}

/// Writes YAML of sections and lines, two spaces a level.
struct ConfigurationWriter {
  private(set) var text = ""
  private var indent = ""
  /// Stands before the next line instead of its indent: the dash of a list's item.
  private var bullet: String?

  /// A key and its value, in quotes; nothing if there is no value.
  mutating func line(_ key: String, _ value: String?) {
    if let value { raw(key, quote(value)) }
  }

  /// A list of texts on one line.
  mutating func names(_ key: String, _ names: [String]) {
    raw(key, "[\(names.map(quote).joined(separator: ", "))]")
  }

  private mutating func raw(_ key: String, _ value: String) {
    text += (bullet ?? indent) + "\(key): \(value)\n"
    bullet = nil
  }

  /// In single quotes YAML would fold line breaks; so texts with control characters stand in double
  /// quotes, escaped (YAML 1.2.2, section 5.7).
  private func quote(_ value: String) -> String {
    let scalars = value.unicodeScalars
    guard scalars.contains(where: Self.needsEscape) else {
      return "'\(scalars.map { $0 == "'" ? "''" : String($0) }.joined())'"
    }
    return "\"\(scalars.map(Self.escape).joined())\""
  }

  private static func escape(_ scalar: Unicode.Scalar) -> String {
    if scalar == "\"" || scalar == "\\" { return "\\\(scalar)" }
    guard needsEscape(scalar) else { return String(scalar) }
    let digits = String(scalar.value, radix: 16)
    return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
  }

  private static func needsEscape(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0..<0x20, 0x7f..<0xa0, 0x2028, 0x2029, 0xfeff: true
    default: false
    }
  }

  mutating func section(_ key: String, _ body: (inout ConfigurationWriter) -> Void) {
    text += (bullet ?? indent) + "\(key):\n"
    bullet = nil
    indent += "  "
    body(&self)
    indent.removeLast(2)
  }

  mutating func list<Item>(
    _ key: String, _ items: [Item], _ body: (Item, inout ConfigurationWriter) -> Void
  ) {
    guard !items.isEmpty else { return }
    text += indent + "\(key):\n"
    indent += "    "
    for item in items {
      bullet = indent.dropLast(2) + "- "
      body(item, &self)
    }
    indent.removeLast(4)
  }
}

/// What is written in the place of a secret.
private let withheld = "withheld"

extension NodeConfiguration.OriginPlace {
  func write(_ text: inout ConfigurationWriter) {
    writeStore(&text)
    settings.write(&text)
    text.list("paths", paths) {
      $0.place.writeStore(&$1)
      $0.settings.write(&$1)
    }
  }

  private func writeStore(_ text: inout ConfigurationWriter) {
    text.line("name", name)
    switch kind {
    case .directory(let path):
      text.line("kind", "directory")
      text.line("path", path)
    case .s3(let endpoint, let region, let accessKey, let secretKey):
      text.line("kind", "s3")
      text.line("endpoint", endpoint)
      text.line("region", region)
      text.line("access_key", accessKey)
      text.line("secret_key", secretKey.map { _ in withheld })
    case .azure(let endpoint, let account, let sharedKey, let sas):
      text.line("kind", "azure")
      text.line("endpoint", endpoint)
      text.line("account", account)
      text.line("key", sharedKey.map { _ in withheld })
      text.line("sas", sas.map { _ in withheld })
    }
  }
}

extension OriginPathConfiguration {
  /// What differs from the defaults.
  fileprivate func write(_ text: inout ConfigurationWriter) {
    if !isBudgeted { text.line("budgeted", "false") }
    if !isAuthoritative { text.line("authoritative", "false") }
    text.line("timeout", timeoutNanoseconds.map { "\($0)ns" })
    if penaltyMicroseconds > 0 { text.line("penalty", "\(penaltyMicroseconds)us") }
  }
}

extension NodeConfiguration.Container {
  func write(_ text: inout ConfigurationWriter) {
    text.line("name", name)
    text.line("origin", origin)
    text.line("container", originContainer)
    switch consistency {
    case .immutable: text.line("consistency", "immutable")
    case .validate: text.line("consistency", "validate")
    case .ttl(let span): text.line("consistency", "\(span)ns")
    }
    if let tenants { text.names("tenants", tenants) }
  }
}

extension NodeConfiguration.Tenant {
  func write(_ text: inout ConfigurationWriter) {
    text.line("name", name)
    text.line("access_key", accessKey)
    text.line("secret_key", withheld)
    text.line("writes", "\(mayWrite)")
  }
}

extension NodeConfiguration.Cell {
  func write(_ text: inout ConfigurationWriter) {
    text.line("name", name)
    text.line("listen", "\(listen)")
    text.line("advertise", advertise.map { "\($0)" })
    text.line("ordinal", ordinal.map { "\($0)" })
    text.line("capacity", "\(capacity)")
    text.line("weight", "\(weight)")
    text.line("rack", "\(rack)")
    text.line("zone", "\(zone)")
    text.line("secret", secret.map { _ in withheld })
    switch discovery {
    case .list(let nodes): text.names("nodes", nodes.map { "\($0)" })
    case .dns(let name, let port, let every):
      text.section("dns") {
        $0.line("name", name)
        $0.line("port", "\(port)")
        $0.line("every", "\(every)ns")
      }
    case .etcd(let endpoints, let prefix):
      text.section("etcd") {
        $0.names("endpoints", endpoints)
        $0.line("prefix", prefix)
      }
    }
  }
}
