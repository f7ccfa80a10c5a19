/// What may enter a tier, by `AdmissionKind`.
///
/// The tier tells it every access and asks it before a block enters. It allocates at the first
/// access, starts below 4 KiB, and grows with the distinct keys that it sees up to a bound: 8 bytes
/// (`tinyLFU`) or 5.4 bytes (`secondAccess`) for each block that the tier holds.
///
/// Inline it is a kind and a pointer: most tiers admit everything, and 200,000 filters are held at
/// once in a simulation.
public struct AdmissionFilter: ~Copyable {
  /// Which filter it is.
  public let kind: AdmissionKind
  /// Blocks that the tier can hold, which bounds the memory.
  private let entries: UInt32
  /// Allocated at the first access.
  private var memory: UnsafeMutablePointer<Memory>?

  /// What a filter that remembers anything remembers.
  private struct Memory: ~Copyable {
    let entries: Int
    /// `secondAccess`: keys asked for once, and keys asked for again while in the first.
    var once: BloomDoorkeeper
    var again: BloomDoorkeeper
    /// `tinyLFU`: how often keys were asked for, and about how many keys those were.
    var sketch = FrequencySketch()
    var distinct = 0

    init(entries: Int) {
      self.entries = entries
      once = BloomDoorkeeper(entries: entries)
      again = BloomDoorkeeper(entries: entries)
    }

    var residentBytes: Int {
      MemoryLayout<Memory>.size + once.residentBytes + again.residentBytes + sketch.residentBytes
    }

    mutating func count(_ hash: UInt64) {
      if distinct == 0 { sketch.reserve(1) }
      if sketch.increment(hash) == 0 && distinct < entries {
        distinct += 1
        sketch.reserve(distinct)
      }
    }
  }

  /// A filter for a tier of `capacityBytes`, most of whose blocks have `blockBytesHint` bytes.
  public init(_ kind: AdmissionKind, capacityBytes: UInt64, blockBytesHint: UInt64) {
    self.kind = kind
    entries = UInt32(min(capacityBytes / max(1, blockBytesHint), UInt64(Slot.none)))
  }

  deinit {
    memory?.deinitialize(count: 1)
    memory?.deallocate()
  }

  /// Bytes of heap in use.
  public var residentBytes: Int { memory?.pointee.residentBytes ?? 0 }

  /// Hears of an access to `key`, hit or miss.
  public mutating func record(_ key: BlockKey) {
    guard kind == .secondAccess || kind == .tinyLFU else { return }
    let memory = allocated()
    let hash = key.sketchHash
    if kind == .tinyLFU {
      memory.pointee.count(hash)
    } else if memory.pointee.once.insert(hash) {
      _ = memory.pointee.again.insert(hash)
    }
  }

  private mutating func allocated() -> UnsafeMutablePointer<Memory> {
    if let memory { return memory }
    let fresh = UnsafeMutablePointer<Memory>.allocate(capacity: 1)
    fresh.initialize(to: Memory(entries: Int(entries)))
    memory = fresh
    return fresh
  }

  /// Whether `key`, whose access was recorded, may enter although `victim` would have to leave;
  /// without a victim there is room.
  public mutating func admits(_ key: BlockKey, over victim: BlockKey?) -> Bool {
    guard kind == .secondAccess || kind == .tinyLFU else { return kind == .always }
    let memory = allocated()
    let hash = key.sketchHash
    if kind == .secondAccess { return memory.pointee.again.contains(hash) }
    guard let victim else { return true }
    let rival = victim.sketchHash
    return memory.pointee.sketch.estimate(hash) >= memory.pointee.sketch.estimate(rival)
  }
}
