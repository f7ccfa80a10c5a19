import TarnCore

/// A payload on its way to a node, from a peer or from the origin, of which one piece crosses
/// the links at a time.
struct Crossing: BitwiseCopyable {
  /// Who sends it; nil is the origin.
  let sender: UInt32?
  let receiver: UInt32
  /// What arrives with the last byte: the number of a peer's message, or of the report of a read.
  let index: UInt32
  let bytes: UInt32
  var sent: UInt32 = 0
  /// When its first byte can leave, and how long all of them take to get ready from there.
  let start: Instant
  let span: Nanoseconds

  /// Whether all pieces have crossed.
  var isDone: Bool { sent == bytes }

  /// When everything that was sent so far was ready.
  var ready: Instant {
    let product = span.multipliedFullWidth(by: UInt64(sent))
    // What was sent is no more than what there is, so the quotient is no more than the span.
    return start + UInt64(bytes).dividingFullWidth(product).quotient
  }

  /// Takes the next piece: its bytes.
  mutating func takePiece(of most: UInt32) -> UInt32 {
    let piece = min(most, bytes - sent)
    sent += piece
    return piece
  }
}
