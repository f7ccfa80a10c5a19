internal import Synchronization

/// Whether the node takes requests, and what an operator should know about it. Any thread.
public final class Readiness: Sendable {
  public enum Phase: String, Sendable { case starting, ready, draining }

  /// What `/readyz` says.
  public struct Report: Sendable, Equatable {
    public var phase: Phase
    /// Why the node takes no requests; empty if it does.
    public var reasons: [String]
    /// What is wrong without keeping requests away: degraded flash, an origin out of reach.
    public var warnings: [String]
    public var isReady: Bool { reasons.isEmpty }
  }

  private struct State {
    var phase = Phase.starting
    var obstacles: [String: String] = [:]
    var warnings: [String: String] = [:]
  }
  private let state = Mutex(State())

  /// A node that is starting.
  public init() {}

  /// The node's life goes on. Draining is the last phase: what comes after it is ignored.
  public func enter(_ phase: Phase) {
    state.withLock { if $0.phase != .draining { $0.phase = phase } }
  }

  /// The node can't take requests because of `part` until `clear(part)`.
  public func block(_ part: String, _ reason: String) {
    state.withLock { $0.obstacles[part] = reason }
  }

  /// `part` does not work as it should, but requests are served.
  public func warn(_ part: String, _ reason: String) {
    state.withLock { $0.warnings[part] = reason }
  }

  /// `part` is well again.
  public func clear(_ part: String) {
    state.withLock {
      $0.obstacles[part] = nil
      $0.warnings[part] = nil
    }
  }

  public var report: Report {
    state.withLock { state in
      let texts = { (notes: [String: String]) in
        notes.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }
      }
      var reasons = texts(state.obstacles)
      if state.phase != .ready { reasons.insert(state.phase.rawValue, at: 0) }
      return Report(phase: state.phase, reasons: reasons, warnings: texts(state.warnings))
    }
  }
}

extension Readiness.Report {
  /// One JSON object.
  var json: String {
    var text = "{\"ready\":\(isReady),\"phase\":\"\(phase.rawValue)\",\"reasons\":"
    append(reasons, to: &text)
    text += ",\"warnings\":"
    append(warnings, to: &text)
    return text + "}\n"
  }

  private func append(_ notes: [String], to text: inout String) {
    text += "["
    for (index, note) in notes.enumerated() {
      if index > 0 { text += "," }
      JSONText.append(note, to: &text)
    }
    text += "]"
  }
}
