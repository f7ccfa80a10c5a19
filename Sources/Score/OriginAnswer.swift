internal import NIOHTTP1

/// What the origin answers to one request, decided before any byte is made. By RFC 9110: conditions
/// (section 13), then one range (section 14); several ranges at once are answered with the whole object,
/// as section 14.2 allows.
struct OriginAnswer: Equatable {
  var status: Int
  var object: Int?
  /// The part of the object that was asked for.
  var range: Range<UInt64> = 0..<0
  /// Whether that part is sent, as HEAD's is not.
  var hasBody = false
  /// The object's bytes in all.
  var size: UInt64 = 0
  /// S3's code for an error.
  var code = ""

  /// Whether the body is an object's bytes.
  var isRead: Bool { hasBody && (status == 200 || status == 206) }

  /// Decides. `uri` may have folders before the object's name, a bucket's for example.
  init(method: HTTPMethod, uri: String, headers: HTTPHeaders, layout: ObjectLayout) {
    guard method == .GET || method == .HEAD else {
      self.init(status: 405, code: "MethodNotAllowed")
      return
    }
    let path = uri.prefix { $0 != "?" }
    let name = path.split(separator: "/", omittingEmptySubsequences: false).last ?? ""
    guard let object = layout.object(named: name) else {
      let isListing = uri.contains("list-type=")
      self.init(
        status: isListing ? 501 : 404, code: isListing ? "NotImplemented" : "NoSuchKey")
      return
    }
    self.init(status: 200, object: object, size: layout.size(of: object))
    let tag = layout.content(of: object).entityTag(size: size)
    func names(_ header: String) -> Bool? {
      guard let list = headers.first(name: header) else { return nil }
      return list == "*" || list.contains(tag.dropFirst().dropLast())
    }
    if names("if-match") == false {
      (status, code) = (412, "PreconditionFailed")
      return
    }
    if names("if-none-match") == true {
      status = 304
      return
    }
    var part = 0..<size
    let isOfThisVersion = names("if-range") ?? true
    if isOfThisVersion, let text = headers.first(name: "range"),
      let asked = OriginAnswer.range(text, of: size)
    {
      guard !asked.isEmpty else {
        (status, code) = (416, "InvalidRange")
        return
      }
      status = 206
      part = asked
    }
    range = part
    hasBody = method == .GET
  }

  private init(status: Int, object: Int? = nil, size: UInt64 = 0, code: String = "") {
    (self.status, self.object, self.size, self.code) = (status, object, size, code)
  }

  /// One range of `bytes=`; empty if nothing of it exists, nil for what a server may ignore.
  static func range(_ text: String, of size: UInt64) -> Range<UInt64>? {
    guard text.hasPrefix("bytes=") else { return nil }
    let ends = text.dropFirst(6).split(separator: "-", omittingEmptySubsequences: false)
    guard ends.count == 2 else { return nil }
    if ends[0].isEmpty {
      guard let count = UInt64(ends[1]) else { return nil }
      return size - min(count, size)..<size
    }
    guard let first = UInt64(ends[0]) else { return nil }
    guard first < size else { return 0..<0 }
    if ends[1].isEmpty { return first..<size }
    guard let last = UInt64(ends[1]), last >= first else { return nil }
    return first..<min(size, last + 1)
  }

  /// The response's head.
  func head(_ layout: ObjectLayout, version: HTTPVersion) -> HTTPResponseHead {
    var headers = HTTPHeaders()
    headers.add(name: "Accept-Ranges", value: "bytes")
    if let object, status != 416 {
      headers.add(name: "ETag", value: layout.content(of: object).entityTag(size: size))
      headers.add(name: "Last-Modified", value: "Thu, 01 Jan 2026 00:00:00 GMT")
    }
    switch status {
    case 304: break
    case 200, 206:
      headers.add(name: "Content-Type", value: "application/octet-stream")
      headers.add(name: "Content-Length", value: "\(range.count)")
    default:
      headers.add(name: "Content-Type", value: "application/xml")
      headers.add(name: "Content-Length", value: "\(errorBody.utf8.count)")
    }
    if status == 206 {
      headers.add(
        name: "Content-Range", value: "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(size)")
    } else if status == 416 {
      headers.add(name: "Content-Range", value: "bytes */\(size)")
    }
    return HTTPResponseHead(
      version: version, status: HTTPResponseStatus(statusCode: status), headers: headers)
  }

  /// S3's document for an error; empty where there is none.
  var errorBody: String {
    guard status >= 400 else { return "" }
    return """
      <?xml version="1.0" encoding="UTF-8"?>
      <Error><Code>\(code)</Code><Message>tarn score serves the objects of one trace to GET and \
      HEAD</Message></Error>
      """
  }
}
