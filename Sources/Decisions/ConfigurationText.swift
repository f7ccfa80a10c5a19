import TarnCore

/// A core's complete configuration as text that reads back as the same: one line `name=value` a
/// field, all fields, always in the same order. traces/DECISIONS.md lists them.
///
/// Defaults are written too: a recording must replay the same after a default has changed.
enum ConfigurationText {
  /// Why a text is no configuration.
  struct Problem: Error, Equatable {
    var message: String
  }

  /// One line a field, each ended by a line feed.
  static func write(_ configuration: CacheConfiguration) -> String {
    fields.map { "\($0.name)=\($0.read(configuration))\n" }.joined()
  }

  /// The configuration that these lines are.
  static func read(_ lines: [Substring]) throws(Problem) -> CacheConfiguration {
    var configuration = CacheConfiguration()
    for (index, field) in fields.enumerated() {
      guard index < lines.count else {
        // Recordings from before there were paths, or ceilings, had what is the default.
        if field.name == pathsName || field.name == ceilingName { break }
        throw Problem(message: "lacks \(field.name)")
      }
      let line = lines[index]
      guard line.utf8.starts(with: "\(field.name)=".utf8) else {
        throw Problem(message: "has \"\(line)\" where \(field.name) belongs")
      }
      let value = line.dropFirst(field.name.count + 1)
      guard field.write(value, &configuration), field.read(configuration) == value else {
        throw Problem(message: "has an impossible value, \"\(line)\"")
      }
    }
    if lines.count > fields.count {
      throw Problem(message: "has \"\(lines[fields.count])\", which this Tarn does not know")
    }
    if let problem = configuration.problem() {
      throw Problem(message: "has a configuration that no core can have: \(problem)")
    }
    return configuration
  }

  private static let fields: [ConfigurationField] =
    [
      .number("memory.bytes", \.memoryBytes),
      .choice("memory.admission", \.memoryAdmission, \.name),
      .number("memory.headroom_permille", \.memoryHeadroomPermille),
    ] + eviction("memory.eviction", \.memoryEviction) + [
      .number("flash.bytes", \.flashBytes),
      .choice("flash.admission", \.flashAdmission, \.name),
      .choice("flash.fill", \.flashFill, \.name),
      .number("flash.segment_bytes", \.flashSegmentBytes),
    ] + eviction("flash.eviction", \.flashEviction) + [
      .number("fetch.peer_patience_ns", \.fetch.peerPatienceNanoseconds),
      .number("fetch.ping_timeout_ns", \.fetch.pingTimeoutNanoseconds),
      .number("fetch.suspicion_ns", \.fetch.suspicionNanoseconds),
      .number("fetch.origin_timeout_ns", \.fetch.originTimeoutNanoseconds),
      .number("fetch.flash_timeout_ns", \.fetch.flashTimeoutNanoseconds),
      .number("fetch.origin_attempts", \.fetch.originAttempts),
      .number("fetch.owners", \.fetch.owners),
      .number("fetch.fan_out", \.fetch.fanOut),
      .number("fetch.fan_out_window_ns", \.fetch.fanOutWindowNanoseconds),
      .number("fetch.budget_horizon_ns", \.fetch.budgetHorizonNanoseconds),
      .number("fetch.flight_limit", \.fetch.flightLimit),
      .number("fetch.bypass_percent", \.fetch.bypassPercent),
      .number("origin.requests_per_s", \.originRequestsPerSecond),
      .number("origin.bytes_per_s", \.originBytesPerSecond),
      .quotas("tenants.quota_permille"),
      .paths(pathsName),
      .number(ceilingName, \.originCeilingPermille),
    ]

  private static let pathsName = "origin.paths"
  private static let ceilingName = "origin.ceiling_permille"

  private static func eviction(
    _ name: String,
    _ path: any WritableKeyPath<CacheConfiguration, EvictionConfiguration> & Sendable
  ) -> [ConfigurationField] {
    [
      ConfigurationField(
        name: name, read: { $0[keyPath: path].kind.name },
        write: { text, configuration in
          guard let kind = EvictionKind.allCases.first(where: { $0.name == text }) else {
            return false
          }
          configuration[keyPath: path].kind = kind
          return true
        }),
      .part("\(name).small_permille", of: path, \.smallPermille),
      .part("\(name).ghost_permille", of: path, \.ghostPermille),
      .part("\(name).move_to_main_threshold", of: path, \.moveToMainThreshold),
      .part("\(name).window_permille", of: path, \.windowPermille),
    ]
  }
}

/// A field: its name, how it is written, and how it is read; reading says whether that worked.
private struct ConfigurationField: Sendable {
  typealias Path<Value> = any WritableKeyPath<CacheConfiguration, Value> & Sendable

  let name: String
  let read: @Sendable (CacheConfiguration) -> String
  let write: @Sendable (Substring, inout CacheConfiguration) -> Bool

  static func number<Value: FixedWidthInteger & Sendable>(
    _ name: String, _ path: Path<Value>
  ) -> ConfigurationField {
    ConfigurationField(
      name: name, read: { String($0[keyPath: path]) },
      write: { text, configuration in
        guard let value = Value(text) else { return false }
        configuration[keyPath: path] = value
        return true
      })
  }

  static func part<Value: FixedWidthInteger & Sendable>(
    _ name: String, of whole: Path<EvictionConfiguration>,
    _ path: any WritableKeyPath<EvictionConfiguration, Value> & Sendable
  ) -> ConfigurationField {
    ConfigurationField(
      name: name, read: { String($0[keyPath: whole][keyPath: path]) },
      write: { text, configuration in
        guard let value = Value(text) else { return false }
        configuration[keyPath: whole][keyPath: path] = value
        return true
      })
  }

  static func choice<Value: CaseIterable & Sendable>(
    _ name: String, _ path: Path<Value>, _ title: any KeyPath<Value, String> & Sendable
  ) -> ConfigurationField {
    ConfigurationField(
      name: name, read: { $0[keyPath: path][keyPath: title] },
      write: { text, configuration in
        guard let value = Value.allCases.first(where: { $0[keyPath: title] == text }) else {
          return false
        }
        configuration[keyPath: path] = value
        return true
      })
  }

  /// Thousandths by tenant number, separated by commas; nothing for no quotas.
  static func quotas(_ name: String) -> ConfigurationField {
    ConfigurationField(
      name: name, read: { $0.tenantQuotaPermille.map(String.init).joined(separator: ",") },
      write: { text, configuration in
        let parts = text.isEmpty ? [] : text.split(separator: ",", omittingEmptySubsequences: false)
        let values = parts.compactMap { UInt16($0) }
        guard values.count == parts.count else { return false }
        configuration.tenantQuotaPermille = values
        return true
      })
  }

  /// Budgeted (1 or 0), authoritative (1 or 0), time-out in nanoseconds or nothing, penalty in
  /// microseconds; `:` between them, `,` between paths.
  static func paths(_ name: String) -> ConfigurationField {
    ConfigurationField(
      name: name, read: { $0.originPaths.map(\.text).joined(separator: ",") },
      write: { text, configuration in
        let parts = text.split(separator: ",", omittingEmptySubsequences: false)
        let paths = parts.compactMap { OriginPathConfiguration(text: $0) }
        guard paths.count == parts.count else { return false }
        configuration.originPaths = paths
        return true
      })
  }
}

extension OriginPathConfiguration {
  fileprivate var text: String {
    let timeout = timeoutNanoseconds.map(String.init) ?? ""
    return "\(isBudgeted ? 1 : 0):\(isAuthoritative ? 1 : 0):\(timeout):\(penaltyMicroseconds)"
  }

  fileprivate init?(text: Substring) {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 4, let penalty = UInt32(parts[3]),
      parts[2].isEmpty || UInt64(parts[2]) != nil
    else { return nil }
    self.init(
      isBudgeted: parts[0] == "1", isAuthoritative: parts[1] == "1",
      timeoutNanoseconds: UInt64(parts[2]), penaltyMicroseconds: penalty)
  }
}
