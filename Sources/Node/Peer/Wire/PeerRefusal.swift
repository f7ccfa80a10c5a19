internal import NIOCore

/// Why a node won't talk to another; sent to it, so that both logs say it.
public struct PeerRefusal: Error, Equatable, Sendable, CustomStringConvertible {
  /// The reasons; the numbers are the wire's.
  public enum Reason: UInt8, CaseIterable, Sendable {
    /// There is no version of the protocol that both speak.
    case version = 1
    case cell = 2
    case capacity = 3
    case blockBytes = 4
    /// One has a secret and the other has none, or they are not the same.
    case secret = 5
    /// Not the node that was to be at this address.
    case ordinal = 6
    /// It is shutting down.
    case closing = 7
  }

  public var reason: Reason
  /// What is wrong and what to do about it.
  public var description: String

  /// A refusal for this reason.
  public init(_ reason: Reason, _ description: String) {
    self.reason = reason
    self.description = description
  }

  func write(into buffer: inout ByteBuffer) {
    buffer.write(little: reason.rawValue)
    buffer.write(text: description)
  }

  init(parsing body: UnsafeRawBufferPointer) throws(PeerFault) {
    var reader = WireReader(body)
    guard let reason = Reason(rawValue: try reader.take(UInt8.self)) else { throw .reserved }
    self.reason = reason
    description = try reader.text()
    try reader.finish()
  }
}
