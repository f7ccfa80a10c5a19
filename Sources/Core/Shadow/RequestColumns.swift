/// Requests that a shadow cache can run over, however they lie in memory.
protocol RequestColumns {
  var count: Int { get }
  func key(at position: Int) -> ShadowKey
  func length(at position: Int) -> UInt32
}

/// Requests of a file whose records have equal length, in place.
public struct StridedRequests: RequestColumns {
  let base: UnsafeRawPointer
  let count: Int
  let stride: Int
  let keyOffset: Int
  /// Nil for a length of 1 each.
  let lengthOffset: Int?

  /// `count` records of `stride` bytes from `base`, with a 64-bit key at `keyOffset` and a 32-bit
  /// length at `lengthOffset`, both in the machine's byte order and of any alignment. A length of 0
  /// counts as 1.
  public init(
    base: UnsafeRawPointer, count: Int, stride: Int, keyOffset: Int, lengthOffset: Int?
  ) {
    self.base = base
    self.count = count
    self.stride = stride
    self.keyOffset = keyOffset
    self.lengthOffset = lengthOffset
  }

  @inline(__always)
  func key(at position: Int) -> ShadowKey {
    ShadowKey(base.loadUnaligned(fromByteOffset: position &* stride &+ keyOffset, as: UInt64.self))
  }

  @inline(__always)
  func length(at position: Int) -> UInt32 {
    guard let lengthOffset else { return 1 }
    return max(
      1, base.loadUnaligned(fromByteOffset: position &* stride &+ lengthOffset, as: UInt32.self))
  }
}

struct SizedRequests: RequestColumns {
  let keys: UnsafePointer<UInt64>
  let lengths: UnsafePointer<UInt32>
  let count: Int

  @inline(__always)
  func key(at position: Int) -> ShadowKey { ShadowKey(keys[position]) }
  @inline(__always)
  func length(at position: Int) -> UInt32 { lengths[position] }
}

struct UnitRequests: RequestColumns {
  let keys: UnsafePointer<UInt64>
  let count: Int

  @inline(__always)
  func key(at position: Int) -> ShadowKey { ShadowKey(keys[position]) }
  @inline(__always)
  func length(at position: Int) -> UInt32 { 1 }
}

struct OneRequest: RequestColumns {
  let key: ShadowKey
  let length: UInt32
  var count: Int { 1 }

  @inline(__always)
  func key(at position: Int) -> ShadowKey { key }
  @inline(__always)
  func length(at position: Int) -> UInt32 { length }
}
