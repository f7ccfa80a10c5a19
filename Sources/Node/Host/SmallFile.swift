internal import Glibc

/// The text of a file of the kernel, `/proc` or `/sys` say; nil if it can't be read. What is longer
/// than 4 MiB is cut off there: the size of such files is not known before they are read.
func smallFile(_ path: String) -> String? {
  let file = open(path, O_RDONLY | O_CLOEXEC)
  guard file >= 0 else { return nil }
  defer { close(file) }
  var bytes: [UInt8] = []
  var part = [UInt8](repeating: 0, count: 16 << 10)
  while bytes.count < 4 << 20 {
    let count = read(file, &part, part.count)
    if count < 0, errno == EINTR { continue }
    guard count >= 0 else { return nil }
    if count == 0 { break }
    bytes += part[..<count]
  }
  return String(decoding: bytes, as: UTF8.self)
}
