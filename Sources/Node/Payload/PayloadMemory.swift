internal import CKernel
internal import Glibc

/// The memory in which a node keeps payload bytes.
public final class PayloadMemory: Sendable {
  /// Where a payload's bytes lie.
  struct Place: Sendable {
    var address: UInt
  }

  public init() {}

  /// Memory for a block of `count` bytes, not cleared.
  public func allocate(_ count: Int) -> Payload {
    let capacity = max(4096, (count + 4095) & ~4095)
    let base = UnsafeMutableRawPointer.allocate(byteCount: capacity, alignment: 4096)
    return Payload(
      bytes: UnsafeMutableRawBufferPointer(start: base, count: count), file: -1, fileOffset: 0,
      capacity: capacity, place: Place(address: UInt(bitPattern: base)), memory: self)
  }

  func free(_ place: Place, capacity: Int, wasSentByFile: Bool) {
    UnsafeMutableRawPointer(bitPattern: place.address)?.deallocate()
  }
}
