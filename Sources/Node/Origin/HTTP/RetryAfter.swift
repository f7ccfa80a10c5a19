/// How long a throttling server asks to wait (RFC 9110, section 10.2.3).
enum RetryAfter {
  /// Milliseconds from a Retry-After header, seconds or a date; 0 if it is missing or says nothing.
  static func milliseconds(_ value: String?, now: Int64) -> UInt32 {
    guard let value = value?.trimmingBlanks else { return 0 }
    let seconds = Int64(value) ?? HTTPDate.parse(value).map { $0 - now } ?? 0
    return UInt32(min(max(seconds, 0), 86_400)) * 1_000
  }
}
