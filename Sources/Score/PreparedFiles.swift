internal import Foundation

extension ObjectLayout {
  /// Bytes of all objects.
  public var bytes: UInt64 { (0..<objects).reduce(0) { $0 + size(of: $1) } }

  /// Writes the objects as files, so that any origin may serve them: `folder/bucket/prefix/name`.
  /// Files that are there already with the right size are left as they are.
  ///
  /// - Parameter progress: Hears of the files done; false from it ends the writing.
  /// - Returns: Files that were written.
  /// - Throws: `ScoreError` if a file cannot be written.
  public func write(
    to folder: String, bucket: String, progress: (Int) -> Bool = { _ in true }
  ) throws(ScoreError) -> Int {
    let place = [folder, bucket, prefix].filter { !$0.isEmpty }.joined(separator: "/")
    let files = FileManager.default
    do {
      try files.createDirectory(atPath: place, withIntermediateDirectories: true)
    } catch {
      throw ScoreError("--prepare \(place): cannot be made; name a folder that you may write")
    }
    var written = 0
    for object in 0..<objects {
      guard progress(object) else { break }
      let path = "\(place)/\(name(of: object))"
      let size = size(of: object)
      let known = try? files.attributesOfItem(atPath: path)[.size] as? NSNumber
      if known?.uint64Value == size { continue }
      try write(object, size, to: path)
      written += 1
    }
    return written
  }

  /// Under a name of its own first, so that a file that is there is whole.
  private func write(_ object: Int, _ size: UInt64, to path: String) throws(ScoreError) {
    let content = content(of: object)
    let part = "\(path).part"
    do {
      guard FileManager.default.createFile(atPath: part, contents: nil),
        let file = FileHandle(forWritingAtPath: part)
      else { throw CocoaError(.fileWriteNoPermission) }
      defer { try? file.close() }
      var offset: UInt64 = 0
      while offset < size {
        var piece = Data(count: Int(min(1 << 20, size - offset)))
        piece.withUnsafeMutableBytes { content.fill($0, from: offset) }
        try file.write(contentsOf: piece)
        offset += UInt64(piece.count)
      }
      guard rename(part, path) == 0 else { throw CocoaError(.fileWriteUnknown) }
    } catch {
      try? FileManager.default.removeItem(atPath: part)
      throw ScoreError("\(path): cannot be written; is there room, and may you write here?")
    }
  }
}
