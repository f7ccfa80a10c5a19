internal import Glibc

/// What nobody will finish in the folder of uploads: files of a process that died, and multipart
/// uploads whose client never came back.
extension DirectoryOrigin {
  /// Seconds that a file lies before it counts as left behind: longer than any request lasts.
  static let fileAgeSeconds: Int64 = 86_400
  /// Seconds that a multipart upload stays after it was last used. S3 keeps uploads for ever, and its
  /// documentation recommends a lifecycle rule that aborts them after seven days (Amazon S3 User
  /// Guide, "Configuring a bucket lifecycle configuration to delete incomplete multipart uploads").
  static let uploadAgeSeconds: Int64 = 7 * 86_400

  /// Removes what was left behind, seen from `now` in seconds since 1970.
  func removeOldUploads(now: Int64 = HTTPDate.now()) {
    guard
      case .success(let uploads) = root.open(
        FolderPath.uploads, flags: O_RDONLY | O_DIRECTORY, follow: false)
    else { return }
    var names: [(name: String, isFolder: Bool)] = []
    try? FolderNames.forEach(in: uploads, isRoot: false) { name, kind throws(OriginError) in
      let name = String(decoding: name, as: UTF8.self)
      switch kind {
      case .file where name.hasPrefix("put-"): names.append((name, false))
      // What is not of the form of an upload's name was not made here.
      case .folder where name.utf8.count == 32 && Hexadecimal.bytes(name) != nil:
        names.append((name, true))
      default: break
      }
      return true
    }
    for (name, isFolder) in names {
      let age = isFolder ? Self.uploadAgeSeconds : Self.fileAgeSeconds
      guard case .success(let status) = uploads.status(of: name), status.lastModified < now - age
      else { continue }
      if isFolder {
        DirectoryOrigin.removeFlatFolder(uploads, name)
      } else {
        unlinkat(uploads.number, name, 0)
      }
    }
  }

  /// Removes what was left behind, again and again, until the task is cancelled or the origin gone.
  func startSweeping(every interval: Duration) -> Task<Void, Never> {
    Task { [weak self] in
      while (try? await Task.sleep(for: interval)) != nil {
        guard let self else { return }
        _ = try? await onPool { () throws(OriginError) in self.removeOldUploads() }
      }
    }
  }
}
