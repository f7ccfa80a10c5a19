internal import Glibc
internal import NIOCore

/// A file in the folder of uploads that becomes an object, or a part, by being renamed. It is gone
/// with the last reference if it was not.
final class TemporaryFile: Sendable {
  let file: OpenFile
  private let folder: OpenFile
  private let name: String

  /// An empty file in the folder of uploads.
  static func create(inUploadsOf root: borrowing OpenFile) throws(OriginError) -> TemporaryFile {
    let folder = try uploads(of: root)
    let name = "put-" + randomName()
    switch folder.open(name, flags: O_RDWR | O_CREAT | O_EXCL, mode: 0o666) {
    case .success(let file): return TemporaryFile(file: file, folder: folder, name: name)
    case .failure(let error): throw error.origin("create", "\(FolderPath.uploads)/\(name)")
    }
  }

  /// The folder of uploads, created if need be.
  static func uploads(of root: borrowing OpenFile) throws(OriginError) -> OpenFile {
    let name = FolderPath.uploads
    if mkdirat(root.number, name, 0o777) != 0, errno != EEXIST {
      throw SystemError.last.origin("create", name)
    }
    switch root.open(name, flags: O_RDONLY | O_DIRECTORY, follow: false) {
    case .success(let folder): return folder
    case .failure(let error): throw error.origin("open", name)
    }
  }

  /// 128 random bits in hexadecimal digits.
  static func randomName() -> String {
    var random = SystemRandomNumberGenerator()
    return Hexadecimal.lower((0..<16).map { _ in UInt8.random(in: .min ... .max, using: &random) })
  }

  private init(file: consuming OpenFile, folder: consuming OpenFile, name: String) {
    self.file = file
    self.folder = folder
    self.name = name
  }

  deinit {
    // After a rename there is nothing of this name.
    unlinkat(folder.number, name, 0)
  }

  /// Appends bytes.
  func write(_ bytes: ByteBuffer, for key: String) throws(OriginError) {
    let error = bytes.withUnsafeReadableBytes { bytes -> SystemError? in
      var done = 0
      while done < bytes.count {
        let rest = UnsafeRawBufferPointer(rebasing: bytes[done...])
        let count = Glibc.write(file.number, rest.baseAddress, rest.count)
        if count >= 0 {
          done += count
        } else if errno != EINTR {
          return .last
        }
      }
      return nil
    }
    if let error { throw error.origin("write", key) }
  }

  /// Waits until the bytes are on disk.
  func synchronize(for key: String) throws(OriginError) {
    guard fsync(file.number) == 0 else { throw SystemError.last.origin("write", key) }
  }

  /// Gives the file its place; what was there is replaced at once.
  func move(into target: borrowing OpenFile, as newName: String) -> SystemError? {
    guard renameat(folder.number, name, target.number, newName) == 0 else { return .last }
    // The name, too, must be on disk before the object counts as stored.
    return fsync(target.number) == 0 ? nil : .last
  }
}
