/// Which objects of a store hold a trace's blocks, and where.
///
/// Either every block is an object of its own, named by its key in hexadecimal, and is read as a whole;
/// or the blocks lie one after the other, as they first appear, in a number of objects, and are read by
/// range, as files of a data set are.
public struct ObjectLayout: Sendable {
  /// Where a block lies.
  struct Piece: Equatable {
    var object: Int
    var offset: UInt64
    var length: UInt64
  }

  let trace: ScoreTrace
  /// Goes before every object's name: empty, or a folder with its slash.
  let prefix: String
  /// Blocks of an object; nil where every block is an object.
  private let blocksPerObject: Int?
  /// Bytes from a block to the next in an object.
  private let slot: UInt64

  /// Lays a trace out.
  ///
  /// - Parameters:
  ///   - objects: How many objects; nil for one a block.
  ///   - prefix: Goes before the names. Empty, or letters, digits and `._-/` up to a slash.
  /// - Throws: `ScoreError` for fewer than one object and a prefix that is none.
  public init(_ trace: ScoreTrace, objects: Int? = nil, prefix: String = "") throws(ScoreError) {
    if let objects, objects < 1 { throw ScoreError("--objects \(objects): use 1 or more") }
    let isPlain = prefix.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"):
        true
      default: Array("._-/".utf8).contains(byte)
      }
    }
    let folders = prefix.split(separator: "/", omittingEmptySubsequences: false).dropLast()
    let hasNames = !folders.contains { ["", ".", ".."].contains($0) }
    guard prefix.isEmpty || isPlain && prefix.hasSuffix("/") && hasNames else {
      throw ScoreError(
        "--prefix \(prefix): use letters, digits and ._- with a slash at the end, as in day/")
    }
    self.trace = trace
    self.prefix = prefix
    slot = UInt64(trace.largest)
    blocksPerObject = objects.map { max(1, (trace.blocks + $0 - 1) / $0) }
  }

  /// Objects in all.
  public var objects: Int {
    guard let blocksPerObject else { return trace.blocks }
    return (trace.blocks + blocksPerObject - 1) / blocksPerObject
  }

  /// Requests of the trace.
  public var requests: Int { trace.count }

  /// Whether blocks are ranges of larger objects.
  var hasRanges: Bool { blocksPerObject != nil }

  func piece(of block: Int) -> Piece {
    let length = UInt64(trace.lengths[block])
    guard let blocksPerObject else { return Piece(object: block, offset: 0, length: length) }
    return Piece(
      object: block / blocksPerObject, offset: UInt64(block % blocksPerObject) * slot,
      length: length)
  }

  func size(of object: Int) -> UInt64 {
    guard let blocksPerObject else { return UInt64(trace.lengths[object]) }
    let first = object * blocksPerObject
    return UInt64(min(blocksPerObject, trace.blocks - first)) * slot
  }

  /// The name behind the prefix: a last path component.
  func name(of object: Int) -> String {
    guard blocksPerObject == nil else { return ObjectLayout.digits(UInt64(object), 8, radix: 10) }
    let key = trace.keys[object]
    return ObjectLayout.digits(key.high, 16) + ObjectLayout.digits(key.low, 16)
  }

  func content(of object: Int) -> GeneratedContent { GeneratedContent(ofObject: name(of: object)) }

  /// The object with this name; nil if there is none.
  func object(named name: some StringProtocol) -> Int? {
    guard blocksPerObject == nil else {
      guard name.utf8.count == 8, let number = Int(name), (0..<objects).contains(number) else {
        return nil
      }
      return number
    }
    guard name.utf8.count == 32, let high = UInt64(name.prefix(16), radix: 16),
      let low = UInt64(name.suffix(16), radix: 16)
    else { return nil }
    return trace.number(of: ScoreTrace.Key(high: high, low: low))
  }

  /// The blocks of which a part of an object has bytes.
  func blocks(of object: Int, in range: Range<UInt64>) -> Range<Int> {
    guard let blocksPerObject else { return object..<object + 1 }
    let first = object * blocksPerObject
    let end = min(first + blocksPerObject, trace.blocks)
    let from = min(end, first + Int(range.lowerBound / slot))
    return from..<max(from, min(end, first + Int((range.upperBound + slot - 1) / slot)))
  }

  private static func digits(_ value: UInt64, _ width: Int, radix: Int = 16) -> String {
    let text = String(value, radix: radix)
    return String(repeating: "0", count: max(0, width - text.count)) + text
  }
}
