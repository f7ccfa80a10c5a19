/// An object version as the core knows it: 128 bits, see `BlockKey`.
public struct ObjectIdentity: Hashable, Sendable, BitwiseCopyable {
  public var high: UInt64
  public var low: UInt64
  public init(high: UInt64, low: UInt64) {
    self.high = high
    self.low = low
  }
}
