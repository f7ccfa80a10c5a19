internal import Glibc

/// Keys that end in a slash: the empty objects by which S3A, Arrow and consoles mark folders that are
/// to be there although nothing is in them. Here they are the folders themselves.
///
/// So every folder answers as a marker, and one goes with the last object in it, or when its marker
/// is deleted and it is empty. Listings name only files.
extension DirectoryOrigin {
  /// A file that would lie in the folder which the key marks; nil if it is no marker.
  static func inside(marker key: String) -> FolderPath? {
    key.utf8.last == UInt8(ascii: "/") ? FolderPath(key: key + "_") : nil
  }

  /// The folder as an empty object. Throws `.notFound`.
  func attributes(ofFolderOf path: FolderPath) throws(OriginError) -> ObjectAttributes {
    switch root.open(path.parent, flags: O_RDONLY | O_DIRECTORY) {
    case .success(let folder): return try DirectoryOrigin.marker(folder, path)
    case .failure(let error):
      throw error.meansMissing ? .notFound : error.origin("open", path.parent)
    }
  }

  /// Makes the folder, if there is none.
  func makeFolder(of path: FolderPath) throws(OriginError) -> ObjectAttributes {
    for _ in 0..<16 {
      if let folder = try parent(of: path) { return try DirectoryOrigin.marker(folder, path) }
    }
    throw .failed("\(path.parent) could not be made: it is removed again and again")
  }

  private static func marker(
    _ folder: borrowing OpenFile, _ path: FolderPath
  ) throws(OriginError) -> ObjectAttributes {
    switch folder.status() {
    case .success(let status):
      var metadata = ObjectMetadata()
      metadata.contentType = "application/x-directory"
      return ObjectAttributes(
        size: 0, version: status.version, lastModified: status.lastModified, metadata: metadata)
    case .failure(let error): throw error.origin("look at", path.parent)
    }
  }
}
