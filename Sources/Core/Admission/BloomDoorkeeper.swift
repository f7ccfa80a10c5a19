/// Whether a key was asked for of late: a pair of Bloom filters that take turns.
///
/// Keys enter the current filter; when that has its fill it becomes the previous one, and the one
/// before is forgotten. A key is remembered while one to two fills of other keys pass. Six bits of
/// one 64-byte line for a key (Putze, Sanders, Singler, "Cache-, hash- and space-efficient Bloom
/// filters", WEA 2007), 10.7 bits a key at the fill, false positives below 2 % a filter. It
/// allocates at the first key, and its filters double at each turn up to the bound.
struct BloomDoorkeeper: ~Copyable {
  private var current = BloomFilter()
  private var previous = BloomFilter()
  private let mostLines: Int

  private static let firstLines = 8

  /// Remembers at least the last `entries` distinct keys once it has grown.
  init(entries: Int) {
    mostLines = max(Self.firstLines, entries / BloomFilter.keysPerLine + 1)
  }

  /// Bytes of heap in use.
  var residentBytes: Int { current.residentBytes + previous.residentBytes }

  /// Whether the key was remembered before this call, which remembers it.
  mutating func insert(_ hash: UInt64) -> Bool {
    if current.isFull { turn() }
    if !current.insert(hash) { return true }
    return previous.contains(hash)
  }

  /// Whether the key is remembered.
  func contains(_ hash: UInt64) -> Bool { current.contains(hash) || previous.contains(hash) }

  private mutating func turn() {
    let lines = min(mostLines, max(Self.firstLines, current.lineCount * 2))
    swap(&current, &previous)
    current.clear(lines: lines)
  }
}

/// A Bloom filter whose bits for one key lie in one 64-byte line.
struct BloomFilter: ~Copyable {
  private var words: UnsafeMutablePointer<UInt64>?
  private(set) var lineCount = 0
  private var keys = 0

  static let keysPerLine = 48
  private static let wordsPerLine = 8
  private static let bitsPerKey = 6

  init() {}

  deinit { words?.deallocate() }

  var residentBytes: Int { lineCount * Self.wordsPerLine * MemoryLayout<UInt64>.stride }

  /// Whether another key would raise the false positives above the promise.
  var isFull: Bool { keys >= lineCount * Self.keysPerLine }

  /// Sets the key's bits; false if all were set.
  mutating func insert(_ hash: UInt64) -> Bool {
    guard let words else { preconditionFailure("a Bloom filter without memory") }
    let line = words + line(of: hash)
    var isNew = false
    for probe in 0..<Self.bitsPerKey {
      let (word, bit) = Self.bit(probe, of: hash)
      if line[word] & bit == 0 {
        line[word] |= bit
        isNew = true
      }
    }
    if isNew { keys += 1 }
    return isNew
  }

  /// Whether all bits of the key are set.
  func contains(_ hash: UInt64) -> Bool {
    guard let words else { return false }
    let line = words + line(of: hash)
    for probe in 0..<Self.bitsPerKey {
      let (word, bit) = Self.bit(probe, of: hash)
      if line[word] & bit == 0 { return false }
    }
    return true
  }

  /// Forgets everything and has `lines` lines from now on; allocates only if that has changed.
  mutating func clear(lines: Int) {
    let count = lines * Self.wordsPerLine
    if lines != lineCount {
      words?.deallocate()
      words = UnsafeMutableRawPointer.allocate(
        byteCount: count * MemoryLayout<UInt64>.stride, alignment: 64
      ).bindMemory(to: UInt64.self, capacity: count)
      lineCount = lines
    }
    words?.initialize(repeating: 0, count: count)
    keys = 0
  }

  /// The line comes from the hash's high bits by scaling, so any number of lines will do.
  private func line(of hash: UInt64) -> Int {
    let product = hash.multipliedFullWidth(by: UInt64(truncatingIfNeeded: lineCount))
    return Int(truncatingIfNeeded: product.high) &* Self.wordsPerLine
  }

  /// Nine bits of the remixed hash name one of the line's 512 bits.
  @inline(__always)
  private static func bit(_ probe: Int, of hash: UInt64) -> (word: Int, bit: UInt64) {
    let chosen = Int(
      truncatingIfNeeded: (hash &* 0x9e37_79b9_7f4a_7c15) &>> UInt64(10 &+ 9 &* probe))
    return ((chosen &>> 6) & 7, 1 &<< UInt64(truncatingIfNeeded: chosen & 63))
  }
}
