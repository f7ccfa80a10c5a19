@testable internal import TarnNode

extension FuzzTarget {
  /// XML: limits hold, and a tree that was read is the same after it was written and read again.
  static let xml = FuzzTarget("xml", longestInput: 1_024) { input in
    var limits = XMLReader.Limits()
    if input.byte() & 1 == 1 { (limits.bytes, limits.depth, limits.attributes) = (200, 3, 2) }
    let bytes = input.rest()
    do throws(XMLError) {
      let root = try XMLElement.parse(bytes, limits: limits)
      demand(bytes.count <= limits.bytes, "a document is larger than its limit")
      check(root, depth: 1, limits)
      checkAnew(root)
    } catch {
      demand(!error.reason.isEmpty && (0...bytes.count).contains(error.offset), "\(error)")
    }
    if let list = attempt({ () throws(S3Error) in try S3DeleteList(bytes) }) {
      demand((1...1_000).contains(list.keys.count), "a list has \(list.keys.count) keys")
      demand(
        list.keys.allSatisfy { (1...S3Target.keyLimit).contains($0.utf8.count) }, "a key's length")
    }
    if let list = attempt({ () throws(S3Error) in try S3PartList(bytes) }) {
      let numbers = list.parts.map(\.number)
      demand(zip(numbers, numbers.dropFirst()).allSatisfy { $0 < $1 }, "parts are out of order")
      demand(numbers.allSatisfy { (1...10_000).contains($0) }, "a part's number")
    }
  }

  private static func check(_ element: XMLElement, depth: Int, _ limits: XMLReader.Limits) {
    demand(depth <= limits.depth, "elements lie \(depth) deep")
    demand(element.attributes.count <= limits.attributes, "there are too many attributes")
    demand(!element.name.isEmpty && !element.name.contains(":"), "the name \(element.name)")
    for child in element.children { check(child, depth: depth + 1, limits) }
  }

  private static func checkAnew(_ root: XMLElement) {
    var writer = XMLWriter()
    write(root, to: &writer)
    do throws(XMLError) {
      let again = try XMLElement.parse(writer.bytes)
      demand(isSame(root, again), "a document changes when it is written anew")
    } catch { fatalError("broken: what was written is no XML: \(error)") }
  }

  private static func write(_ element: XMLElement, to writer: inout XMLWriter) {
    writer.start(element.name, element.attributes.map { ($0.name, $0.value) })
    writer.text(element.text)
    for child in element.children { write(child, to: &writer) }
    writer.end()
  }

  private static func isSame(_ left: XMLElement, _ right: XMLElement) -> Bool {
    areEqualBytes(left.name, right.name) && areEqualBytes(left.text, right.text)
      && left.attributes.elementsEqual(right.attributes) {
        areEqualBytes($0.name, $1.name) && areEqualBytes($0.value, $1.value)
      } && left.children.elementsEqual(right.children, by: isSame)
  }
}
