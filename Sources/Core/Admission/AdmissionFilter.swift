/// What may enter a tier, by `AdmissionKind`.
///
/// The tier tells it every access and asks it before a block enters. It allocates at the first
/// access, starts below 4 KiB, and grows with the distinct keys that it sees up to a bound: 8 bytes
/// (`tinyLFU`) or 5.4 bytes (`secondAccess`) for each block that the tier holds.
public struct AdmissionFilter: ~Copyable {
  /// Which filter it is.
  public let kind: AdmissionKind
  private let entries: Int
  /// `secondAccess`: keys asked for once, and keys asked for again while in the first.
  private var once: BloomDoorkeeper
  private var again: BloomDoorkeeper
  /// `tinyLFU`: how often keys were asked for, and about how many keys those were.
  private var sketch = FrequencySketch()
  private var distinct = 0

  /// A filter for a tier of `capacityBytes`, most of whose blocks have `blockBytesHint` bytes.
  public init(_ kind: AdmissionKind, capacityBytes: UInt64, blockBytesHint: UInt64) {
    self.kind = kind
    entries = Int(min(capacityBytes / max(1, blockBytesHint), UInt64(Slot.none)))
    once = BloomDoorkeeper(entries: entries)
    again = BloomDoorkeeper(entries: entries)
  }

  /// Bytes of heap in use.
  public var residentBytes: Int {
    once.residentBytes + again.residentBytes + sketch.residentBytes
  }

  /// Hears of an access to `key`, hit or miss.
  public mutating func record(_ key: BlockKey) {
    switch kind {
    case .always, .never: break
    case .secondAccess:
      let hash = FrequencySketch.hash(key)
      if once.insert(hash) { _ = again.insert(hash) }
    case .tinyLFU:
      if distinct == 0 { sketch.reserve(1) }
      if sketch.increment(FrequencySketch.hash(key)) == 0 && distinct < entries {
        distinct += 1
        sketch.reserve(distinct)
      }
    }
  }

  /// Whether `key`, whose access was recorded, may enter although `victim` would have to leave;
  /// without a victim there is room.
  public mutating func admits(_ key: BlockKey, over victim: BlockKey?) -> Bool {
    switch kind {
    case .always: true
    case .never: false
    case .secondAccess: again.contains(FrequencySketch.hash(key))
    case .tinyLFU:
      if let victim {
        sketch.estimate(FrequencySketch.hash(key)) >= sketch.estimate(FrequencySketch.hash(victim))
      } else {
        true
      }
    }
  }
}
