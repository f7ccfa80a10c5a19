internal import CKernel
internal import Glibc

/// A temporary file of fixed size, read and written past the page cache. It has no name from the
/// start, so it is gone when it is closed, whatever ends the process.
final class ScratchFile: Sendable {
  let directory: String
  let descriptor: CInt
  /// Whole blocks of `FlashMeasurement.largeBlock`.
  let bytes: UInt64
  /// Bytes of the file system that holds it.
  let fileSystemBytes: UInt64

  init(in directory: String, bytes wanted: UInt64) throws(CalibrationError) {
    let block = UInt64(FlashMeasurement.largeBlock)
    let bytes = wanted / block * block
    let path = "\(directory)/tarn-calibrate-\(getpid())-\(monotonicNow()).tmp"
    let file = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard file >= 0 else {
      throw .flash(
        "\(directory): no file can be made there (\(Self.reason())); give a folder that exists and "
          + "that this user may write to")
    }
    unlink(path)
    do {
      fileSystemBytes = try Self.reserve(bytes, of: file, directory)
    } catch {
      close(file)
      throw error
    }
    self.directory = directory
    descriptor = file
    self.bytes = bytes
  }

  deinit { close(descriptor) }

  private static func reserve(
    _ bytes: UInt64, of file: CInt, _ directory: String
  ) throws(CalibrationError) -> UInt64 {
    guard tarn_set_direct(file) == 0 else {
      throw .flash(
        "\(directory): its file system can't bypass the page cache (O_DIRECT: \(reason())), so the "
          + "device can't be measured; give a folder on the drive itself")
    }
    var figures = statvfs()
    guard fstatvfs(file, &figures) == 0 else {
      throw .flash("\(directory): its size is not known (\(reason())); give another folder")
    }
    let unit = UInt64(figures.f_frsize)
    let free = UInt64(figures.f_bavail) * unit
    guard free > bytes, posix_fallocate(file, 0, off_t(bytes)) == 0 else {
      throw .flash(
        "\(directory) has \(free >> 20) MiB free, fewer than the file's \(bytes >> 20) MiB; free some "
          + "or give a smaller file size")
    }
    return UInt64(figures.f_blocks) * unit
  }

  private static func reason() -> String { String(cString: strerror(errno)) }

  /// Moves a whole block between the file and memory.
  func transfer(
    _ direction: FlashMeasurement.Direction, _ block: UnsafeMutableRawBufferPointer,
    at offset: UInt64
  ) throws(CalibrationError) {
    while true {
      let count =
        direction == .read
        ? pread(descriptor, block.baseAddress, block.count, off_t(offset))
        : pwrite(descriptor, block.baseAddress, block.count, off_t(offset))
      if count == block.count { return }
      if count < 0, errno == EINTR { continue }
      let reason = count < 0 ? Self.reason() : "\(count) of \(block.count) bytes"
      throw .flash("a \(direction.rawValue) at \(offset) failed: \(reason); see the kernel's log")
    }
  }
}
