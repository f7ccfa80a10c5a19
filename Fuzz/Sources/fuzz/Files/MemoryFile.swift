internal import CFuzzer
internal import Glibc

/// A file in memory for readers that take a path; one for the whole process.
struct MemoryFile {
  private let descriptor: CInt
  let path: String

  static let shared = MemoryFile()

  private init() {
    descriptor = tarn_memory_file()
    guard descriptor >= 0 else { fatalError("no file in memory can be made") }
    path = "/proc/self/fd/\(descriptor)"
  }

  /// The path of a file that holds just these bytes.
  func holding(_ bytes: [UInt8]) -> String {
    let isWritten =
      ftruncate(descriptor, 0) == 0 && pwrite(descriptor, bytes, bytes.count, 0) == bytes.count
    guard isWritten else { fatalError("the file in memory can't be written") }
    return path
  }
}
