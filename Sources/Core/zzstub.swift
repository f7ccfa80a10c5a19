struct AdmissionFilter: ~Copyable { init(_ k: AdmissionKind, capacityBytes: UInt64, blockBytesHint: UInt64) {}
 mutating func record(_ k: BlockKey) {}
 mutating func admits(_ k: BlockKey, over: BlockKey?) -> Bool { true }
 var residentBytes: Int { 0 } }
struct DecisionHash { var value: UInt64 = 0; mutating func absorb(_ i: Input, at: Instant) {}; mutating func absorb(keys: Span<BlockKey>) {}; mutating func absorb(_ e: Effect) {} }
