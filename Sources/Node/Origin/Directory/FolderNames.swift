internal import CKernel
internal import Glibc

/// The files and folders in one folder, in the order of the keys below them: a folder sorts as its
/// name and a slash, because that is how its keys start.
///
/// Names lie in one array of bytes, so that a folder of a million files costs about 40 MB.
struct FolderNames: Sendable {
  private struct Entry {
    var start: UInt32
    var count: UInt16
    /// A name to look closer at: a link may stand for a file.
    var isLink: Bool
  }
  /// Names one after the other, those of folders with a slash.
  private let bytes: [UInt8]
  private let entries: [Entry]

  /// Reads the whole folder. What no key can name is left out: names that are not UTF-8, and the
  /// folder of uploads where `isRoot`. Links are listed as links; neither devices nor pipes are.
  init(of folder: borrowing OpenFile, isRoot: Bool) throws(OriginError) {
    var bytes: [UInt8] = []
    var entries: [Entry] = []
    try FolderNames.forEach(in: folder, isRoot: isRoot) { name, kind in
      entries.append(
        Entry(
          start: UInt32(bytes.count), count: UInt16(name.count + (kind == .folder ? 1 : 0)),
          isLink: kind == .link))
      bytes.append(contentsOf: name)
      if kind == .folder { bytes.append(UInt8(ascii: "/")) }
      return bytes.count < Int(UInt32.max) - 300
    }
    bytes.withUnsafeBufferPointer { bytes in
      entries.sort { left, right in
        let count = Int(min(left.count, right.count))
        guard let base = bytes.baseAddress else { return false }
        let order = memcmp(base + Int(left.start), base + Int(right.start), count)
        return order == 0 ? left.count < right.count : order < 0
      }
    }
    self.bytes = bytes
    self.entries = entries
  }

  var count: Int { entries.count }

  /// The name at `index`, that of a folder with a slash.
  func name(_ index: Int) -> ArraySlice<UInt8> {
    let entry = entries[index]
    return bytes[Int(entry.start)..<Int(entry.start) + Int(entry.count)]
  }

  func isLink(_ index: Int) -> Bool { entries[index].isLink }

  func isFolder(_ index: Int) -> Bool { name(index).last == UInt8(ascii: "/") }

  /// The first name that comes at or after `bound`, or below which keys do.
  func firstIndex(from bound: some Collection<UInt8>) -> Int {
    var low = 0
    var high = count
    while low < high {
      let middle = (low + high) / 2
      let name = name(middle)
      if name.lexicographicallyPrecedes(bound) && !(isFolder(middle) && bound.starts(with: name)) {
        low = middle + 1
      } else {
        high = middle
      }
    }
    return low
  }

  /// Calls `body` with every name and its kind in the folder's own order until it answers false.
  static func forEach(
    in folder: borrowing OpenFile, isRoot: Bool,
    _ body: (UnsafeBufferPointer<UInt8>, FileStatus.Kind) throws(OriginError) -> Bool
  ) throws(OriginError) {
    // A descriptor of its own: its reading position is shared with nobody.
    let copy = openat(folder.number, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard copy >= 0, let stream = fdopendir(copy) else {
      let error = SystemError.last
      if copy >= 0 { close(copy) }
      throw error.origin("list", "a folder")
    }
    defer { closedir(stream) }
    while let entry = readdir(stream) {
      guard let text = tarn_entry_name(entry) else { continue }
      let count = strlen(text)
      let more: Bool = try text.withMemoryRebound(to: UInt8.self, capacity: count) {
        bytes throws(OriginError) in
        let name = UnsafeBufferPointer(start: bytes, count: count)
        guard FolderPath.isName(name), String(validating: name, as: UTF8.self) != nil,
          !isRoot || !name.elementsEqual(FolderPath.uploads.utf8),
          let kind = kind(of: entry, in: folder)
        else { return true }
        return try body(name, kind)
      }
      guard more else { return }
    }
  }

  private static func kind(
    of entry: UnsafeMutablePointer<dirent>, in folder: borrowing OpenFile
  ) -> FileStatus.Kind? {
    switch Int(entry.pointee.d_type) {
    case Int(DT_REG): return .file
    case Int(DT_DIR): return .folder
    case Int(DT_LNK): return .link
    case Int(DT_UNKNOWN):
      var status = stat()
      guard fstatat(folder.number, tarn_entry_name(entry), &status, AT_SYMLINK_NOFOLLOW) == 0 else {
        return nil
      }
      let kind = FileStatus(status).kind
      return kind == .other ? nil : kind
    default: return nil
    }
  }
}
