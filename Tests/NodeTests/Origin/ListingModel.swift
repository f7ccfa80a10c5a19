@testable import TarnNode

/// What S3's listing is: sort, filter, roll up, cut.
func naiveListing(_ keys: [String], _ request: ListRequest) -> (names: [String], isOver: Bool) {
  func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }
  var entries = Set<[UInt8]>()
  for key in keys.map(bytes) where key.starts(with: bytes(request.prefix)) {
    var entry = key
    let delimiter = bytes(request.delimiter)
    if !delimiter.isEmpty {
      let start = bytes(request.prefix).count
      for index in start..<max(start, key.count - delimiter.count + 1)
      where key[index...].starts(with: delimiter) {
        entry = Array(key[..<(index + delimiter.count)])
        break
      }
    }
    if bytes(request.after).lexicographicallyPrecedes(entry) { entries.insert(entry) }
  }
  let sorted = entries.sorted { $0.lexicographicallyPrecedes($1) }
  return (
    sorted.prefix(request.limit).map { String(decoding: $0, as: UTF8.self) },
    sorted.count <= request.limit
  )
}

extension ListPage {
  /// Keys and prefixes together in byte order.
  var names: [String] {
    (items.map(\.key) + prefixes).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }
}
