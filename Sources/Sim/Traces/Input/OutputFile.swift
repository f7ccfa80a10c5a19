import Glibc

/// A file under construction: it appears under its name only when `finish` succeeds, so that nobody
/// ever meets half of it. Until then it is `NAME.partial`, which goes if the value ends early.
struct OutputFile: ~Copyable {
  /// The file, as the caller named it.
  let path: String
  private let partialPath: String
  private var descriptor: Int32
  /// Bytes written so far.
  private(set) var length: UInt64 = 0

  /// Creates `path.partial`.
  init(path: String) throws(TraceError) {
    descriptor = try Self.create(path)
    self.path = path
    partialPath = Self.partialPath(path)
  }

  private static func partialPath(_ path: String) -> String { path + ".partial" }

  private static func create(_ path: String) throws(TraceError) -> Int32 {
    let descriptor = open(
      partialPath(path), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else {
      throw TraceError(.unwritable, path: path, "cannot be created: \(lastSystemError())")
    }
    return descriptor
  }

  deinit {
    if descriptor >= 0 {
      close(descriptor)
      unlink(partialPath)
    }
  }

  /// Appends `bytes`.
  mutating func write(_ bytes: UnsafeRawBufferPointer) throws(TraceError) {
    var done = 0
    while done < bytes.count {
      let rest = UnsafeRawBufferPointer(rebasing: bytes[done...])
      let count = Glibc.write(descriptor, rest.baseAddress, rest.count)
      if count > 0 {
        done += count
      } else if count == 0 || errno != EINTR {
        throw TraceError(.unwritable, path: path, "cannot be written: \(lastSystemError())")
      }
    }
    length += UInt64(bytes.count)
  }

  /// Lets `body` change what was written so far, through a mapping of the file.
  func withWrittenBytes(_ body: (UnsafeMutableRawPointer) -> Void) throws(TraceError) {
    guard length > 0 else { return }
    let count = Int(length)
    guard let address = mmap(nil, count, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0),
      address != MAP_FAILED
    else {
      throw TraceError(.unwritable, path: path, "cannot be mapped: \(lastSystemError())")
    }
    body(address)
    munmap(address, count)
  }

  /// Closes the file and gives it its name.
  mutating func finish() throws(TraceError) {
    let closing = descriptor
    descriptor = -1
    guard close(closing) == 0, rename(partialPath, path) == 0 else {
      let reason = lastSystemError()
      unlink(partialPath)
      throw TraceError(.unwritable, path: path, "cannot be completed: \(reason)")
    }
  }
}
