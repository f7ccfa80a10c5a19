/// Classes of bytes in HTTP/1.1 messages (RFC 9110, section 5.6.2; RFC 9112, section 2).
enum HTTPSyntax {
  static let carriageReturn = UInt8(ascii: "\r")
  static let lineFeed = UInt8(ascii: "\n")
  static let space = UInt8(ascii: " ")
  static let tab = UInt8(ascii: "\t")
  static let colon = UInt8(ascii: ":")

  /// Whether the byte may stand in a token: a method or a field's name.
  @inline(__always)
  static func isToken(_ byte: UInt8) -> Bool {
    byte < 64
      ? tokensBelow64 &>> UInt64(byte) & 1 == 1
      : byte < 128 && tokensFrom64 &>> UInt64(byte &- 64) & 1 == 1
  }

  /// `!#$%&'*+-.0-9`.
  private static let tokensBelow64: UInt64 = bits("!#$%&'*+-.0123456789", from: 0)
  /// ``A-Z^_`a-z|~``.
  private static let tokensFrom64: UInt64 = bits(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZ^_`abcdefghijklmnopqrstuvwxyz|~", from: 64)

  private static func bits(_ characters: StaticString, from base: UInt8) -> UInt64 {
    characters.withUTF8Buffer { bytes in bytes.reduce(0) { $0 | 1 << UInt64($1 - base) } }
  }

  /// Where the first byte is that may not stand in a field's value or a target: a control byte other
  /// than the tab. Nil if there is none.
  ///
  /// Eight bytes at a time: a byte below 0x20 borrows when 0x20 is taken from it, and DEL alone is
  /// zero after an exclusive or with 0x7F.
  @inline(__always)
  static func firstControlByte(in bytes: UnsafeRawBufferPointer) -> Int? {
    var index = 0
    while index &+ 8 <= bytes.count {
      let word = bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self)
      if mayHoldControlByte(word), let found = firstControlByte(in: bytes, index, index &+ 8) {
        return found
      }
      index &+= 8
    }
    return firstControlByte(in: bytes, index, bytes.count)
  }

  @inline(__always)
  static func mayHoldControlByte(_ word: UInt64) -> Bool {
    let ones: UInt64 = 0x0101_0101_0101_0101
    let high: UInt64 = 0x8080_8080_8080_8080
    let delete = word ^ (ones &* 0x7F)
    return ((word &- ones &* 0x20) & ~word | (delete &- ones) & ~delete) & high != 0
  }

  @inline(__always)
  private static func firstControlByte(
    in bytes: UnsafeRawBufferPointer, _ start: Int, _ end: Int
  ) -> Int? {
    var index = start
    while index < end {
      if isControl(bytes[index]) { return index }
      index &+= 1
    }
    return nil
  }

  @inline(__always)
  static func isControl(_ byte: UInt8) -> Bool { (byte < 0x20 && byte != tab) || byte == 0x7F }

  /// A letter in lower case; other bytes may change too, so compare both sides alike.
  @inline(__always)
  static func lower(_ byte: UInt8) -> UInt8 {
    byte &- UInt8(ascii: "A") < 26 ? byte | 0x20 : byte
  }

  /// Whether the bytes are this word of lower-case letters, whatever their case.
  @inline(__always)
  static func isSame(_ bytes: UnsafeRawBufferPointer, _ word: StaticString) -> Bool {
    isSame(
      bytes, UnsafeRawBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount))
  }

  /// Whether the bytes are the same but for the case of letters.
  @inline(__always)
  static func isSame(_ bytes: UnsafeRawBufferPointer, _ other: UnsafeRawBufferPointer) -> Bool {
    guard bytes.count == other.count else { return false }
    var index = 0
    while index < bytes.count {
      guard lower(bytes[index]) == lower(other[index]) else { return false }
      index &+= 1
    }
    return true
  }

  /// Whether the bytes are exactly this word.
  @inline(__always)
  static func isEqual(
    _ bytes: UnsafeRawBufferPointer, _ range: Range<Int>, _ word: StaticString
  ) -> Bool {
    guard range.count == word.utf8CodeUnitCount else { return false }
    var index = 0
    while index < range.count {
      guard bytes[range.lowerBound &+ index] == word.utf8Start[index] else { return false }
      index &+= 1
    }
    return true
  }

  /// The bytes without blanks at both ends.
  @inline(__always)
  static func trimmed(_ bytes: UnsafeRawBufferPointer, _ range: Range<Int>) -> Range<Int> {
    var start = range.lowerBound
    var end = range.upperBound
    while start < end, bytes[start] == space || bytes[start] == tab { start &+= 1 }
    while end > start, bytes[end &- 1] == space || bytes[end &- 1] == tab { end &-= 1 }
    return start..<end
  }
}
