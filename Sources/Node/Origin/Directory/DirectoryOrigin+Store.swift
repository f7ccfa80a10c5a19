internal import CKernel
internal import Glibc
internal import NIOCore

extension DirectoryOrigin {
  public func put(
    _ object: OriginObject, _ metadata: ObjectMetadata, length: UInt64, body: OriginBody
  ) async throws(OriginError) -> ObjectAttributes {
    if length == 0, object.container == container,
      let path = DirectoryOrigin.inside(marker: object.key)
    {
      do { for try await _ in body {} } catch { throw OriginError(ofBody: error) }
      return try await onPool { () throws(OriginError) in try self.makeFolder(of: path) }
    }
    let path = try writable(object)
    let file = try await onPool { () throws(OriginError) in
      try TemporaryFile.create(inUploadsOf: self.root)
    }
    try await receive(body, length: length, into: file, for: path.text)
    return try await onPool { () throws(OriginError) in
      try self.finish(file, as: path, metadata)
    }
  }

  public func delete(_ object: OriginObject) async throws(OriginError) {
    guard object.container == container else { throw .noContainer }
    if let path = DirectoryOrigin.inside(marker: object.key) {
      return try await onPool { () throws(OriginError) in self.removeEmptyFolders(above: path) }
    }
    guard let path = FolderPath(key: object.key) else { return }
    try await onPool { () throws(OriginError) in try self.remove(path) }
  }

  public func copy(
    _ source: OriginObject, to target: OriginObject, replacing metadata: ObjectMetadata?
  ) async throws(OriginError) -> ObjectAttributes {
    let from = try readable(source)
    let path = try writable(target)
    return try await onPool { () throws(OriginError) in
      let original = try self.openForReading(from)
      let size = try DirectoryOrigin.status(original, from).size
      let file = try TemporaryFile.create(inUploadsOf: self.root)
      try DirectoryOrigin.append(original, size: size, to: file, from.text)
      var kept = metadata ?? FileMetadata.read(from: original, key: from.text)
      if metadata == nil, kept.contentType == ContentType.of(key: from.text) {
        kept.contentType = nil
      }
      return try self.finish(file, as: path, kept)
    }
  }

  /// The path of a key that is to be written.
  func writable(_ object: OriginObject) throws(OriginError) -> FolderPath {
    guard object.container == container else { throw .noContainer }
    guard let path = FolderPath(key: object.key) else {
      throw .rejected(
        code: "InvalidArgument",
        "the key \(object.key) cannot be a file of \(description): no part of it between slashes may "
          + "be empty, '.', '..' or longer than 255 bytes, nor the first '\(FolderPath.uploads)'")
    }
    return path
  }

  /// Writes exactly `length` bytes of the body.
  func receive(
    _ body: OriginBody, length: UInt64, into file: TemporaryFile, for key: String
  ) async throws(OriginError) {
    var count: UInt64 = 0
    var pieces = body.makeAsyncIterator()
    while true {
      let piece: ByteBuffer?
      do { piece = try await pieces.next() } catch { throw OriginError(ofBody: error) }
      guard let piece else { break }
      count += UInt64(piece.readableBytes)
      guard count <= length else { break }
      try await onPool { () throws(OriginError) in try file.write(piece, for: key) }
    }
    guard count == length else {
      throw .rejected(
        code: "IncompleteBody", "the body of \(key) has not the announced \(length) bytes")
    }
  }

  /// Makes an object of a file whose bytes are complete.
  func finish(
    _ file: TemporaryFile, as path: FolderPath, _ metadata: ObjectMetadata
  ) throws(OriginError) -> ObjectAttributes {
    if try FileMetadata.write(metadata, to: file.file, key: path.text) == .unsupported {
      warnOfLostMetadata()
    }
    try file.synchronize(for: path.text)
    try place(file, at: path)
    return try DirectoryOrigin.attributes(of: file.file, path)
  }

  /// Renames the file to its key. Folders above are created; a concurrent delete that takes them away
  /// again only costs another try.
  private func place(_ file: TemporaryFile, at path: FolderPath) throws(OriginError) {
    for _ in 0..<16 {
      guard let folder = try parent(of: path) else { continue }
      guard let error = file.move(into: folder, as: path.name) else { return }
      switch error.number {
      case ENOENT: continue
      case EISDIR, EEXIST, ENOTEMPTY:
        let bytes = Array(path.text.utf8) + [UInt8(ascii: "/")]
        guard
          try !FolderWalk.holdsObject(root, path.text, path: bytes, root: root, depth: 0)
        else { throw conflict(path, with: "\(path.text)/") }
        DirectoryOrigin.removeEmptyFolders(folder, path.name)
      default: throw error.origin("rename to", path.text)
      }
    }
    throw .failed("\(path.text) could not be stored: its folder is removed again and again")
  }

  private func conflict(_ path: FolderPath, with other: String) -> OriginError {
    .rejected(
      code: "InvalidRequest",
      "\(path.text) cannot be stored in a folder beside \(other): a name is a file or a folder, not "
        + "both; delete \(other) first or choose another key")
  }

  /// The folder in which the file is to lie, created if need be; nil if it vanished meanwhile.
  func parent(of path: FolderPath) throws(OriginError) -> OpenFile? {
    let flags = O_RDONLY | O_DIRECTORY
    if case .success(let folder) = root.open(path.parent, flags: flags) { return folder }
    for ancestor in path.ancestors.reversed() {
      guard let above = FolderPath(key: ancestor) else { return nil }
      guard case .success(let folder) = root.open(above.parent, flags: flags) else { return nil }
      if mkdirat(folder.number, above.name, 0o777) != 0, errno != EEXIST {
        if errno == ENOENT { return nil }
        throw SystemError.last.origin("create the folder", ancestor)
      }
      switch root.open(ancestor, flags: flags) {
      case .success: continue
      case .failure(let error) where error.number == ENOTDIR: throw conflict(path, with: ancestor)
      case .failure(let error) where error.number == ENOENT: return nil
      case .failure(let error): throw error.origin("open", ancestor)
      }
    }
    if case .success(let folder) = root.open(path.parent, flags: flags) { return folder }
    return nil
  }

  /// Removes a file, and the folders above that are empty then: in S3 a folder is nothing of its own.
  private func remove(_ path: FolderPath) throws(OriginError) {
    switch root.open(path.parent, flags: O_RDONLY | O_DIRECTORY) {
    case .failure(let error):
      guard error.meansMissing else { throw error.origin("open", path.parent) }
      return
    case .success(let folder):
      guard case .success(let status) = folder.status(of: path.name),
        status.kind == .file || status.kind == .link
      else { return }
      if unlinkat(folder.number, path.name, 0) != 0, errno != ENOENT {
        throw SystemError.last.origin("delete", path.text)
      }
    }
    removeEmptyFolders(above: path)
  }

  /// Removes the folders above as far as nothing is in them.
  private func removeEmptyFolders(above path: FolderPath) {
    for ancestor in path.ancestors {
      guard let above = FolderPath(key: ancestor),
        case .success(let folder) = root.open(above.parent, flags: O_RDONLY | O_DIRECTORY),
        unlinkat(folder.number, above.name, AT_REMOVEDIR) == 0
      else { return }
    }
  }

  /// Removes the folder `name` and those in it as far as nothing is in them.
  private static func removeEmptyFolders(_ parent: borrowing OpenFile, _ name: String) {
    guard unlinkat(parent.number, name, AT_REMOVEDIR) != 0,
      case .success(let folder) = parent.open(
        name, flags: O_RDONLY | O_DIRECTORY, follow: false)
    else { return }
    var names: [String] = []
    try? FolderNames.forEach(in: folder, isRoot: false) { name, kind throws(OriginError) in
      if kind == .folder { names.append(String(decoding: name, as: UTF8.self)) }
      return true
    }
    for name in names { removeEmptyFolders(folder, name) }
    unlinkat(parent.number, name, AT_REMOVEDIR)
  }

  /// Appends the first `size` bytes of `source`.
  static func append(
    _ source: borrowing OpenFile, size: UInt64, to file: TemporaryFile, _ name: String
  ) throws(OriginError) {
    let copied = tarn_copy_range(source.number, 0, file.file.number, Int64(size))
    guard copied >= 0 else { throw SystemError.last.origin("copy", name) }
    guard UInt64(copied) == size else { throw .changed }
  }
}

extension OriginError {
  /// What a failed body is to the request that sends it on.
  init(ofBody error: any Error) {
    switch error {
    case let error as OriginError: self = error
    case let error as BodyError: self = .rejected(code: error.code, error.message)
    case is CancellationError: self = .failed("the call was given up")
    default: self = .rejected(code: "IncompleteBody", "the body could not be read: \(error)")
    }
  }
}
