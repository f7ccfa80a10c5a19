internal import FoundationEssentials

/// The id of an upload to Azure, which itself knows nothing of uploads: blocks belong to a blob until
/// a list of blocks makes it. Metadata must come with that list, so the id carries it; any node that
/// is given the id can complete the upload.
///
/// `SERIAL.QUERY`: 16 hexadecimal digits that set this upload's blocks apart from others' of the same
/// blob, and the metadata as a query in URL-safe base 64.
struct AzureUploadID {
  let serial: String
  let metadata: ObjectMetadata

  init(metadata: ObjectMetadata) {
    serial = String(TemporaryFile.randomName().prefix(16))
    self.metadata = metadata
  }

  /// Reads an id; nil if it is none.
  init?(_ text: String) {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 2, parts[0].utf8.count == 16, Hexadecimal.bytes(parts[0]) != nil else {
      return nil
    }
    var base64 = parts[1].map { $0 == "-" ? "+" : $0 == "_" ? "/" : String($0) }.joined()
    base64 += String(repeating: "=", count: (4 - base64.utf8.count % 4) % 4)
    guard let data = Data(base64Encoded: base64),
      let query = String(validating: data, as: UTF8.self),
      let parameters = PercentCoding.parameters(ofQuery: query)
    else { return nil }
    serial = String(parts[0])
    var metadata = ObjectMetadata()
    for (name, value) in parameters {
      // By scalars: what combines with the letter is part of the name.
      let rest = String(name.unicodeScalars.dropFirst())
      switch name.unicodeScalars.first {
      case "t" where rest.isEmpty: metadata.contentType = value
      case "h": metadata.headers.append((rest, value))
      case "u": metadata.user.append((rest, value))
      default: return nil
      }
    }
    self.metadata = metadata
  }

  var text: String {
    var pairs: [(String, String)] = []
    if let type = metadata.contentType { pairs.append(("t", type)) }
    pairs += metadata.headers.map { ("h" + $0.name, $0.value) }
    pairs += metadata.user.map { ("u" + $0.name, $0.value) }
    let query = pairs.map { "\(PercentCoding.encode($0.0))=\(PercentCoding.encode($0.1))" }
      .joined(separator: "&")
    let base64 = Data(query.utf8).base64EncodedString().filter { $0 != "=" }
      .map { $0 == "+" ? "-" : $0 == "/" ? "_" : String($0) }.joined()
    return "\(serial).\(base64)"
  }

  /// A new block of part `number`: its id, and the ETag by which the part is named later. Both hold
  /// the same random digits, so that only the very part that was stored can be committed.
  func block(part number: Int) -> (id: String, version: String) {
    let digits = String(TemporaryFile.randomName().prefix(16))
    return (id(part: number, digits: digits), "\"\(digits)\"")
  }

  /// The block of a part that was stored; nil if the ETag is none of ours.
  func id(of part: UploadedPart) -> String? {
    let digits = part.version.utf8.filter { $0 != UInt8(ascii: "\"") }
    guard digits.count == 16 else { return nil }
    return id(part: part.number, digits: String(decoding: digits, as: UTF8.self))
  }

  /// All ids of a blob's blocks must have one length.
  private func id(part number: Int, digits: String) -> String {
    let padded = String(repeating: "0", count: max(0, 5 - String(number).utf8.count)) + "\(number)"
    return Data("\(serial)-\(padded)-\(digits)".utf8).base64EncodedString()
  }
}
