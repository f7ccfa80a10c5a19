internal import NIOCore

/// An input of the fuzzer, taken from its front. Where it ends, numbers are 0.
struct FuzzInput {
  private let all: UnsafeRawBufferPointer
  private var position = 0

  init(_ bytes: UnsafeRawBufferPointer) { all = bytes }

  /// Bytes that are left.
  var remaining: Int { all.count - position }

  mutating func byte() -> UInt8 {
    guard remaining > 0 else { return 0 }
    defer { position += 1 }
    return all[position]
  }

  /// A little-endian number.
  mutating func number<Number: FixedWidthInteger>(_ type: Number.Type = Number.self) -> Number {
    var number: Number = 0
    for index in 0..<(Number.bitWidth / 8) {
      number |= Number(truncatingIfNeeded: byte()) &<< Number(truncatingIfNeeded: index * 8)
    }
    return number
  }

  /// The next bytes, at most `count`.
  mutating func bytes(_ count: Int) -> [UInt8] {
    let end = position + min(count, remaining)
    defer { position = end }
    return Array(all[position..<end])
  }

  /// Everything that is left.
  mutating func rest() -> [UInt8] { bytes(remaining) }

  /// Everything that is left, as text; what is not UTF-8 is replaced.
  mutating func text() -> String { String(decoding: rest(), as: UTF8.self) }
}

extension [UInt8] {
  /// The bytes in pieces of `size` and a shorter last one.
  func pieces(of size: Int) -> [ByteBuffer] {
    stride(from: 0, to: count, by: size).map {
      ByteBuffer(bytes: self[$0..<Swift.min($0 + size, count)])
    }
  }

  /// Writes a number at `offset`, lowest byte first.
  mutating func put<Number: FixedWidthInteger>(_ number: Number, at offset: Int) {
    for index in 0..<(Number.bitWidth / 8) {
      self[offset + index] = UInt8(
        truncatingIfNeeded: number &>> Number(truncatingIfNeeded: index * 8))
    }
  }

  /// The number at `offset`, lowest byte first.
  func number<Number: FixedWidthInteger>(_ type: Number.Type, at offset: Int) -> Number {
    var number: Number = 0
    for index in 0..<(Number.bitWidth / 8) {
      number |=
        Number(truncatingIfNeeded: self[offset + index]) &<< Number(truncatingIfNeeded: index * 8)
    }
    return number
  }
}
