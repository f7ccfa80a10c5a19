internal import TarnCore

/// Who gives leave to ask origins about objects: the cores, whose budget counts those requests
/// together with the reads of blocks.
protocol OriginLeave: AnyObject, Sendable {
  /// Waits for leave to send one request about the object, until `deadline` at the latest. Answers
  /// `Failure.none`, or why there is no leave.
  func leave(toAskAbout object: OriginObject, by deadline: Instant) async -> Failure
  /// An origin answered 503 or 429 to something that was no read of a block.
  func throttled(retryAfterMilliseconds: UInt32)
}
