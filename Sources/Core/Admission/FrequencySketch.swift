/// How often keys were asked for of late: a count-min sketch of 4-bit counters that ages.
///
/// Four rows, and all four counters of a key in one 64-byte line, so a look costs one cache miss.
/// Only the smallest of the four are raised (conservative update: Estan, Varghese, SIGCOMM 2002),
/// and after ten increments an entry all counters are halved, so the sketch forgets (Einziger,
/// Friedman, Manes, "TinyLFU: a highly efficient cache admission policy", ACM TOS 13, 2017). 4 to 8
/// bytes an entry. It allocates at the first `reserve` and doubles by repeating itself, which
/// changes no estimate.
struct FrequencySketch: ~Copyable {
  private var words: UnsafeMutablePointer<UInt64>?
  private var lineCount = 0
  private var increments = 0
  private var sampleSize = 0

  private static let wordsPerLine = 8
  private static let entriesPerLine = 16
  private static let firstLines = 8
  private static let samplesPerEntry = 10

  /// The largest estimate.
  static let mostSeen = 15

  init() {}

  deinit { words?.deallocate() }

  /// Bytes of heap in use.
  var residentBytes: Int { lineCount * Self.wordsPerLine * MemoryLayout<UInt64>.stride }

  /// Makes it large enough to tell `entries` keys from the rest, and to remember for that long.
  mutating func reserve(_ entries: Int) {
    while lineCount * Self.entriesPerLine < entries || lineCount == 0 { double() }
    sampleSize = max(sampleSize, Self.samplesPerEntry * max(entries, Self.entriesPerLine))
  }

  /// Counts one request; returns the estimate before it. `reserve` must have been called.
  @discardableResult
  mutating func increment(_ hash: UInt64) -> Int {
    guard let words else { preconditionFailure("a sketch counts after reserve only") }
    let line = words + line(of: hash)
    let smallest = Self.smallest(in: line, of: hash)
    // A saturated key counts too, or a few hot ones would stop the clock.
    increments += 1
    for row in 0..<4 where smallest < Self.mostSeen {
      let (word, shift) = Self.counter(row, of: hash)
      if Int((line[word] &>> shift) & 0xf) == smallest { line[word] &+= 1 &<< shift }
    }
    if increments >= sampleSize { halve() }
    return smallest
  }

  /// How often the key was asked for within the sample, 0 ... 15; rarely too high, never too low.
  func estimate(_ hash: UInt64) -> Int {
    guard let words else { return 0 }
    return Self.smallest(in: words + line(of: hash), of: hash)
  }

  private func line(of hash: UInt64) -> Int {
    (Int(truncatingIfNeeded: hash) & (lineCount &- 1)) &* Self.wordsPerLine
  }

  /// Row `row` has two words, 32 counters, of the line; five of the hash's high bits choose.
  @inline(__always)
  private static func counter(_ row: Int, of hash: UInt64) -> (word: Int, shift: UInt64) {
    let chosen = Int(truncatingIfNeeded: hash &>> UInt64(truncatingIfNeeded: 44 &+ 5 &* row)) & 31
    return (row &* 2 &+ chosen &>> 4, UInt64(truncatingIfNeeded: (chosen & 15) &* 4))
  }

  @inline(__always)
  private static func smallest(in line: UnsafeMutablePointer<UInt64>, of hash: UInt64) -> Int {
    var smallest = mostSeen
    for row in 0..<4 {
      let (word, shift) = counter(row, of: hash)
      smallest = min(smallest, Int((line[word] &>> shift) & 0xf))
    }
    return smallest
  }

  private mutating func halve() {
    guard let words else { return }
    for word in 0..<lineCount * Self.wordsPerLine {
      words[word] = (words[word] &>> 1) & 0x7777_7777_7777_7777
    }
    increments /= 2
  }

  private mutating func double() {
    (words, lineCount) = doubledLines(words, lineCount, atLeast: Self.firstLines)
  }
}
