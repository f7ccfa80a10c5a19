internal import Glibc
internal import Synchronization

/// Sorted names of large folders, so that the next page of a listing need not read them again.
///
/// A folder's time of change tells whether they are still right. It ticks in milliseconds, so names
/// that were read within a second of a change are not trusted ("racy git": a change in the same tick
/// would not show).
final class FolderNamesCache: Sendable {
  private struct Entry {
    var device: UInt64
    var inode: UInt64
    var modified: Int64
    var names: FolderNames
  }
  /// The last used at the end.
  private let entries = Mutex<[Entry]>([])
  /// Folders with fewer names are read anew each time.
  private let smallest: Int
  /// Names of all entries together.
  private static let limit = 4_000_000

  init(smallest: Int = 2_000) { self.smallest = smallest }

  /// The names in `folder`, remembered or read.
  func names(in folder: borrowing OpenFile, isRoot: Bool) throws(OriginError) -> FolderNames {
    guard case .success(let status) = folder.status() else {
      return try FolderNames(of: folder, isRoot: isRoot)
    }
    let known = entries.withLock { entries -> FolderNames? in
      guard
        let index = entries.firstIndex(where: {
          $0.device == status.device && $0.inode == status.inode
        })
      else { return nil }
      let entry = entries.remove(at: index)
      guard entry.modified == status.modified else { return nil }
      entries.append(entry)
      return entry.names
    }
    if let known { return known }
    var now = timespec()
    clock_gettime(CLOCK_REALTIME, &now)
    let names = try FolderNames(of: folder, isRoot: isRoot)
    let age = Int64(now.tv_sec) * 1_000_000_000 + Int64(now.tv_nsec) - status.modified
    guard names.count >= smallest, names.count <= FolderNamesCache.limit, age > 1_000_000_000 else {
      return names
    }
    entries.withLock { entries in
      entries.removeAll { $0.device == status.device && $0.inode == status.inode }
      entries.append(
        Entry(
          device: status.device, inode: status.inode, modified: status.modified, names: names))
      while entries.reduce(0, { $0 + $1.names.count }) > FolderNamesCache.limit {
        entries.removeFirst()
      }
    }
    return names
  }
}
