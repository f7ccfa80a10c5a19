struct DecisionHash { var value: UInt64 = 0; mutating func absorb(_ i: Input, at: Instant) {}; mutating func absorb(keys: Span<BlockKey>) {}; mutating func absorb(_ e: Effect) {} }
