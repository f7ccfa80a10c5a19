internal import CPrefetch

/// How often keys were asked for of late, for contests between blocks: a doorkeeper before a count-min
/// sketch of 4-bit counters, which age a line at a time.
///
/// A key's first request only opens the door, so that keys asked for once raise no counter. Door and
/// counters of a key lie in one 64-byte line: 256 bits of a Bloom filter, four of them a key's, and
/// four rows of 16 counters, of which only the smallest are raised (conservative update: Estan,
/// Varghese, SIGCOMM 2002). Einziger, Friedman, Manes, "TinyLFU: a highly efficient cache admission
/// policy", ACM TOS 13 (2017), section 3, which ages the whole sketch at once; a line at a time costs no
/// pause and depends on no phase. 4 to 8 bytes an entry. It allocates at the first `reserve` and doubles
/// by repeating itself, which changes no estimate.
struct DoorkeptSketch: ~Copyable {
  private var words: UnsafeMutablePointer<UInt64>?
  private var lineCount = 0
  /// The most entries that were ever to be told apart.
  private var entries = 16
  /// What has been counted towards the next line's ageing, in units of an event and a line.
  private var credit = 0
  /// The line that ages next.
  private var cursor = 0

  private static let wordsPerLine = 8
  private static let doorWords = 4
  private static let entriesPerLine = 16
  private static let firstLines = 8
  private static let largestCount: UInt64 = 15
  /// Events an entry between two ageings of a line: a miss weighs 4, a hit 2.
  private static let eventsPerEntry = 9

  /// What a miss and a hit weigh towards ageing.
  static let missWeight = 4
  static let hitWeight = 2

  init() {}

  deinit { words?.deallocate() }

  /// Bytes of heap in use.
  var residentBytes: Int { lineCount * Self.wordsPerLine * MemoryLayout<UInt64>.stride }

  /// Makes it large enough to tell `wanted` keys from the rest, and to remember for that long.
  mutating func reserve(_ wanted: Int) {
    while lineCount * Self.entriesPerLine < wanted || lineCount == 0 { double() }
    entries = max(entries, wanted)
  }

  /// Brings what the key's estimate reads closer.
  @inline(__always)
  func prefetch(_ hash: UInt64) { if let words { tarn_prefetch(words + line(of: hash)) } }

  /// How often the key was asked for of late, 0 ... 16; rarely too high.
  func estimate(_ hash: UInt64) -> Int {
    guard let words else { return 0 }
    let line = words + line(of: hash)
    return Self.isKnown(hash, in: line) ? 1 + Int(Self.smallest(of: hash, in: line)) : 0
  }

  /// Counts a request, which weighs `weight` towards ageing. `reserve` must have been called.
  mutating func count(_ hash: UInt64, weight: Int) {
    guard let words else { preconditionFailure("a sketch counts after reserve only") }
    let line = words + line(of: hash)
    if Self.isKnown(hash, in: line) {
      Self.raise(hash, in: line)
    } else {
      for bit in 0..<4 {
        let (word, mask) = Self.door(bit, of: hash)
        line[word] |= mask
      }
    }
    credit += weight * lineCount
    while credit >= Self.eventsPerEntry * entries {
      credit -= Self.eventsPerEntry * entries
      ageLine(words)
    }
  }

  private mutating func ageLine(_ words: UnsafeMutablePointer<UInt64>) {
    let line = words + cursor * Self.wordsPerLine
    for word in 0..<Self.doorWords { line[word] = 0 }
    for word in Self.doorWords..<Self.wordsPerLine {
      line[word] = (line[word] &>> 1) & 0x7777_7777_7777_7777
    }
    cursor = (cursor + 1) & (lineCount - 1)
  }

  private func line(of hash: UInt64) -> Int {
    (Int(truncatingIfNeeded: hash) & (lineCount &- 1)) &* Self.wordsPerLine
  }

  @inline(__always)
  private static func door(_ bit: Int, of hash: UInt64) -> (word: Int, mask: UInt64) {
    let chosen = (hash &>> UInt64(truncatingIfNeeded: 24 &+ 8 &* bit)) & 255
    return (Int(truncatingIfNeeded: chosen &>> 6), 1 &<< (chosen & 63))
  }

  @inline(__always)
  private static func counter(_ row: Int, of hash: UInt64) -> (word: Int, shift: UInt64) {
    let chosen = (hash &>> UInt64(truncatingIfNeeded: 48 &+ 4 &* row)) & 15
    return (doorWords &+ row, chosen &* 4)
  }

  @inline(__always)
  private static func isKnown(_ hash: UInt64, in line: UnsafeMutablePointer<UInt64>) -> Bool {
    for bit in 0..<4 {
      let (word, mask) = door(bit, of: hash)
      if line[word] & mask == 0 { return false }
    }
    return true
  }

  @inline(__always)
  private static func smallest(
    of hash: UInt64, in line: UnsafeMutablePointer<UInt64>
  ) -> UInt64 {
    var smallest = largestCount
    for row in 0..<4 {
      let (word, shift) = counter(row, of: hash)
      smallest = min(smallest, (line[word] &>> shift) & 15)
    }
    return smallest
  }

  @inline(__always)
  private static func raise(_ hash: UInt64, in line: UnsafeMutablePointer<UInt64>) {
    let smallest = smallest(of: hash, in: line)
    guard smallest < largestCount else { return }
    for row in 0..<4 {
      let (word, shift) = counter(row, of: hash)
      if (line[word] &>> shift) & 15 == smallest { line[word] &+= 1 &<< shift }
    }
  }

  private mutating func double() {
    (words, lineCount) = doubledLines(words, lineCount, atLeast: Self.firstLines)
  }
}

/// Twice as many 64-byte lines, `smallest` at least, in place of a sketch's `count` lines. The upper half
/// starts as a copy of the lower, so that every key, whose line's number gains a bit, finds what it had.
func doubledLines(
  _ words: UnsafeMutablePointer<UInt64>?, _ count: Int, atLeast smallest: Int
) -> (words: UnsafeMutablePointer<UInt64>, count: Int) {
  let wordsPerLine = 8
  let lines = max(smallest, count * 2)
  let larger = UnsafeMutableRawPointer.allocate(byteCount: lines * 64, alignment: 64)
    .bindMemory(to: UInt64.self, capacity: lines * wordsPerLine)
  larger.initialize(repeating: 0, count: lines * wordsPerLine)
  if let words {
    let half = count * wordsPerLine
    larger.update(from: words, count: half)
    (larger + half).update(from: words, count: half)
    words.deallocate()
  }
  return (larger, lines)
}
