internal import Glibc
internal import NIOCore

/// Multipart uploads. An upload is a folder of parts in the folder of uploads, with a file `object`
/// that holds its key and, as attributes, its metadata.
extension DirectoryOrigin {
  private static let manifest = "object"

  public func startUpload(
    _ object: OriginObject, _ metadata: ObjectMetadata
  ) async throws(OriginError) -> String {
    let path = try writable(object)
    return try await onPool { () throws(OriginError) in
      let uploads = try TemporaryFile.uploads(of: self.root)
      let id = TemporaryFile.randomName()
      guard mkdirat(uploads.number, id, 0o777) == 0 else {
        throw SystemError.last.origin("create", "\(FolderPath.uploads)/\(id)")
      }
      let file = try TemporaryFile.create(inUploadsOf: self.root)
      try file.write(ByteBuffer(string: path.text), for: path.text)
      if try FileMetadata.write(metadata, to: file.file, key: path.text) == .unsupported {
        self.warnOfLostMetadata()
      }
      try self.moveIntoUpload(file, id, DirectoryOrigin.manifest)
      return id
    }
  }

  public func putPart(
    _ object: OriginObject, upload: String, number: Int, length: UInt64, body: OriginBody
  ) async throws(OriginError) -> String {
    let path = try writable(object)
    guard (1...10_000).contains(number) else {
      throw .rejected(
        code: "InvalidArgument", "part numbers go from 1 to 10000; \(number) does not")
    }
    let file = try await onPool { () throws(OriginError) in
      _ = try self.openUpload(upload, of: path)
      return try TemporaryFile.create(inUploadsOf: self.root)
    }
    try await receive(body, length: length, into: file, for: path.text)
    return try await onPool { () throws(OriginError) in
      try file.synchronize(for: path.text)
      try self.moveIntoUpload(file, upload, String(number))
      return try DirectoryOrigin.status(file.file, path).version
    }
  }

  public func completeUpload(
    _ object: OriginObject, upload: String, parts: [UploadedPart]
  ) async throws(OriginError) -> ObjectAttributes {
    let path = try writable(object)
    guard !parts.isEmpty, zip(parts, parts.dropFirst()).allSatisfy({ $0.number < $1.number }) else {
      throw .rejected(
        code: parts.isEmpty ? "MalformedXML" : "InvalidPartOrder",
        "the parts of \(path.text) must be listed once each, in ascending order")
    }
    return try await onPool { () throws(OriginError) in
      let folder = try self.openUpload(upload, of: path)
      let file = try TemporaryFile.create(inUploadsOf: self.root)
      for part in parts { try DirectoryOrigin.append(part, of: folder, path, to: file) }
      let attributes = try self.finish(file, as: path, DirectoryOrigin.metadata(folder, path))
      self.removeUpload(upload)
      return attributes
    }
  }

  public func abortUpload(_ object: OriginObject, upload: String) async throws(OriginError) {
    let path = try writable(object)
    try await onPool { () throws(OriginError) in
      _ = try self.openUpload(upload, of: path)
      self.removeUpload(upload)
    }
  }

  /// The folder of an upload of this key.
  private func openUpload(_ id: String, of path: FolderPath) throws(OriginError) -> OpenFile {
    guard id.utf8.count == 32, Hexadecimal.bytes(id) != nil else { throw .noUpload }
    let uploads = try TemporaryFile.uploads(of: root)
    guard
      case .success(let folder) = uploads.open(id, flags: O_RDONLY | O_DIRECTORY, follow: false),
      case .success(let file) = folder.open(
        DirectoryOrigin.manifest, flags: O_RDONLY, follow: false)
    else { throw .noUpload }
    var key = [UInt8](repeating: 0, count: path.text.utf8.count + 1)
    let count = pread(file.number, &key, key.count, 0)
    guard count >= 0, key[..<count].elementsEqual(path.text.utf8) else { throw .noUpload }
    // It is in use: its age counts from now.
    _ = futimens(folder.number, nil)
    return folder
  }

  private func moveIntoUpload(
    _ file: TemporaryFile, _ id: String, _ name: String
  ) throws(OriginError) {
    let uploads = try TemporaryFile.uploads(of: root)
    guard
      case .success(let folder) = uploads.open(id, flags: O_RDONLY | O_DIRECTORY, follow: false)
    else { throw .noUpload }
    if let error = file.move(into: folder, as: name) {
      throw error.origin("rename to", "\(FolderPath.uploads)/\(id)/\(name)")
    }
  }

  private static func append(
    _ part: UploadedPart, of folder: borrowing OpenFile, _ path: FolderPath, to file: TemporaryFile
  ) throws(OriginError) {
    let invalid = OriginError.rejected(
      code: "InvalidPart",
      "part \(part.number) of \(path.text) was not stored with the ETag \(part.version)")
    guard
      case .success(let source) = folder.open(
        String(part.number), flags: O_RDONLY, follow: false)
    else { throw invalid }
    let status = try status(source, path)
    guard status.version == part.version || status.version == "\"\(part.version)\"" else {
      throw invalid
    }
    try append(source, size: status.size, to: file, path.text)
  }

  private static func metadata(
    _ folder: borrowing OpenFile, _ path: FolderPath
  ) throws(OriginError) -> ObjectMetadata {
    guard case .success(let file) = folder.open(manifest, flags: O_RDONLY, follow: false) else {
      throw .noUpload
    }
    var metadata = FileMetadata.read(from: file, key: path.text)
    if metadata.contentType == ContentType.of(key: path.text) { metadata.contentType = nil }
    return metadata
  }

  private func removeUpload(_ id: String) {
    guard let uploads = try? TemporaryFile.uploads(of: root) else { return }
    DirectoryOrigin.removeFlatFolder(uploads, id)
  }

  /// Removes a folder that holds files only. A part that is moved in meanwhile costs another round.
  static func removeFlatFolder(_ parent: borrowing OpenFile, _ name: String) {
    guard
      case .success(let folder) = parent.open(name, flags: O_RDONLY | O_DIRECTORY, follow: false)
    else { return }
    for _ in 0..<16 {
      var names: [String] = []
      try? FolderNames.forEach(in: folder, isRoot: false) { name, _ throws(OriginError) in
        names.append(String(decoding: name, as: UTF8.self))
        return true
      }
      for name in names { unlinkat(folder.number, name, 0) }
      if unlinkat(parent.number, name, AT_REMOVEDIR) == 0 || errno != ENOTEMPTY { return }
    }
  }
}
