import TarnCore

/// Chunks of equal treatment within a number of bytes, least recently used first out. O(1).
struct ChunkStore {
  private struct Row {
    var key: BlockKey
    var bytes: UInt32
    var newer: Int32 = -1
    var older: Int32 = -1
  }

  let capacityBytes: UInt64
  private(set) var usedBytes: UInt64 = 0
  private var rows: [Row] = []
  private var free: [Int32] = []
  /// Only looked up, never walked.
  private var index: [BlockKey: Int32] = [:]
  private var newest: Int32 = -1
  private var oldest: Int32 = -1

  init(capacityBytes: UInt64) { self.capacityBytes = capacityBytes }

  var count: Int { index.count }

  /// Whether the chunk is here; if so it is the newest now.
  mutating func touch(_ key: BlockKey) -> Bool {
    guard let row = index[key] else { return false }
    unlink(row)
    linkNewest(row)
    return true
  }

  /// Takes a chunk in, and lets the oldest go until all fit; what is larger than the store stays out.
  mutating func insert(_ key: BlockKey, bytes: UInt32) {
    guard UInt64(bytes) <= capacityBytes, !touch(key) else { return }
    while usedBytes + UInt64(bytes) > capacityBytes { removeOldest() }
    let row: Int32
    if let reused = free.popLast() {
      row = reused
      rows[Int(row)] = Row(key: key, bytes: bytes)
    } else {
      row = Int32(rows.count)
      rows.append(Row(key: key, bytes: bytes))
    }
    index[key] = row
    usedBytes += UInt64(bytes)
    linkNewest(row)
  }

  mutating func removeAll() { self = ChunkStore(capacityBytes: capacityBytes) }

  private mutating func removeOldest() {
    let row = oldest
    precondition(row >= 0, "a store that holds bytes holds a chunk")
    unlink(row)
    index[rows[Int(row)].key] = nil
    usedBytes -= UInt64(rows[Int(row)].bytes)
    free.append(row)
  }

  private mutating func linkNewest(_ row: Int32) {
    rows[Int(row)].older = newest
    rows[Int(row)].newer = -1
    if newest >= 0 { rows[Int(newest)].newer = row }
    newest = row
    if oldest < 0 { oldest = row }
  }

  private mutating func unlink(_ row: Int32) {
    let (newer, older) = (rows[Int(row)].newer, rows[Int(row)].older)
    if newer >= 0 { rows[Int(newer)].older = older } else { newest = older }
    if older >= 0 { rows[Int(older)].newer = newer } else { oldest = newer }
  }
}
