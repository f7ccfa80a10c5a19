/// An element of a document that was read whole.
struct XMLElement: Equatable {
  var name: String
  var attributes: [XMLReader.Attribute] = []
  var children: [XMLElement] = []
  /// The element's own text, in one piece.
  var text = ""

  /// Reads a document; its root element.
  static func parse(
    _ bytes: some Sequence<UInt8>, limits: XMLReader.Limits = XMLReader.Limits()
  ) throws(XMLError) -> XMLElement {
    var reader = try XMLReader(bytes, limits: limits)
    var open: [XMLElement] = []
    var root: XMLElement?
    while let event = try reader.next() {
      switch event {
      case .start(let name, let attributes):
        open.append(XMLElement(name: name, attributes: attributes))
      case .text(let text):
        open[open.count - 1].text += text
      case .end:
        let element = open.removeLast()
        if open.isEmpty { root = element } else { open[open.count - 1].children.append(element) }
      }
    }
    guard let root else { throw XMLError(offset: 0, "there is no element") }
    return root
  }

  /// The first child of this name.
  func child(_ name: String) -> XMLElement? { children.first { $0.name == name } }

  /// The text of the first child of this name.
  subscript(name: String) -> String? { child(name)?.text }

  /// All children of this name.
  func children(_ name: String) -> [XMLElement] { children.filter { $0.name == name } }
}
