/// What a response to a request for a range holds.
extension StoreResponse {
  /// Bytes of the whole object, and which of them follow; nil if that is not what was wanted, as from
  /// a server that ignores ranges and sends more (RFC 9110, section 14.4).
  func part(of wanted: Range<UInt64>) -> (size: UInt64, range: Range<UInt64>)? {
    let length = header("content-length").flatMap { UInt64($0) }
    guard let given = header("content-range") else {
      guard status == 200, let length, wanted.lowerBound == 0, length <= wanted.upperBound else {
        return nil
      }
      return (length, 0..<length)
    }
    guard let (range, size) = StoreResponse.parse(contentRange: given),
      range == wanted.lowerBound..<min(wanted.upperBound, size),
      length == nil || length == UInt64(range.count)
    else { return nil }
    return (size, range)
  }

  /// `bytes 0-9/20`.
  static func parse(contentRange text: String) -> (range: Range<UInt64>, size: UInt64)? {
    guard text.hasPrefix("bytes ") else { return nil }
    let numbers = text.dropFirst(6).split(
      omittingEmptySubsequences: false, whereSeparator: { $0 == "-" || $0 == "/" })
    guard numbers.count == 3, let first = UInt64(numbers[0]), let last = UInt64(numbers[1]),
      let size = UInt64(numbers[2]), first <= last, last < size
    else { return nil }
    return (first..<last + 1, size)
  }

  /// Puts the bytes of `part` where `room` wants them, if it does.
  func fill(
    _ part: Range<UInt64>, _ attributes: ObjectAttributes,
    _ room: @Sendable (ObjectAttributes) async -> Payload?
  ) async throws(OriginError) {
    guard !part.isEmpty else { return await leave(length: 0) }
    guard let payload = await room(attributes) else { return await leave(length: part.count) }
    precondition(payload.count == part.count, "the bytes of a part get a payload of their number")
    try await fill(payload.bytes)
  }

  /// Reads a body of `length` bytes away if that is cheaper than a new connection; a longer one ends
  /// with its connection.
  private func leave(length: Int) async {
    if length <= StoreResponse.cheapBytes { _ = try? await collect(limit: length) }
  }

  private static let cheapBytes = 64 << 10
}
