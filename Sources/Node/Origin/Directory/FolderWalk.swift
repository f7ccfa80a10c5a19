internal import CKernel
internal import Glibc

/// One page of a container's keys in byte order, from a walk over its folders that opens only those
/// in which the page can lie.
///
/// Folders without objects count for nothing, as in S3. Links to files inside the container are
/// objects; links to folders are not entered, so that no walk is endless.
struct FolderWalk: ~Copyable {
  private let prefix: [UInt8]
  private let delimiter: [UInt8]
  private let after: [UInt8]
  private let limit: Int
  private let cache: FolderNamesCache
  private var page = ListPage()
  private var emitted = 0
  private var last = ""
  /// Everything that starts with this is rolled up already.
  private var rolledUp: [UInt8]?
  /// A walk gives up below so many folders: paths are no longer than 4,096 bytes.
  private static let depthLimit = 2_048

  init(_ request: ListRequest, cache: FolderNamesCache) {
    prefix = Array(request.prefix.utf8)
    delimiter = Array(request.delimiter.utf8)
    after = Array(request.after.utf8)
    limit = request.limit
    self.cache = cache
  }

  /// Walks below the container's folder.
  mutating func run(root: borrowing OpenFile) throws(OriginError) -> ListPage {
    guard limit > 0 else { return page }
    // No key outside of the prefix's last whole folder can match.
    let slash = prefix.lastIndex(of: UInt8(ascii: "/"))
    let base = slash.map { Array(prefix[..<$0]) } ?? []
    let path = String(decoding: base, as: UTF8.self)
    if slash != nil {
      guard FolderPath(key: path) != nil else { return page }
    }
    switch root.open(path, flags: O_RDONLY | O_DIRECTORY, follow: false) {
    case .success(let folder):
      let isOver = try walk(
        folder, path: slash == nil ? [] : base + [UInt8(ascii: "/")], root: root, depth: 0)
      if isOver { page.continuesAfter = last }
    case .failure(let error):
      guard error.meansMissing else { throw error.origin("list", path) }
    }
    return page
  }

  /// Visits what lies in the folder whose keys start with `path`; true if the page is full and there
  /// is more.
  private mutating func walk(
    _ folder: borrowing OpenFile, path: [UInt8], root: borrowing OpenFile, depth: Int
  ) throws(OriginError) -> Bool {
    guard depth < FolderWalk.depthLimit else { return false }
    let names = try cache.names(in: folder, isRoot: path.isEmpty)
    let bound = prefix.lexicographicallyPrecedes(after) ? after : prefix
    if path.lexicographicallyPrecedes(bound) && !bound.starts(with: path) { return false }
    var index = bound.starts(with: path) ? names.firstIndex(from: bound[path.count...]) : 0
    while index < names.count {
      let name = names.name(index)
      let full = path + name
      defer { index += 1 }
      guard full.starts(with: prefix) else {
        if prefix.lexicographicallyPrecedes(full) { return false }
        continue
      }
      if let rolledUp, full.starts(with: rolledUp) { continue }
      if let group = group(of: full) {
        guard after.lexicographicallyPrecedes(group),
          try holdsObject(folder, names, index, path: full, root: root)
        else { continue }
        rolledUp = group
        if emitPrefix(group) { return true }
      } else if names.isFolder(index) {
        if full.lexicographicallyPrecedes(after) && !after.starts(with: full) { continue }
        guard
          case .success(let child) = folder.open(
            String(decoding: name.dropLast(), as: UTF8.self), flags: O_RDONLY | O_DIRECTORY,
            follow: false)
        else { continue }
        if try walk(child, path: full, root: root, depth: depth + 1) { return true }
      } else if after.lexicographicallyPrecedes(full),
        let status = status(folder, names, index, path: full, root: root)
      {
        if emitItem(full, status) { return true }
      }
    }
    return false
  }

  /// What `full` is rolled up to: up to the first delimiter after the prefix.
  private func group(of full: [UInt8]) -> [UInt8]? {
    guard !delimiter.isEmpty, full.count >= prefix.count + delimiter.count else { return nil }
    for start in prefix.count...(full.count - delimiter.count)
    where full[start...].starts(with: delimiter) {
      return Array(full[..<(start + delimiter.count)])
    }
    return nil
  }

  /// The file's status; nil if it went away, or is a link that leads to no file of the container.
  private func status(
    _ folder: borrowing OpenFile, _ names: FolderNames, _ index: Int, path: [UInt8],
    root: borrowing OpenFile
  ) -> FileStatus? {
    if names.isLink(index) {
      guard
        case .success(let file) = root.open(
          String(decoding: path, as: UTF8.self), flags: tarn_path_only)
      else { return nil }
      guard case .success(let status) = file.status(), status.kind == .file else { return nil }
      return status
    }
    let name = String(decoding: names.name(index), as: UTF8.self)
    guard case .success(let status) = folder.status(of: name), status.kind == .file else {
      return nil
    }
    return status
  }

  private func holdsObject(
    _ folder: borrowing OpenFile, _ names: FolderNames, _ index: Int, path: [UInt8],
    root: borrowing OpenFile
  ) throws(OriginError) -> Bool {
    guard names.isFolder(index) else {
      return status(folder, names, index, path: path, root: root) != nil
    }
    let name = String(decoding: names.name(index).dropLast(), as: UTF8.self)
    return try FolderWalk.holdsObject(folder, name, path: path, root: root, depth: 0)
  }

  /// Whether there is an object anywhere below the folder `name`.
  static func holdsObject(
    _ parent: borrowing OpenFile, _ name: String, path: [UInt8], root: borrowing OpenFile,
    depth: Int
  ) throws(OriginError) -> Bool {
    guard depth < depthLimit,
      case .success(let folder) = parent.open(name, flags: O_RDONLY | O_DIRECTORY, follow: false)
    else { return false }
    var folders: [String] = []
    var isFound = false
    var links: [String] = []
    try FolderNames.forEach(in: folder, isRoot: false) { name, kind throws(OriginError) in
      switch kind {
      case .file: isFound = true
      case .folder: folders.append(String(decoding: name, as: UTF8.self))
      case .link: links.append(String(decoding: name, as: UTF8.self))
      case .other: break
      }
      return !isFound
    }
    if isFound { return true }
    for link in links {
      let place = String(decoding: path, as: UTF8.self) + link
      if case .success(let file) = root.open(place, flags: tarn_path_only),
        case .success(let status) = file.status(), status.kind == .file
      {
        return true
      }
    }
    for name in folders {
      let below = path + Array(name.utf8) + [UInt8(ascii: "/")]
      if try holdsObject(folder, name, path: below, root: root, depth: depth + 1) { return true }
    }
    return false
  }

  private mutating func emitItem(_ key: [UInt8], _ status: FileStatus) -> Bool {
    guard emitted < limit else { return true }
    last = String(decoding: key, as: UTF8.self)
    page.items.append(
      ListPage.Item(
        key: last, size: status.size, version: status.version, lastModified: status.lastModified))
    emitted += 1
    return false
  }

  private mutating func emitPrefix(_ prefix: [UInt8]) -> Bool {
    guard emitted < limit else { return true }
    last = String(decoding: prefix, as: UTF8.self)
    page.prefixes.append(last)
    emitted += 1
    return false
  }
}
