/// Writes XML: every text and attribute escaped, every element closed.
struct XMLWriter {
  private(set) var bytes: [UInt8]
  private var open: [String] = []

  /// A document that starts with XML's declaration.
  init() { bytes = Array("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n".utf8) }

  /// Opens an element; `name` is written as it is.
  mutating func start(_ name: String, _ attributes: [(name: String, value: String)] = []) {
    bytes.append(UInt8(ascii: "<"))
    bytes.append(contentsOf: name.utf8)
    for attribute in attributes {
      bytes.append(UInt8(ascii: " "))
      bytes.append(contentsOf: attribute.name.utf8)
      bytes.append(contentsOf: "=\"".utf8)
      appendEscaped(attribute.value)
      bytes.append(UInt8(ascii: "\""))
    }
    bytes.append(UInt8(ascii: ">"))
    open.append(name)
  }

  /// Closes the innermost element.
  mutating func end() {
    guard let name = open.popLast() else { preconditionFailure("no element is open") }
    bytes.append(contentsOf: "</".utf8)
    bytes.append(contentsOf: name.utf8)
    bytes.append(UInt8(ascii: ">"))
  }

  /// An element that holds what `body` writes.
  mutating func element(
    _ name: String, _ attributes: [(name: String, value: String)] = [],
    _ body: (inout XMLWriter) -> Void
  ) {
    start(name, attributes)
    body(&self)
    end()
  }

  /// An element that holds a text.
  mutating func element(_ name: String, _ text: String) {
    start(name)
    self.text(text)
    end()
  }

  /// Text inside the innermost element.
  mutating func text(_ text: String) { appendEscaped(text) }

  /// Control characters become numbers, as S3 writes them; XML 1.0 proper has no way to say them.
  private mutating func appendEscaped(_ text: String) {
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "&"): bytes.append(contentsOf: "&amp;".utf8)
      case UInt8(ascii: "<"): bytes.append(contentsOf: "&lt;".utf8)
      case UInt8(ascii: ">"): bytes.append(contentsOf: "&gt;".utf8)
      case UInt8(ascii: "\""): bytes.append(contentsOf: "&quot;".utf8)
      case 0..<0x20, 0x7F: bytes.append(contentsOf: "&#\(byte);".utf8)
      default: bytes.append(byte)
      }
    }
  }
}
