/// What each node sends each other one: it goes by one connection, in order, so that a message waits
/// behind a payload that was sent before it. Pairs are looked up, never walked.
struct PeerConnections {
  /// Numbers of the messages that wait, for each pair between which a payload is under way.
  private var waiting: [UInt64: [UInt32]] = [:]

  private static func pair(_ sender: UInt32, _ receiver: UInt32) -> UInt64 {
    UInt64(sender) << 32 | UInt64(receiver)
  }

  /// Whether a payload is under way from `sender` to `receiver`.
  func isBusy(from sender: UInt32, to receiver: UInt32) -> Bool {
    waiting[Self.pair(sender, receiver)] != nil
  }

  /// A payload starts.
  mutating func occupy(from sender: UInt32, to receiver: UInt32) {
    let pair = Self.pair(sender, receiver)
    if waiting[pair] == nil { waiting[pair] = [] }
  }

  /// `message` waits for its turn.
  mutating func wait(_ message: UInt32, from sender: UInt32, to receiver: UInt32) {
    waiting[Self.pair(sender, receiver), default: []].append(message)
  }

  /// A payload has passed: the messages that waited for it, in order. Whoever takes them lets those wait
  /// again that come behind another payload.
  mutating func release(from sender: UInt32, to receiver: UInt32) -> [UInt32] {
    waiting.removeValue(forKey: Self.pair(sender, receiver)) ?? []
  }
}
