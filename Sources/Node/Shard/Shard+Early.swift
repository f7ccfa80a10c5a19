internal import NIOCore
internal import TarnCore

/// Blocks that an object's opening brings along.
extension Shard {
  /// How long a block waits for the read that it was fetched for.
  private static let earlyPatience = TimeAmount.seconds(2)

  /// Memory for a block that can come at once; nil if the core has it, or is fetching it.
  func expectEarly(
    _ key: BlockKey, length: UInt32, _ reservation: EarlyReservation
  ) -> Payload? {
    guard core.memory.find(key) == .none, !core.canServe(key), !early.contains(key) else {
      reservation.note(wasOfUse: false)
      return nil
    }
    reservation.shrink(to: UInt64(length))
    let payload = memory.allocate(Int(length))
    early.expect(key, payload, reservation)
    return payload
  }

  /// The block has come, or failed.
  func earlyEnded(_ key: BlockKey, _ payload: Payload, _ problem: OriginError?) {
    if let operation = early.end(key, payload, isWhole: problem == nil) {
      return originEnded(operation, key, payload, problem)
    }
    guard problem == nil, early.contains(key) else { return }
    loop.assumeIsolated().scheduleTask(in: Self.earlyPatience) { [weak self] in
      self?.early.drop(key, payload)
    }
  }
}
