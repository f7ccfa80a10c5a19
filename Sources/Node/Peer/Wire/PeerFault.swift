/// What is wrong with bytes that a peer sent. Each closes the link: whoever sends this does not
/// speak the protocol, or the bytes were damaged on the way.
public enum PeerFault: UInt8, Error, CaseIterable, Sendable {
  /// Header and body don't have the checksum that the header says.
  case checksum
  /// A frame shorter than its header or longer than frames may be.
  case length
  /// No such type of frame, or not at this time.
  case type
  /// A bit that has no meaning is set.
  case reserved
  /// The body ends in the middle of a field, or goes on after the last one.
  case body
  /// Text that is not UTF-8.
  case text
  /// No such kind or source of a message.
  case message
  /// A payload where none belongs, of another length than the message says, or too long.
  case payload
  /// A block number or block size that no object has.
  case locator

  /// The name in metrics.
  public var name: String {
    switch self {
    case .checksum: "checksum"
    case .length: "length"
    case .type: "type"
    case .reserved: "reserved"
    case .body: "body"
    case .text: "text"
    case .message: "message"
    case .payload: "payload"
    case .locator: "locator"
    }
  }
}
