import Glibc

/// A file that is open for reading; closed when the value ends.
package struct InputFile: ~Copyable {
  /// The file, as the caller named it.
  package let path: String
  private let descriptor: Int32

  /// Opens `path`.
  package init(path: String) throws(TraceError) {
    descriptor = try Self.open(path)
    self.path = path
  }

  private static func open(_ path: String) throws(TraceError) -> Int32 {
    let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw TraceError(.unreadable, path: path, "cannot be opened: \(lastSystemError())")
    }
    var status = stat()
    let kind = fstat(descriptor, &status) == 0 ? status.st_mode & S_IFMT : S_IFREG
    guard kind == S_IFREG else {
      close(descriptor)
      throw TraceError(
        .unreadable, path: path,
        kind == S_IFDIR
          ? "is a directory; name a trace file in it"
          : "is a pipe or device; save the trace to a file first")
    }
    return descriptor
  }

  deinit { if descriptor >= 0 { close(descriptor) } }

  /// The file's length in bytes.
  package func length() throws(TraceError) -> UInt64 {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else {
      throw TraceError(.unreadable, path: path, "cannot be examined: \(lastSystemError())")
    }
    return UInt64(max(0, status.st_size))
  }

  /// Reads the next bytes in sequence, fewer than asked only at the end; 0 at the end.
  package func read(into buffer: UnsafeMutableRawBufferPointer) throws(TraceError) -> Int {
    try fill(buffer) { descriptor, target, _ in
      Glibc.read(descriptor, target.baseAddress, target.count)
    }
  }

  /// Reads at `offset`, fewer bytes than asked only where the file ends.
  package func read(
    at offset: UInt64, into buffer: UnsafeMutableRawBufferPointer
  ) throws(TraceError) -> Int {
    guard let start = Int(exactly: offset) else { return 0 }
    return try fill(buffer) { descriptor, target, done in
      pread(descriptor, target.baseAddress, target.count, start + done)
    }
  }

  private func fill(
    _ buffer: UnsafeMutableRawBufferPointer,
    with readSome: (Int32, UnsafeMutableRawBufferPointer, Int) -> Int
  ) throws(TraceError) -> Int {
    var done = 0
    while done < buffer.count {
      let target = UnsafeMutableRawBufferPointer(rebasing: buffer[done...])
      let count = readSome(descriptor, target, done)
      if count == 0 { break }
      if count > 0 {
        done += count
      } else if errno != EINTR {
        throw TraceError(.unreadable, path: path, "cannot be read: \(lastSystemError())")
      }
    }
    return done
  }
}

/// The text of `errno`.
package func lastSystemError() -> String {
  guard let text = strerror(errno) else { return "error \(errno)" }
  return String(cString: text)
}
