internal import Glibc

/// Why the flash tier of a shard can't start. The description names the place and the cure.
public enum FlashError: Error, Sendable, Equatable, CustomStringConvertible {
  /// There is something at the path that is no folder.
  case notFolder(path: String)
  /// The folder can't be made or written.
  case notWritable(path: String, code: CInt)
  /// Another process uses the folder.
  case locked(path: String)
  /// The folder holds files that are not the flash tier's.
  case foreign(path: String, found: String)
  /// The folder was made by another version of the format.
  case otherFormat(path: String, found: String)
  /// The folder was made under another value of a setting.
  case otherSettings(path: String, setting: String, folder: UInt64, node: UInt64)
  /// The description of the folder is damaged.
  case damaged(path: String)
  /// The kernel refused the engine that the configuration asks for.
  case noRing(code: CInt)
  /// Anything else that the system refused.
  case system(path: String, operation: String, code: CInt)

  public var description: String {
    let reset = "or start once with --reset-flash to empty it"
    switch self {
    case .notFolder(let path):
      return "flash folder \(path) is not a folder: name another, or move the file away"
    case .notWritable(let path, let code):
      return "flash folder \(path) can't be written (\(systemError(code))): create its parent "
        + "folder, give this user the right to write there, or name another folder"
    case .locked(let path):
      return "flash folder \(path) is in use by another process: stop it, or name another folder"
    case .foreign(let path, let found):
      return "flash folder \(path) holds files that are not Tarn's (\(found)): name an empty folder"
    case .otherFormat(let path, let found):
      return "flash folder \(path) has the format '\(found)', this node reads "
        + "'\(FlashSuperblock.firstLine)': name another folder, \(reset)"
    case .otherSettings(let path, let setting, let folder, let node):
      return
        "flash folder \(path) was made with \(setting) \(folder), this node is configured with "
        + "\(node): set it back, name another folder, \(reset)"
    case .damaged(let path):
      return "flash folder \(path) has a damaged superblock: name another folder, \(reset)"
    case .noRing(let code):
      return "the kernel refuses io_uring (\(systemError(code))): allow it "
        + "(sysctl kernel.io_uring_disabled, seccomp profile) or set flash.engine to threads"
    case .system(let path, let operation, let code):
      return "flash folder \(path): \(operation) failed (\(systemError(code)))"
    }
  }
}

/// A system error in words, with its number.
func systemError(_ code: CInt) -> String { "\(String(cString: strerror(code))), errno \(code)" }
