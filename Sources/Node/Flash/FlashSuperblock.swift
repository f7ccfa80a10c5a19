internal import CKernel
internal import Glibc

/// What a shard's folder was made for: a small text file that people can read too.
///
///     tarn flash 2
///     segmentBytes 1073741824
///     segments 1024
///     shard 0
///     shards 8
///     checksum 0f3a...
///
/// The checksum is XXH3 of all bytes before its line, 16 hexadecimal digits.
struct FlashSuperblock: Sendable, Equatable {
  static let firstLine = "tarn flash 2"

  var segmentBytes: UInt64
  var segments: UInt64
  var shard: UInt64
  var shards: UInt64

  private static let names = ["segmentBytes", "segments", "shard", "shards"]

  var text: String {
    let values = [segmentBytes, segments, shard, shards]
    var text = Self.firstLine + "\n"
    for (name, value) in zip(Self.names, values) { text += "\(name) \(value)\n" }
    return text + Self.checksumLine(of: Array(text.utf8))
  }

  private static func checksumLine(of bytes: [UInt8]) -> String {
    let digits = String(bytes.withUnsafeBytes { tarn_xxh3($0.baseAddress, $0.count) }, radix: 16)
    return "checksum " + String(repeating: "0", count: 16 - digits.count) + digits + "\n"
  }

  /// What the file at `path` in folder `folder` says.
  init(decoding bytes: [UInt8], folder: String) throws(FlashError) {
    let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    let first = String(decoding: lines.first ?? [], as: UTF8.self)
    if first != Self.firstLine, first.hasPrefix("tarn flash "),
      first.utf8.dropFirst(11).allSatisfy({ (48...57).contains($0) })
    {
      throw .otherFormat(path: folder, found: first)
    }
    guard first == Self.firstLine, lines.count == Self.names.count + 3, lines.last?.isEmpty == true
    else { throw .damaged(path: folder) }
    var values: [UInt64] = []
    for (name, line) in zip(Self.names, lines.dropFirst()) {
      let words = line.split(separator: UInt8(ascii: " "))
      guard words.count == 2, words[0].elementsEqual(name.utf8),
        let value = UInt64(String(decoding: words[1], as: UTF8.self))
      else { throw .damaged(path: folder) }
      values.append(value)
    }
    segmentBytes = values[0]
    segments = values[1]
    shard = values[2]
    shards = values[3]
    guard Array(text.utf8) == bytes else { throw .damaged(path: folder) }
  }

  init(geometry: FlashGeometry, shard: Int, shards: Int) {
    segmentBytes = UInt64(geometry.segmentBytes)
    segments = UInt64(geometry.segmentCount)
    self.shard = UInt64(shard)
    self.shards = UInt64(shards)
  }

  /// Throws unless a folder that was made for `self` serves a node that is set up for `wanted`.
  /// More segments than before are fine: the new ones are empty.
  func check(against wanted: FlashSuperblock, folder: String) throws(FlashError) {
    func same(_ name: String, _ here: UInt64, _ there: UInt64) throws(FlashError) {
      guard here == there else {
        throw .otherSettings(path: folder, setting: name, folder: here, node: there)
      }
    }
    try same("threads (shards)", shards, wanted.shards)
    try same("shard", shard, wanted.shard)
    try same("flashSegmentBytes", segmentBytes, wanted.segmentBytes)
    if wanted.segments < segments { try same("segments in the shard", segments, wanted.segments) }
  }
}
