internal import CKernel
internal import Glibc

/// An object's metadata as extended attributes of its file: `user.tarn.content-type`,
/// `user.tarn.header.NAME` and `user.tarn.meta.NAME`.
enum FileMetadata {
  private static let prefix = "user.tarn."

  /// Whether they were written.
  enum Outcome { case stored, unsupported }

  /// Writes the metadata to a file that has none. Where the file system knows no extended attributes
  /// the answer is `.unsupported`.
  static func write(
    _ metadata: ObjectMetadata, to file: borrowing OpenFile, key: String
  ) throws(OriginError) -> Outcome {
    var attributes: [(name: String, value: String)] = []
    if let type = metadata.contentType { attributes.append(("content-type", type)) }
    attributes += metadata.headers.map { ("header." + $0.name, $0.value) }
    attributes += metadata.user.map { ("meta." + $0.name, $0.value) }
    for (name, value) in attributes {
      let bytes = Array(value.utf8)
      guard fsetxattr(file.number, prefix + name, bytes, bytes.count, 0) != 0 else { continue }
      let error = SystemError.last
      switch error.number {
      case ENOTSUP, ENOSYS: return .unsupported
      case ENOSPC, E2BIG, ERANGE:
        throw .rejected(
          code: "MetadataTooLarge",
          "the metadata of \(key) does not fit the extended attributes of the origin's file system; "
            + "send less of it")
      default: throw error.origin("set an attribute of", key)
      }
    }
    return .stored
  }

  /// Reads the metadata of a file; what is not there is not.
  static func read(from file: borrowing OpenFile, key: String) -> ObjectMetadata {
    var metadata = ObjectMetadata()
    for name in names(of: file) {
      guard let value = value(of: name, file) else { continue }
      let short = String(name.dropFirst(prefix.utf8.count))
      if short == "content-type" {
        metadata.contentType = value
      } else if short.hasPrefix("header.") {
        metadata.headers.append((String(short.dropFirst("header.".utf8.count)), value))
      } else if short.hasPrefix("meta.") {
        metadata.user.append((String(short.dropFirst("meta.".utf8.count)), value))
      }
    }
    metadata.headers.sort { $0.name < $1.name }
    metadata.user.sort { $0.name < $1.name }
    if metadata.contentType == nil { metadata.contentType = ContentType.of(key: key) }
    return metadata
  }

  private static func names(of file: borrowing OpenFile) -> [String] {
    let size = flistxattr(file.number, nil, 0)
    guard size > 0 else { return [] }
    var names = [CChar](repeating: 0, count: size)
    let count = flistxattr(file.number, &names, size)
    guard count > 0 else { return [] }
    return names[..<count].split(separator: 0)
      .map { String(decoding: $0.map { UInt8(bitPattern: $0) }, as: UTF8.self) }
      .filter { $0.hasPrefix(prefix) }
  }

  private static func value(of name: String, _ file: borrowing OpenFile) -> String? {
    let size = fgetxattr(file.number, name, nil, 0)
    guard size >= 0 else { return nil }
    var bytes = [UInt8](repeating: 0, count: size)
    let count = fgetxattr(file.number, name, &bytes, size)
    guard count >= 0 else { return nil }
    return String(validating: bytes[..<count], as: UTF8.self)
  }
}
