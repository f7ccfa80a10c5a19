internal import NIOCore
internal import TarnCore

/// Messages to and from the other nodes of the cell.
extension Shard {
  func send(_ message: PeerMessage, to peer: NodeID, slot: Slot, at now: Instant) {
    var message = message
    addPromise(to: &message, at: now)
    peers?.send(
      message, locator: message.kind == .ask ? locator(of: message.key) : nil,
      payload: slot == .none ? nil : slots[slot], to: peer, fromShard: settings.number, now: now)
  }

  /// A peer's message has come. What is about prompts is for KV clients, of which there are none.
  func receive(
    _ message: PeerMessage, locator: BlockLocator?, payload: Payload?, from peer: NodeID
  ) {
    var message = message
    switch message.kind {
    case .offer, .askPrefix, .givePrefix: return
    case .ask:
      guard let locator, locator.length == message.length else { return }
      if handOver(message, to: peer) { return }
      locators.note(locator, key: message.key)
      takePromise(of: &message)
    case .give:
      guard let payload, payload.count == Int(message.length) else { return }
      if collected(message.operation, payload) { return }
      land(payload, of: message.operation, key: message.key)
    case .decline:
      if collected(message.operation, nil) { return }
    case .redirect, .askBudget, .grantBudget, .denyBudget, .reportThrottle, .ping, .pong:
      break
    }
    step(.message(message, from: peer))
  }
}
