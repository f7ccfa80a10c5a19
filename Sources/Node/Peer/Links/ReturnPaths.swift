internal import Synchronization
internal import TarnCore

/// Which shard of a peer asked, where the number of ours does not say it.
///
/// Messages that are about no block go from shard s to shard s modulo the receiver's shards, and the
/// answer goes back the same way. If the asker has more shards than we, that way leads to another
/// shard than the one that asked; so its number is kept until the answer. Nodes of a cell have the
/// same number of shards except while an operator changes it, so only look-ups of prefixes, which go
/// to the shard of their first key, need this most of the time.
final class ReturnPaths: Sendable {
  struct Path: Hashable {
    var peer: UInt16
    var shard: Int
    var operation: OperationID
  }

  /// Answers come at once or not at all: the oldest are forgotten beyond this many.
  static let limit = 4_096

  private struct State {
    var sources: [Path: [UInt16]] = [:]
    var count = 0
  }
  private let state = Mutex(State())
  private let isUsed = Atomic<Bool>(false)

  /// Shard `source` of a peer asked.
  func note(_ path: Path, source: UInt16) {
    isUsed.store(true, ordering: .relaxed)
    state.withLock { state in
      if state.count >= ReturnPaths.limit { state = State() }
      state.sources[path, default: []].append(source)
      state.count += 1
    }
  }

  /// Who asked first of those who have no answer yet.
  func take(_ path: Path) -> UInt16? {
    guard isUsed.load(ordering: .relaxed) else { return nil }
    return state.withLock { state in
      guard var sources = state.sources[path], !sources.isEmpty else { return nil }
      let source = sources.removeFirst()
      state.sources[path] = sources.isEmpty ? nil : sources
      state.count -= 1
      return source
    }
  }
}

extension PeerMessage.Kind {
  /// About one block: for the shard of its key. A look-up of a prefix names its first block.
  var isAboutBlock: Bool {
    switch self {
    case .ask, .give, .redirect, .decline, .offer, .askPrefix: true
    case .askBudget, .grantBudget, .denyBudget, .reportThrottle, .ping, .pong, .givePrefix: false
    }
  }

  /// Answers to a question of a shard that the key does not tell.
  var answersShard: Bool {
    switch self {
    case .grantBudget, .denyBudget, .givePrefix: true
    default: false
    }
  }

  /// Questions whose answers are such.
  var wantsShardAnswer: Bool { self == .askBudget || self == .askPrefix }
}
