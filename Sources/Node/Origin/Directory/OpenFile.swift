internal import CKernel
internal import Glibc

/// An open file or folder, closed when it goes out of use.
struct OpenFile: ~Copyable, Sendable {
  let number: CInt

  /// Takes over an open descriptor.
  init(number: CInt) { self.number = number }

  deinit { close(number) }

  /// Opens what lies at `path` inside the folder; a path out of it, also by a link, is no path.
  ///
  /// - Parameter follow: Whether links that stay inside are followed.
  func open(
    _ path: String, flags: CInt, mode: UInt32 = 0, follow: Bool = true
  ) -> Result<OpenFile, SystemError> {
    let file = tarn_open_beneath(number, path.isEmpty ? "." : path, flags, mode, follow ? 1 : 0)
    return file < 0 ? .failure(SystemError.last) : .success(OpenFile(number: file))
  }

  /// What the kernel knows of it now.
  func status() -> Result<FileStatus, SystemError> {
    var status = stat()
    return fstat(number, &status) == 0 ? .success(FileStatus(status)) : .failure(SystemError.last)
  }

  /// What the kernel knows of the entry `name` of this folder, a link not followed.
  func status(of name: String) -> Result<FileStatus, SystemError> {
    var status = stat()
    return fstatat(number, name, &status, AT_SYMLINK_NOFOLLOW) == 0
      ? .success(FileStatus(status)) : .failure(SystemError.last)
  }
}

/// The part of `stat(2)` that tells an object's version.
struct FileStatus: Sendable, Equatable {
  enum Kind: Sendable { case file, folder, link, other }
  var kind: Kind
  /// Bytes.
  var size: UInt64
  /// Nanoseconds since 1970.
  var modified: Int64
  var inode: UInt64
  var device: UInt64

  init(_ status: stat) {
    switch status.st_mode & S_IFMT {
    case S_IFREG: kind = .file
    case S_IFDIR: kind = .folder
    case S_IFLNK: kind = .link
    default: kind = .other
    }
    size = UInt64(max(0, status.st_size))
    modified = Int64(status.st_mtim.tv_sec) * 1_000_000_000 + Int64(status.st_mtim.tv_nsec)
    inode = UInt64(status.st_ino)
    device = UInt64(status.st_dev)
  }

  /// The object's ETag: size, time of change in nanoseconds and inode. A file that is replaced by
  /// renaming always has another; one that is written in place has another as soon as the file
  /// system's clock has ticked (4 ms on kernels before 6.13).
  var version: String {
    "\"\(String(size, radix: 16))-\(String(modified, radix: 16))-\(String(inode, radix: 16))\""
  }

  var lastModified: Int64 { (modified - (modified < 0 ? 999_999_999 : 0)) / 1_000_000_000 }
}

/// An error of the system's.
struct SystemError: Error, Equatable {
  var number: CInt

  /// That of the call that just failed.
  static var last: SystemError { SystemError(number: errno) }

  /// There is nothing at the path, or nothing that may be reached inside the folder.
  var meansMissing: Bool {
    [ENOENT, ENOTDIR, ELOOP, EXDEV, ENAMETOOLONG, ENXIO].contains(number)
  }

  /// As an origin's error: what was tried, on what, and why it failed.
  func origin(_ action: String, _ path: String) -> OriginError {
    let sentence = "\(action) \(path): \(String(cString: strerror(number)))"
    switch number {
    case EACCES, EPERM, EROFS:
      return .denied("\(sentence); give the node's user the right to it")
    case ENOSPC, EDQUOT: return .failed("\(sentence); free space on the origin's file system")
    default: return .failed(sentence)
    }
  }
}
