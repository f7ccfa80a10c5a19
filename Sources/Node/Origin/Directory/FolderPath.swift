/// A key as the path of a file inside an origin's folder.
struct FolderPath: Equatable {
  /// The hidden folder of uploads under way; never part of the container.
  static let uploads = ".tarn-uploads"

  /// The key itself: its components are those of the path.
  let text: String

  /// Nil if no file can have this key: empty components (a slash at either end, or two together),
  /// `.`, `..`, NUL, a component of more than 255 bytes, or the folder of uploads.
  init?(key: String) {
    var isFirst = true
    for component in key.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
    {
      guard FolderPath.isName(component),
        !isFirst || !component.elementsEqual(FolderPath.uploads.utf8)
      else { return nil }
      isFirst = false
    }
    text = key
  }

  /// Whether a file can have this name.
  static func isName(_ component: some Collection<UInt8>) -> Bool {
    !component.isEmpty && component.count <= 255
      && !component.elementsEqual(".".utf8) && !component.elementsEqual("..".utf8)
      && !component.contains(0)
  }

  /// The path of the folder that the file lies in; empty for the container's own.
  var parent: String {
    text.utf8.lastIndex(of: UInt8(ascii: "/")).map { String(text[..<$0]) } ?? ""
  }

  /// The last component.
  var name: String {
    text.utf8.lastIndex(of: UInt8(ascii: "/")).map { String(text[text.utf8.index(after: $0)...]) }
      ?? text
  }

  /// Paths of the folders above, the innermost first, without the container's own.
  var ancestors: [String] {
    var paths: [String] = []
    var path = FolderPath.parentPath(of: text)
    while !path.isEmpty {
      paths.append(path)
      path = FolderPath.parentPath(of: path)
    }
    return paths
  }

  private static func parentPath(of path: String) -> String {
    path.utf8.lastIndex(of: UInt8(ascii: "/")).map { String(path[..<$0]) } ?? ""
  }
}
