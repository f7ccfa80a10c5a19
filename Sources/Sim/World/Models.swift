import TarnCore

/// TEMPORARY simple models until the real ones are merged.
struct Models: ~Copyable {
  static let brokenConnection: Nanoseconds = 1_000_000
  init() {}
  mutating func readFlash(of node: UInt32, bytes: UInt32, at now: Instant) -> Instant { now + 80_000 + UInt64(bytes) / 26 }
  mutating func writeFlash(of node: UInt32, bytes: UInt32, at now: Instant) -> Instant { now + 20_000 + UInt64(bytes) / 14 }
  mutating func copyMemory(of node: UInt32, bytes: UInt32, at now: Instant) -> Instant { now + 5_000 + UInt64(bytes) / 100 }
  mutating func transfer(bytes: UInt32, from: UInt32, to: UInt32, at now: Instant) -> Instant { now + 450_000 + UInt64(bytes) / 20 }
  func message(from: UInt32, to: UInt32, at now: Instant) -> Instant { now + 450_000 }
  mutating func readOrigin(_ key: BlockKey, bytes: UInt32, to node: UInt32, at now: Instant) -> (Instant, OriginStatus) { (now + 20_000_000 + UInt64(bytes), OriginStatus(.ok)) }
}
