import Glibc

/// A file under construction.
package struct OutputFile: ~Copyable {
  /// When a file gets its name.
  package enum Appearance: Sendable {
    /// When `finish` succeeds, so that nobody ever meets half of it. Until then it is `NAME.partial`,
    /// which goes if the value ends early.
    case whenFinished
    /// From the start, and it stays whatever happens: for formats of which every prefix is of use.
    case atOnce
  }

  /// The file, as the caller named it.
  package let path: String
  private let appearance: Appearance
  private var descriptor: Int32
  /// Bytes written so far.
  package private(set) var length: UInt64 = 0

  /// Creates the file, empty. What has its name is replaced, or, if `replacing` is false, an error
  /// of the kind `exists`: also a `NAME.partial` that another writer holds or left behind.
  package init(
    path: String, appearing appearance: Appearance = .whenFinished, replacing: Bool = true
  ) throws(TraceError) {
    descriptor = try Self.create(path, appearance, replacing: replacing)
    self.path = path
    self.appearance = appearance
  }

  private var writtenPath: String { Self.writtenPath(path, appearance) }

  private static func writtenPath(_ path: String, _ appearance: Appearance) -> String {
    switch appearance {
    case .whenFinished: path + ".partial"
    case .atOnce: path
    }
  }

  private static func create(
    _ path: String, _ appearance: Appearance, replacing: Bool
  ) throws(TraceError) -> Int32 {
    let written = writtenPath(path, appearance)
    let descriptor = open(
      written, O_RDWR | O_CREAT | (replacing ? O_TRUNC : O_EXCL) | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else {
      if !replacing, errno == EEXIST { throw taken(path) }
      throw TraceError(.unwritable, path: path, "cannot be created: \(lastSystemError())")
    }
    // Whoever holds the partial file is the only one who can give it its name.
    if !replacing, appearance == .whenFinished, access(path, F_OK) == 0 {
      close(descriptor)
      unlink(written)
      throw taken(path)
    }
    return descriptor
  }

  private static func taken(_ path: String) -> TraceError {
    TraceError(.exists, path: path, "is there already; choose another name, or move it away")
  }

  deinit {
    guard descriptor >= 0 else { return }
    close(descriptor)
    if appearance == .whenFinished { unlink(Self.writtenPath(path, appearance)) }
  }

  /// Appends `bytes`.
  package mutating func write(_ bytes: UnsafeRawBufferPointer) throws(TraceError) {
    var done = 0
    while done < bytes.count {
      let rest = UnsafeRawBufferPointer(rebasing: bytes[done...])
      let count = Glibc.write(descriptor, rest.baseAddress, rest.count)
      if count > 0 {
        done += count
      } else if count == 0 || errno != EINTR {
        let reason = lastSystemError()
        // What was written of these bytes would be taken for all of them.
        if done > 0 { _ = ftruncate(descriptor, off_t(length)) }
        throw TraceError(.unwritable, path: path, "cannot be written: \(reason)")
      }
    }
    length += UInt64(bytes.count)
  }

  /// Lets `body` change what was written so far, through a mapping of the file.
  package func withWrittenBytes(_ body: (UnsafeMutableRawPointer) -> Void) throws(TraceError) {
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
  package mutating func finish() throws(TraceError) {
    let closing = descriptor
    descriptor = -1
    let isClosed = close(closing) == 0
    switch appearance {
    case .atOnce:
      if isClosed { return }
      throw TraceError(.unwritable, path: path, "cannot be completed: \(lastSystemError())")
    case .whenFinished:
      guard isClosed, rename(writtenPath, path) == 0 else {
        let reason = lastSystemError()
        unlink(writtenPath)
        throw TraceError(.unwritable, path: path, "cannot be completed: \(reason)")
      }
    }
  }
}
