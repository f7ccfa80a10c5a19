public import TarnCore

/// Something that will happen at a known time: what `EventQueue` stores and hands back.
///
/// 16 bytes with an 8-byte payload. There is no sequence number: the queue keeps events of one time
/// in the order in which they were pushed by never letting them pass each other.
public struct ScheduledEvent<Payload: BitwiseCopyable>: BitwiseCopyable {
  /// When it happens.
  public var time: Instant
  /// What happens: the driver's own few bytes.
  public var payload: Payload

  /// `payload`, at `time`.
  public init(time: Instant, payload: Payload) {
    self.time = time
    self.payload = payload
  }
}

extension ScheduledEvent: Sendable where Payload: Sendable {}
extension ScheduledEvent: Equatable where Payload: Equatable {}
