/// A cache of keys without their bytes: what another policy or capacity would have hit.
///
/// It runs the eviction policies of a tier, unchanged, over 64-bit keys. A node runs small sampled
/// ones beside its tiers, a replay one of the full size for each question that it answers. The rules
/// of a request are a tier's: look up; on a miss make room and insert; what is larger than the cache
/// is missed and not kept; a hit leaves the length as it was.
public struct ShadowCache: ~Copyable {
  /// How keys are found.
  public enum Keys: Sendable, Equatable {
    /// Any 64 bits, by hash.
    case hashed
    /// Numbers below a bound, by position.
    case interned(below: Int)
  }

  /// What has happened so far.
  public internal(set) var counters = ShadowCounters()
  /// Bytes that it may hold; entries where all lengths are 1.
  public let capacity: UInt64

  /// Which policy it runs, and with what parameters.
  public let eviction: EvictionConfiguration

  private var policy: AnyEviction
  private let hashed: UnsafeMutablePointer<KeyTable<HashedIndex>>?
  private let interned: UnsafeMutablePointer<KeyTable<DirectIndex>>?

  /// A cache of `capacity` bytes. With `isSized` false every length is taken as 1, and `capacity`
  /// counts entries. `entries` is how many to make room for at once; more are no error.
  public init(
    _ eviction: EvictionConfiguration, capacity: UInt64, isSized: Bool, keys: Keys = .hashed,
    entries: Int = 0
  ) {
    self.capacity = capacity
    self.eviction = eviction
    policy = AnyEviction(eviction, capacityBytes: capacity)
    let known = isSized ? entries : Int(min(capacity, UInt64(max(entries, 0))))
    switch keys {
    case .hashed:
      let table = KeyTable(index: HashedIndex(), entries: known, isSized: isSized)
      (hashed, interned) = (box(table), nil)
    case .interned(let count):
      let table = KeyTable(index: DirectIndex(keys: count), entries: known, isSized: isSized)
      (hashed, interned) = (nil, box(table))
    }
  }

  deinit {
    hashed?.deinitialize(count: 1)
    hashed?.deallocate()
    interned?.deinitialize(count: 1)
    interned?.deallocate()
  }

  /// Bytes of heap for keys, index and links; and for what the policy remembers beyond them.
  public var residentBytes: (table: Int, policy: Int) {
    let table = hashed?.pointee.residentBytes ?? interned?.pointee.residentBytes ?? 0
    return (table, policy.residentBytes)
  }

  /// What an adaptive policy's own shadows have seen; nil of any other.
  public var adaptiveReport: AdaptiveReport? { policy.adaptiveReport }

  /// Entries held.
  public var count: Int { Int(hashed?.pointee.live ?? interned?.pointee.live ?? 0) }

  /// Whether `key` is held. Changes nothing.
  public func contains(_ key: ShadowKey) -> Bool {
    if let hashed {
      return hashed.pointee.find(HashedIndex.key(key)) != .none
    }
    return interned.map { $0.pointee.find(DirectIndex.key(key)) != .none } ?? false
  }

  /// One request; true if it hit.
  @discardableResult
  public mutating func access(_ key: ShadowKey, length: UInt32 = 1) -> Bool {
    let missesBefore = counters.misses
    run(OneRequest(key: key, length: length))
    return counters.misses == missesBefore
  }

  /// Requests as columns; `lengths` nil for 1 each.
  public mutating func replay(keys: UnsafeBufferPointer<UInt64>, lengths: UnsafePointer<UInt32>?) {
    guard let base = keys.baseAddress else { return }
    if let lengths {
      run(SizedRequests(keys: base, lengths: lengths, count: keys.count))
    } else {
      run(UnitRequests(keys: base, count: keys.count))
    }
  }

  /// Requests as they lie in a file of records of equal length.
  public mutating func replay(_ records: StridedRequests) { run(records) }

  private mutating func run<Requests: RequestColumns>(_ requests: Requests) {
    let capacity = capacity
    withUnsafeMutablePointer(to: &counters) { counters in
      if let hashed {
        policy.visit(
          Replay(requests: requests, table: hashed, counters: counters, capacity: capacity))
      } else if let interned {
        policy.visit(
          Replay(requests: requests, table: interned, counters: counters, capacity: capacity))
      }
    }
  }
}

private func box<Value: ~Copyable>(_ value: consuming Value) -> UnsafeMutablePointer<Value> {
  let memory = UnsafeMutablePointer<Value>.allocate(capacity: 1)
  memory.initialize(to: value)
  return memory
}

/// What a shadow cache has seen and done.
public struct ShadowCounters: Sendable, Equatable, BitwiseCopyable {
  public var requests: UInt64 = 0
  public var misses: UInt64 = 0
  /// Bytes asked for, each request with its own length.
  public var bytesRequested: UInt64 = 0
  /// Bytes of requests that missed.
  public var bytesMissed: UInt64 = 0
  public var evictions: UInt64 = 0
  /// Bytes of what was inserted.
  public var bytesWritten: UInt64 = 0
  /// Bytes held now.
  public var bytesHeld: UInt64 = 0

  /// Nothing yet.
  public init() {}

  /// Misses over requests; 0 without requests.
  public var missRatio: Double { requests == 0 ? 0 : Double(misses) / Double(requests) }
  /// Bytes missed over bytes requested; 0 without requests.
  public var byteMissRatio: Double {
    bytesRequested == 0 ? 0 : Double(bytesMissed) / Double(bytesRequested)
  }
}
