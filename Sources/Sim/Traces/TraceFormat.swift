/// The formats that Tarn reads, told apart by content.
public enum TraceFormat: String, Sendable, CaseIterable {
  /// Tarn's own, see traces/FORMAT.md.
  case tarn
  /// Mooncake JSON Lines, plain or gzip.
  case mooncake

  /// The format of the file at `path`.
  ///
  /// Throws `.empty` for a file without content, `.unknownFormat` for one that is none of these.
  public static func detect(path: String) throws(TraceError) -> TraceFormat {
    let start = try firstBytes(of: path)
    guard !start.isEmpty else { throw TraceError(.empty, path: path, "is an empty file") }
    if start == TraceHeader.magic { return .tarn }
    var lines = try LineReader(path: path)
    while let line = try lines.next() {
      guard let first = line.first(where: { $0 != 0x20 && $0 != 0x09 }) else { continue }
      if first == UInt8(ascii: "{") { return .mooncake }
      break
    }
    // A trace whose first bytes are damaged is still known by its last.
    if try BlockSource(path: path).footer() != nil { return .tarn }
    throw TraceError(
      .unknownFormat, path: path,
      "is neither a trace in Tarn's format nor Mooncake JSON Lines (plain or gzip)")
  }

  private static func firstBytes(of path: String) throws(TraceError) -> [UInt8] {
    let file = try InputFile(path: path)
    var bytes = [UInt8](repeating: 0, count: TraceHeader.magic.count)
    let result = bytes.withUnsafeMutableBytes { target -> Result<Int, TraceError> in
      do throws(TraceError) {
        return .success(try file.read(at: 0, into: target))
      } catch { return .failure(error) }
    }
    return Array(bytes.prefix(try result.get()))
  }
}
