internal import NIOCore

/// XML documents that clients send.
enum S3Documents {
  /// Bytes of a document: 10,000 parts or 1,000 keys, well escaped.
  static let limit: UInt64 = 8 << 20

  /// The whole of a body that is no longer than the limit.
  static func collect(_ body: S3UploadBody) async throws -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(Int(body.length))
    for try await piece in body.stream { bytes.append(contentsOf: piece.readableBytesView) }
    return bytes
  }

  /// The root element. Throws `MalformedXML`.
  static func parse(_ bytes: [UInt8], root: String) throws(S3Error) -> XMLElement {
    do throws(XMLError) {
      let element = try XMLElement.parse(bytes)
      guard element.name == root else { throw XMLError(offset: 0, "the root is no \(root)") }
      return element
    } catch {
      var fault = S3Error.malformedXML
      fault.message += " At fault: \(error)."
      throw fault
    }
  }
}

/// The document of DeleteObjects.
struct S3DeleteList: Equatable {
  var keys: [String] = []
  /// Only errors are told.
  var isQuiet = false

  init(_ bytes: [UInt8]) throws(S3Error) {
    let root = try S3Documents.parse(bytes, root: "Delete")
    isQuiet = root["Quiet"] == "true"
    for object in root.children("Object") {
      guard let key = object["Key"], !key.isEmpty else { throw .malformedXML }
      guard key.utf8.count <= S3Target.keyLimit else {
        throw S3Error("KeyTooLongError", 400, "A key is longer than 1024 bytes; shorten it.")
      }
      if let version = object["VersionId"], version != "null" {
        throw .notImplemented("versions of objects")
      }
      keys.append(key)
    }
    guard (1...1_000).contains(keys.count) else { throw .malformedXML }
  }
}

/// The document of CompleteMultipartUpload.
struct S3PartList: Equatable {
  var parts: [UploadedPart] = []

  init(_ bytes: [UInt8]) throws(S3Error) {
    let root = try S3Documents.parse(bytes, root: "CompleteMultipartUpload")
    for part in root.children("Part") {
      guard let number = part["PartNumber"].flatMap({ Int($0) }), (1...10_000).contains(number),
        let version = part["ETag"], !version.isEmpty
      else { throw .malformedXML }
      guard number > parts.last?.number ?? 0 else {
        throw S3Error(
          "InvalidPartOrder", 400, "The parts are not in ascending order; sort them by number.")
      }
      // Clients may leave the quotes out.
      parts.append(
        UploadedPart(number: number, version: version.hasPrefix("\"") ? version : "\"\(version)\""))
    }
    guard !parts.isEmpty, parts.count <= 10_000 else { throw .malformedXML }
  }
}

/// The object that CopyObject copies: `/bucket/key` or `bucket/key`, escaped.
struct S3CopySource: Equatable {
  var bucket: String
  var key: String

  init(_ head: HTTPRequestHead) throws(S3Error) {
    let text = head.header("x-amz-copy-source") ?? ""
    let path = text.prefix { $0 != "?" }
    let query = S3Query(String(text.dropFirst(path.count + 1)))
    if let version = query?["versionId"], version != "null" {
      throw .notImplemented("versions of objects")
    }
    guard let decoded = PercentCoding.decode(path) else {
      throw .invalidArgument("x-amz-copy-source has a malformed escape: \(text).")
    }
    let place = decoded.hasPrefix("/") ? decoded.dropFirst() : decoded[...]
    guard let slash = place.utf8.firstIndex(of: UInt8(ascii: "/")), slash > place.startIndex,
      place.utf8.index(after: slash) < place.endIndex
    else { throw .invalidArgument("x-amz-copy-source must be /BUCKET/KEY; it is \(text).") }
    bucket = String(place[..<slash])
    key = String(place[place.utf8.index(after: slash)...])
    guard key.utf8.count <= S3Target.keyLimit else {
      throw S3Error("KeyTooLongError", 400, "The key is longer than 1024 bytes; shorten it.")
    }
  }
}
