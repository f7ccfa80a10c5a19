internal import Synchronization
internal import TarnCore

/// Which origins answer questions about objects at all, so that opens of a container whose origin is
/// out of reach are decided at once by what is known.
final class OriginReach: Sendable {
  /// What an open comes to whose question was not even sent.
  static let silence = ObjectFailure.failed(
    "the origin did not answer the last questions; one a second still asks it")

  /// By the origin's description: as many as are configured.
  private let reaches = Mutex<[String: HomeReach]>([:])

  /// Whether to ask the container's origin at `now`. True once a second while it does not answer.
  func mayAsk(_ place: ContainerPlace, at now: Instant) -> Bool {
    reaches.withLock { reaches in
      // Nearly always nothing is wrong, and nothing is noted.
      guard !reaches.isEmpty else { return true }
      return reaches[place.origin.description]?.mayAsk(at: now) ?? true
    }
  }

  /// How a question to the container's origin ended.
  func note(_ place: ContainerPlace, _ answer: AttributeQuestions.Answer, at now: Instant) {
    var isAnswered = true
    if case .failure(let failure) = answer { isAnswered = failure.isAnswer }
    reaches.withLock { reaches in
      if isAnswered {
        if !reaches.isEmpty { reaches[place.origin.description] = nil }
      } else {
        reaches[place.origin.description, default: HomeReach()].failed(at: now)
      }
    }
  }
}

extension ObjectFailure {
  /// Whether someone who knows said so; else nobody was reached, or nobody knew.
  var isAnswer: Bool {
    switch self {
    case .noObject, .noContainer, .changed, .denied: true
    case .busy, .deadline, .failed: false
    }
  }
}
