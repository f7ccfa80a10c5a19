internal import NIOCore

/// Verifies that a body has as many bytes as its head said.
struct LengthCheck: BodyCheck {
  private var left: UInt64

  init(_ length: UInt64) { left = length }

  mutating func take(_ input: inout ByteBuffer) throws(BodyError) -> ByteBuffer? {
    guard UInt64(input.readableBytes) <= left else {
      throw .malformed("the body is longer than its announced length")
    }
    left -= UInt64(input.readableBytes)
    let piece = input
    input.clear()
    return piece
  }

  mutating func end() throws(BodyError) {
    guard left == 0 else { throw .incomplete }
  }
}
