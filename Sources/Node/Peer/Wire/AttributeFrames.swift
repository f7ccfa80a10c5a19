internal import NIOCore
internal import TarnCore

/// "What are this object's attributes?": number of the question (8), tenant (2), the byte that will be
/// read first (8; all ones if none will be), container, key.
struct QuestionFrame: Equatable, Sendable {
  var number: UInt64
  var tenant: TenantID
  var offset: UInt64?
  var container: String
  var key: String

  func write(into buffer: inout ByteBuffer) {
    buffer.write(little: number)
    buffer.write(little: tenant.rawValue)
    buffer.write(little: offset ?? .max)
    buffer.write(text: container)
    buffer.write(text: key)
  }
}

extension QuestionFrame {
  init(parsing body: UnsafeRawBufferPointer) throws(PeerFault) {
    var reader = WireReader(body)
    number = try reader.take(UInt64.self)
    tenant = TenantID(try reader.take(UInt16.self))
    let offset = try reader.take(UInt64.self)
    self.offset = offset == .max ? nil : offset
    container = try reader.text()
    key = try reader.text()
    try reader.finish()
  }
}

/// The answer: number of the question (8), what it is (1: 0 found, 1 no such object, 2 can't say);
/// if found: the block that came along (4; all ones if none did), size (8), last modification (8),
/// version, whether there is a content type (1), the content type if so, then headers and user
/// metadata, each as a count (2) and pairs of texts.
struct AnswerFrame: Equatable, Sendable {
  var number: UInt64
  /// nil: the peer can't say.
  var attributes: PeerAttributes?

  func write(into buffer: inout ByteBuffer) {
    buffer.write(little: number)
    switch attributes {
    case .found(let found, let early):
      buffer.write(little: 0 as UInt8)
      buffer.write(little: early ?? .max)
      AnswerFrame.write(found, into: &buffer)
    case .notFound: buffer.write(little: 1 as UInt8)
    case nil: buffer.write(little: 2 as UInt8)
    }
  }

  private static func write(_ found: ObjectAttributes, into buffer: inout ByteBuffer) {
    buffer.write(little: found.size)
    buffer.write(little: found.lastModified)
    buffer.write(text: found.version)
    buffer.write(little: (found.metadata.contentType == nil ? 0 : 1) as UInt8)
    if let contentType = found.metadata.contentType { buffer.write(text: contentType) }
    write(found.metadata.headers, into: &buffer)
    write(found.metadata.user, into: &buffer)
  }

  private static func write(
    _ pairs: [(name: String, value: String)], into buffer: inout ByteBuffer
  ) {
    buffer.write(little: UInt16(truncatingIfNeeded: pairs.count))
    for (name, value) in pairs {
      buffer.write(text: name)
      buffer.write(text: value)
    }
  }
}

extension AnswerFrame {
  init(parsing body: UnsafeRawBufferPointer) throws(PeerFault) {
    var reader = WireReader(body)
    number = try reader.take(UInt64.self)
    switch try reader.take(UInt8.self) {
    case 0:
      let early = try reader.take(UInt32.self)
      attributes = .found(
        try AnswerFrame.attributes(&reader), early: early == .max ? nil : early)
    case 1: attributes = .notFound
    case 2: attributes = nil
    default: throw .reserved
    }
    try reader.finish()
  }

  private static func attributes(
    _ reader: inout WireReader
  ) throws(PeerFault) -> ObjectAttributes {
    let size = try reader.take(UInt64.self)
    let lastModified = try reader.take(Int64.self)
    let version = try reader.text()
    var metadata = ObjectMetadata()
    switch try reader.take(UInt8.self) {
    case 0: break
    case 1: metadata.contentType = try reader.text()
    default: throw .reserved
    }
    metadata.headers = try pairs(&reader)
    metadata.user = try pairs(&reader)
    return ObjectAttributes(
      size: size, version: version, lastModified: lastModified, metadata: metadata)
  }

  private static func pairs(
    _ reader: inout WireReader
  ) throws(PeerFault) -> [(name: String, value: String)] {
    var pairs: [(name: String, value: String)] = []
    for _ in 0..<(try reader.take(UInt16.self)) {
      let name = try reader.text()
      pairs.append((name, try reader.text()))
    }
    return pairs
  }
}
