/// What S3's headers say about an object that is stored.
enum S3Metadata {
  /// Headers that are kept with an object and sent with it, beside its content type.
  static let fields = [
    "cache-control", "content-disposition", "content-encoding", "content-language", "expires",
  ]
  /// Bytes of all names and values of user metadata (S3 User Guide, "Working with object metadata").
  static let userLimit = 2 << 10

  /// Throws if there is more user metadata than S3 allows.
  static func of(_ head: HTTPRequestHead) throws(S3Error) -> ObjectMetadata {
    var metadata = ObjectMetadata()
    metadata.contentType = head.header("content-type")
    for name in fields {
      guard var value = head.header(name) else { continue }
      if name == "content-encoding" { value = withoutChunking(value) }
      if !value.isEmpty { metadata.headers.append((name, value)) }
    }
    var bytes = 0
    for (name, value) in head.headers {
      let name = name.lowercased()
      guard name.hasPrefix("x-amz-meta-") else { continue }
      metadata.user.append((String(name.dropFirst("x-amz-meta-".count)), value))
      bytes += name.utf8.count - "x-amz-meta-".utf8.count + value.utf8.count
    }
    guard bytes <= userLimit else {
      throw S3Error(
        "MetadataTooLarge", 400, "The x-amz-meta- headers are longer than 2048 bytes; shorten them."
      )
    }
    return metadata
  }

  /// The headers that say what an object is: as it says of itself, or as the request's query wants it
  /// said (GetObject's `response-content-type` and so on).
  static func lines(
    of attributes: ObjectAttributes, query: S3Query, hasBody: Bool
  ) -> HTTPFieldLines {
    let metadata = attributes.metadata
    var headers = [("ETag", attributes.version), ("Accept-Ranges", "bytes")]
    if hasBody {
      let type = query["response-content-type"] ?? metadata.contentType ?? "binary/octet-stream"
      headers.append(("Content-Type", type))
    }
    for name in fields {
      let stored = metadata.headers.first { $0.name == name }?.value
      if let value = query["response-\(name)"] ?? stored { headers.append((name, value)) }
    }
    for (name, value) in metadata.user { headers.append(("x-amz-meta-\(name)", value)) }
    return HTTPFieldLines(
      headers.map { (name: $0.0, value: $0.1) }, lastModified: attributes.lastModified)
  }

  /// `aws-chunked` describes the request, not the object.
  private static func withoutChunking(_ encoding: String) -> String {
    encoding.split(separator: ",").map(\.trimmingBlanks)
      .filter { $0.lowercased() != "aws-chunked" }.joined(separator: ",")
  }
}
