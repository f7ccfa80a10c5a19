internal import NIOCore
internal import Synchronization
internal import TarnCore

/// What waits to be sent to one peer, and the links that it may go by. Any thread sends; frames
/// become bytes on the link's event loop.
///
/// Bounded in frames and bytes: a peer that is slow or dead costs memory up to the bounds and no
/// more, and what does not fit is dropped. Frames without payload overtake those with one, so a ping
/// waits behind at most the payload that is on its way.
final class PeerLane: Sendable {
  private struct State {
    var urgent = CircularBuffer<OutFrame>()
    var bulk = CircularBuffer<OutFrame>()
    var queuedBytes = 0
    /// Links that are up, the one to send by first. There is more than one after both nodes dialed
    /// at the same time: both then send by the one that the lower ordinal dialed, and the other falls
    /// idle and closes.
    var links: [PeerLink] = []
    var isDialing = false
    var retryAt = Instant.zero
    var failures: UInt64 = 0
    var isFlushScheduled = false

    var count: Int { urgent.count + bulk.count }
  }

  /// Links that a peer may open in one lane before the oldest are closed.
  private static let linkLimit = 4

  /// Which peer.
  let ordinal: UInt16
  let index: Int
  private let context: PeerContext
  private let place: @Sendable () -> NodeConfiguration.SocketPlace?
  private let state = Mutex(State())

  init(
    _ ordinal: UInt16, index: Int, context: PeerContext,
    place: @escaping @Sendable () -> NodeConfiguration.SocketPlace?
  ) {
    self.ordinal = ordinal
    self.index = index
    self.context = context
    self.place = place
  }

  private enum Next {
    case wait
    case flush(PeerLink)
    case dial
    case drop(PeerDrop)
  }

  /// Sends `frame` when it is its turn, or drops it.
  func send(_ frame: OutFrame, now: Instant) {
    guard frame.isSendable else { return discard([frame], .unsendable) }
    switch enqueue(frame, now: now) {
    case .wait: break
    case .flush(let link): link.scheduleFlush()
    case .dial: dial()
    case .drop(let reason): discard([frame], reason)
    }
  }

  private func enqueue(_ frame: OutFrame, now: Instant) -> Next {
    let bytes = frame.payloadBytes
    let configuration = context.configuration
    return state.withLock { state in
      let link = state.links.first
      if link == nil, !state.isDialing, now < state.retryAt { return .drop(.unreachable) }
      guard state.count < configuration.queuedFrameLimit,
        state.queuedBytes + bytes <= configuration.queuedByteLimit
      else { return .drop(.overflow) }
      state.queuedBytes += bytes
      if bytes > 0 { state.bulk.append(frame) } else { state.urgent.append(frame) }
      guard let link else {
        if state.isDialing { return .wait }
        state.isDialing = true
        return .dial
      }
      if state.isFlushScheduled { return .wait }
      state.isFlushScheduled = true
      return .flush(link)
    }
  }

  /// The next frame for `link` to send; nil if there is none, and then `link` is told of the next.
  func next(for link: PeerLink, now: Instant) -> OutFrame? {
    var expired: [OutFrame] = []
    let frame = state.withLock { state -> OutFrame? in
      guard state.links.first === link else { return nil }
      while let frame = state.urgent.popFirst() ?? state.bulk.popFirst() {
        state.queuedBytes -= frame.payloadBytes
        if frame.expires > now { return frame }
        expired.append(frame)
      }
      state.isFlushScheduled = false
      return nil
    }
    if !expired.isEmpty { discard(expired, .expired) }
    return frame
  }

  /// What was queued will not be sent.
  func discard(_ frames: some Collection<OutFrame>, _ reason: PeerDrop) {
    guard !frames.isEmpty else { return }
    context.tally.dropped(reason, frames.count)
    for frame in frames {
      if let question = frame.question { context.questions.answer(question, nil) }
    }
  }
}

// MARK: Links come and go

extension PeerLane {
  /// `link` is up.
  func attach(_ link: PeerLink) {
    let (flushed, surplus) = state.withLock { state -> (PeerLink?, PeerLink?) in
      let place = state.links.firstIndex { $0.dialedBy >= link.dialedBy } ?? state.links.endIndex
      state.links.insert(link, at: place)
      if link.isDialed { state.isDialing = false }
      state.failures = 0
      state.retryAt = .zero
      let surplus = state.links.count > PeerLane.linkLimit ? state.links.last : nil
      state.isFlushScheduled = state.count > 0
      return (state.count > 0 ? state.links.first : nil, surplus)
    }
    flushed?.scheduleFlush()
    surplus?.scheduleClose()
  }

  /// `link`, which was up, is gone.
  func detach(_ link: PeerLink) {
    enum Next { case nothing, flush(PeerLink), dial }
    let next = state.withLock { state -> Next in
      let wasFirst = state.links.first === link
      state.links.removeAll { $0 === link }
      guard wasFirst else { return .nothing }
      state.isFlushScheduled = state.count > 0 && !state.links.isEmpty
      if state.count == 0 || state.isDialing { return .nothing }
      if let first = state.links.first { return .flush(first) }
      state.isDialing = true
      return .dial
    }
    // Answers that were on their way by this link will not come.
    context.questions.fail(ordinal)
    switch next {
    case .nothing: break
    case .flush(let link): link.scheduleFlush()
    case .dial: dial()
    }
  }

  /// A connection that this lane wanted did not become a link. After a refusal, which will not
  /// change soon, the longest wait follows.
  func dialFailed(isRefusal: Bool = false) {
    context.tally.linkFailed()
    let now = context.places.now()
    let configuration = context.configuration
    let lost = state.withLock { state -> [OutFrame] in
      state.isDialing = false
      guard state.links.isEmpty else { return [] }
      let doubled = configuration.firstRetryNanoseconds << min(state.failures, 16)
      let longest = configuration.longestRetryNanoseconds
      let wait = isRefusal ? longest : min(doubled, longest)
      // Not all nodes of a cell come back in the same moment.
      state.retryAt = now + wait / 4 * 3 + UInt64.random(in: 0...(wait / 2))
      state.failures += 1
      let lost = Array(state.urgent) + Array(state.bulk)
      state.urgent.removeAll()
      state.bulk.removeAll()
      state.queuedBytes = 0
      return lost
    }
    discard(lost, .unreachable)
    context.questions.fail(ordinal)
  }

  /// The peer has another address now: it may be tried at once.
  func placeChanged() {
    state.withLock {
      $0.retryAt = .zero
      $0.failures = 0
    }
  }

  /// Closes links of an earlier life of the peer.
  func closeLinks(notOf incarnation: UInt16) {
    let old = state.withLock { $0.links.filter { $0.peerIncarnation != incarnation } }
    for link in old { link.scheduleClose() }
  }

  private func dial() {
    guard let place = place() else { return dialFailed() }
    PeerLink.dial(.lane(self), place, expecting: ordinal, context)
  }
}
