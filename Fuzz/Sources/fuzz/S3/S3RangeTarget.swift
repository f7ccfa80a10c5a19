@testable internal import TarnNode

extension FuzzTarget {
  /// Ranges lie within the object, and agree with a naive reader where that can read them.
  static let s3Range = FuzzTarget("s3-range", longestInput: 64) { input in
    let size = input.number(UInt64.self)
    let text = input.text()
    let range = S3Range(text)
    for size in [size, size % 1_000, 0, 1, .max] {
      let bytes = range?.bytes(ofSize: size)
      if let bytes { demand(!bytes.isEmpty && bytes.upperBound <= size, "\(text) of \(size)") }
      if let (first, last) = naiveRange(text) {
        demand(bytes == naiveBytes(first, last, size), "\(text) of \(size) is \(bytes as Any)")
      }
    }
    switch range {
    case .fromTo(let first, let last):
      demand(first <= last, "a range ends before it starts")
      demand(S3Range("bytes=\(first)-\(last)") == range, "\(text) changes")
    case .last(let count): demand(S3Range("bytes=-\(count)") == range, "\(text) changes")
    case nil: demand(naiveRange(text) == nil, "\(text) is overlooked")
    }
  }

  /// First and last byte of a range that is written as simply as can be.
  private static func naiveRange(_ text: String) -> (UInt64?, UInt64?)? {
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    guard text.hasPrefix("bytes="), parts.count == 2, !text.contains("+") else { return nil }
    let (first, last) = (UInt64(parts[0].dropFirst(6)), UInt64(parts[1]))
    guard first != nil || parts[0].count == 6, last != nil || parts[1].isEmpty,
      first != nil || last != nil, first ?? 0 <= last ?? .max
    else { return nil }
    return (first, last)
  }

  private static func naiveBytes(
    _ first: UInt64?, _ last: UInt64?, _ size: UInt64
  ) -> Range<UInt64>? {
    guard let first else {
      let count = min(last ?? 0, size)
      return count == 0 ? nil : (size - count)..<size
    }
    guard first < size else { return nil }
    return first..<(last.map { $0 < size ? $0 + 1 : size } ?? size)
  }
}
