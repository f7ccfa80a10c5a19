/// Reads XML piece by piece: what S3 and Azure send and are sent, and no more.
///
/// Names lose their namespace prefix; comments, processing instructions and the XML declaration are
/// skipped; a document type is refused, and with it every entity but the five of XML itself and
/// numbers. Text is UTF-8. Nothing that comes in makes it trap or grow beyond its limits.
struct XMLReader {
  /// What is next in the document.
  enum Event: Equatable {
    case start(name: String, attributes: [Attribute])
    /// Text between tags, entities resolved; never empty. CDATA and what surrounds it may come as
    /// several pieces.
    case text(String)
    case end(name: String)
  }

  struct Attribute: Equatable {
    var name: String
    var value: String
  }

  /// The most that a document may have.
  struct Limits {
    /// Bytes of the document.
    var bytes = 16 << 20
    /// Elements inside each other.
    var depth = 32
    /// Attributes of an element.
    var attributes = 64
  }

  private let bytes: [UInt8]
  private var position = 0
  private var open: [String] = []
  private var hasRoot = false
  /// The end tag that an element such as `<a/>` stands for.
  private var pendingEnd: String?
  private let limits: Limits

  /// A reader at the document's start. Throws if the document is too large.
  init(_ bytes: some Sequence<UInt8>, limits: Limits = Limits()) throws(XMLError) {
    self.bytes = Array(bytes)
    self.limits = limits
    guard self.bytes.count <= limits.bytes else {
      throw XMLError(offset: limits.bytes, "the document is larger than \(limits.bytes) bytes")
    }
    if self.bytes.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
  }

  /// The next event; nil at the document's end.
  mutating func next() throws(XMLError) -> Event? {
    if let name = pendingEnd {
      pendingEnd = nil
      return close(name)
    }
    while position < bytes.count {
      if bytes[position] != UInt8(ascii: "<") {
        if let text = try text() { return .text(text) }
      } else if skip("<!--") {
        try skipPast("-->", "a comment")
      } else if skip("<![CDATA[") {
        if let text = try characterData() { return .text(text) }
      } else if skip("<?") {
        try skipPast("?>", "a processing instruction")
      } else if starts(with: "<!") {
        throw fault("document types are not accepted")
      } else if skip("</") {
        return try endTag()
      } else {
        return try startTag()
      }
    }
    guard open.isEmpty else { throw fault("the element \(open[open.count - 1]) is not closed") }
    guard hasRoot else { throw fault("there is no element") }
    return nil
  }

  // MARK: Tags

  private mutating func startTag() throws(XMLError) -> Event {
    position += 1
    guard !open.isEmpty || !hasRoot else { throw fault("there is a second root element") }
    guard open.count < limits.depth else {
      throw fault("elements lie more than \(limits.depth) deep")
    }
    let name = try name()
    var attributes: [Attribute] = []
    while true {
      let hadBlank = skipBlanks()
      if skip("/>") {
        pendingEnd = name.local
        break
      }
      if skip(">") { break }
      guard hadBlank else { throw fault("the tag \(name.local) is malformed") }
      guard attributes.count < limits.attributes else {
        throw fault("the tag \(name.local) has more than \(limits.attributes) attributes")
      }
      attributes.append(try attribute())
    }
    hasRoot = true
    open.append(pendingEnd ?? name.full)
    return .start(name: name.local, attributes: attributes)
  }

  private mutating func attribute() throws(XMLError) -> Attribute {
    let name = try name()
    _ = skipBlanks()
    guard skip("=") else { throw fault("the attribute \(name.local) has no value") }
    _ = skipBlanks()
    guard position < bytes.count,
      bytes[position] == UInt8(ascii: "\"") || bytes[position] == UInt8(ascii: "'")
    else { throw fault("the attribute \(name.local) has no quotes") }
    let quote = bytes[position]
    position += 1
    guard let end = bytes[position...].firstIndex(of: quote) else {
      throw fault("the attribute \(name.local) has no end")
    }
    let value = try resolved(position..<end)
    position = end + 1
    return Attribute(name: name.local, value: value)
  }

  private mutating func endTag() throws(XMLError) -> Event {
    let name = try name()
    _ = skipBlanks()
    guard skip(">") else { throw fault("the end tag \(name.local) is malformed") }
    guard open.last == name.full else { throw fault("the end tag \(name.local) closes nothing") }
    return close(name.local)
  }

  private mutating func close(_ name: String) -> Event {
    open.removeLast()
    return .end(name: name)
  }

  /// A name with and without its namespace prefix.
  private mutating func name() throws(XMLError) -> (full: String, local: String) {
    let start = position
    while position < bytes.count, isNameByte(bytes[position]) { position += 1 }
    guard position > start, position - start <= 256,
      let full = String(validating: bytes[start..<position], as: UTF8.self)
    else { throw fault("a name is missing, too long or not UTF-8") }
    let local = full.utf8.lastIndex(of: UInt8(ascii: ":")).map {
      String(full[full.utf8.index(after: $0)...])
    }
    guard local != "" else { throw fault("the name \(full) is malformed") }
    return (full, local ?? full)
  }

  private func isNameByte(_ byte: UInt8) -> Bool {
    PercentCoding.isUnreserved(byte) && byte != UInt8(ascii: "~") || byte == UInt8(ascii: ":")
      || byte >= 0x80
  }

  // MARK: Text

  /// Text up to the next tag; nil for blanks outside of the root element.
  private mutating func text() throws(XMLError) -> String? {
    let end = bytes[position...].firstIndex(of: UInt8(ascii: "<")) ?? bytes.count
    let range = position..<end
    guard !open.isEmpty else {
      guard bytes[range].allSatisfy(isBlank) else {
        throw fault("text lies outside of the elements")
      }
      position = end
      return nil
    }
    let text = try resolved(range)
    position = end
    return text
  }

  private mutating func characterData() throws(XMLError) -> String? {
    let start = position
    try skipPast("]]>", "a CDATA section")
    guard !open.isEmpty else { throw fault("text lies outside of the elements") }
    let range = start..<(position - 3)
    guard !bytes[range].contains(0) else { throw fault("text holds a NUL") }
    guard let text = String(validating: bytes[range], as: UTF8.self) else {
      throw fault("text is not UTF-8")
    }
    return text.isEmpty ? nil : text
  }

  /// The text with entities resolved and line ends made one (XML 1.0, section 2.11).
  private mutating func resolved(_ range: Range<Int>) throws(XMLError) -> String {
    var text: [UInt8] = []
    text.reserveCapacity(range.count)
    var index = range.lowerBound
    while index < range.upperBound {
      let byte = bytes[index]
      switch byte {
      case UInt8(ascii: "&"):
        let limit = min(range.upperBound, index + 12)
        guard let end = bytes[index..<limit].firstIndex(of: UInt8(ascii: ";")) else {
          throw fault("an entity has no end")
        }
        guard let scalar = entity(bytes[(index + 1)..<end]) else {
          throw fault(
            "the entity \(String(decoding: bytes[index...end], as: UTF8.self)) is unknown")
        }
        text.append(contentsOf: String(scalar).utf8)
        index = end
      case UInt8(ascii: "\r"):
        text.append(UInt8(ascii: "\n"))
        if index + 1 < range.upperBound, bytes[index + 1] == UInt8(ascii: "\n") { index += 1 }
      case UInt8(ascii: "<"): throw fault("a value holds a '<'")
      case 0: throw fault("text holds a NUL")
      default: text.append(byte)
      }
      index += 1
    }
    guard let string = String(validating: text, as: UTF8.self) else {
      throw fault("text is not UTF-8")
    }
    return string
  }

  /// What an entity stands for. Control characters are let through although XML 1.0 has none: S3
  /// writes keys that hold them so. NUL alone is refused here, as it is in plain text.
  private func entity(_ name: ArraySlice<UInt8>) -> Unicode.Scalar? {
    switch String(decoding: name, as: UTF8.self) {
    case "amp": return "&"
    case "lt": return "<"
    case "gt": return ">"
    case "quot": return "\""
    case "apos": return "'"
    default:
      guard name.first == UInt8(ascii: "#") else { return nil }
      let isHexadecimal = name.dropFirst().first == UInt8(ascii: "x")
      let digits = String(decoding: name.dropFirst(isHexadecimal ? 2 : 1), as: UTF8.self)
      guard digits.utf8.first.flatMap(PercentCoding.hexValue) != nil,
        let number = UInt32(digits, radix: isHexadecimal ? 16 : 10), number != 0
      else { return nil }
      return Unicode.Scalar(number)
    }
  }

  // MARK: Bytes

  private func isBlank(_ byte: UInt8) -> Bool {
    byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D
  }

  private mutating func skipBlanks() -> Bool {
    let start = position
    while position < bytes.count, isBlank(bytes[position]) { position += 1 }
    return position > start
  }

  private func starts(with literal: StaticString) -> Bool {
    literal.withUTF8Buffer { bytes[position...].starts(with: $0) }
  }

  private mutating func skip(_ literal: StaticString) -> Bool {
    guard starts(with: literal) else { return false }
    position += literal.utf8CodeUnitCount
    return true
  }

  private mutating func skipPast(_ end: StaticString, _ what: String) throws(XMLError) {
    while position < bytes.count {
      if skip(end) { return }
      position += 1
    }
    throw fault("\(what) has no end")
  }

  private func fault(_ reason: String) -> XMLError { XMLError(offset: position, reason) }
}

/// Why a document cannot be read.
struct XMLError: Error, Equatable, CustomStringConvertible {
  /// Bytes before the place.
  var offset: Int
  var reason: String

  init(offset: Int, _ reason: String) {
    self.offset = offset
    self.reason = reason
  }

  var description: String { "\(reason) (at byte \(offset))" }
}
