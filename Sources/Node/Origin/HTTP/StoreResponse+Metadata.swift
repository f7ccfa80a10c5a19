extension StoreResponse {
  /// What a store's headers say about an object, in order of their names.
  ///
  /// - Parameters:
  ///   - kept: headers that the store keeps with an object, in lower case.
  ///   - userPrefix: stands before the names of user metadata, in lower case.
  func metadata(keeping kept: [String], userPrefix: String) -> ObjectMetadata {
    var metadata = ObjectMetadata()
    for header in fields {
      let name = header.name.lowercased()
      if name == "content-type" {
        metadata.contentType = header.value
      } else if kept.contains(name) {
        metadata.headers.append((name, header.value))
      } else if name.hasPrefix(userPrefix) {
        metadata.user.append((String(name.dropFirst(userPrefix.count)), header.value))
      }
    }
    metadata.headers.sort { $0.name < $1.name }
    metadata.user.sort { $0.name < $1.name }
    return metadata
  }
}
