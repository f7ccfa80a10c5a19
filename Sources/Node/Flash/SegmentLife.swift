internal import TarnCore

/// What the store knows of one segment.
///
/// A segment lives from its first write to its discard. Each life has a generation, which the
/// header page names before the first block is written. The blocks of a life are found by page in
/// `records`, which costs 16 bytes a block (up to twice that while a segment fills up).
final class SegmentLife {
  enum Stage {
    /// Nothing is in it; the next write starts a life.
    case empty
    /// It holds what the last run left; the next write starts a life.
    case recovered
    /// The header of a new life is on its way.
    case starting
    case open
  }

  let number: UInt32
  var stage = Stage.empty
  /// Of this life, or of the last one.
  var generation: UInt64
  /// Lives that are over: tells an operation that its segment's life ended meanwhile.
  var livesOver: UInt32 = 0
  /// The disk has reserved its space.
  var isReserved = false
  /// Blocks, by page.
  private(set) var records: [FlashRecord] = []
  /// Entries in the index area, and the last page that holds some.
  var entries: UInt32 = 0
  var tail: PagedBytes?
  var isIndexing = false
  /// Written blocks that wait for their entry.
  var unindexed: [FlashOperation] = []
  /// Writes that wait for the life to start.
  var waiting: [FlashOperation] = []
  /// Writes of this or an earlier life at the device.
  var writesUnderWay = 0

  init(_ number: UInt32, generation: UInt64) {
    self.number = number
    self.generation = generation
  }

  /// Takes over what the last run left, in order of pages.
  func recover(_ records: [FlashRecord]) {
    stage = records.isEmpty ? .empty : .recovered
    self.records = records
  }

  /// The block that starts at the extent.
  func record(at extent: FlashExtent) -> FlashRecord? {
    let page = extent.offset / FlashLog.alignmentBytes
    let index = place(of: page)
    guard index < records.count, records[index].page == page else { return nil }
    return records[index]
  }

  /// Remembers a block; the core writes a place once in a life.
  func insert(_ record: FlashRecord) {
    let index = place(of: record.page)
    precondition(
      index == records.count || records[index].page != record.page,
      "a place on flash is written once in a segment's life")
    records.insert(record, at: index)
  }

  /// The first record at `page` or behind it. Blocks come nearly in order: look at the end first.
  private func place(of page: UInt32) -> Int {
    guard let last = records.last, last.page >= page else { return records.count }
    var low = 0
    var high = records.count - 1
    while low < high {
      let middle = (low + high) / 2
      if records[middle].page < page { low = middle + 1 } else { high = middle }
    }
    return low
  }

  /// Ends the life. What waits for it comes back: it can't be written any more.
  func end() -> [FlashOperation] {
    let lost = waiting + unindexed
    waiting = []
    unindexed = []
    records = []
    entries = 0
    tail = nil
    livesOver &+= 1
    isIndexing = false
    stage = .empty
    return lost
  }
}
