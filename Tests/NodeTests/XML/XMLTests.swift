import Testing

@testable import TarnNode

struct XMLTests {
  private func events(_ text: String) throws -> [XMLReader.Event] {
    var reader = try XMLReader(text.utf8)
    var events: [XMLReader.Event] = []
    while let event = try reader.next() { events.append(event) }
    return events
  }

  @Test func `elements, texts and attributes come in order`() throws {
    let text = """
      <?xml version="1.0"?><!-- a <b> -->
      <s3:Delete xmlns:s3="urn:x" quiet = 'a&amp;b'><Key>a &lt;&#233;&#x1F600;&gt;</Key><E/><![CDATA[<&>]]></s3:Delete>
      """
    #expect(
      try events(text) == [
        .start(
          name: "Delete",
          attributes: [
            XMLReader.Attribute(name: "s3", value: "urn:x"),
            XMLReader.Attribute(name: "quiet", value: "a&b"),
          ]),
        .start(name: "Key", attributes: []), .text("a <é😀>"), .end(name: "Key"),
        .start(name: "E", attributes: []), .end(name: "E"), .text("<&>"), .end(name: "Delete"),
      ])
  }

  @Test func `line ends are one, and written ones stay`() throws {
    #expect(try XMLElement.parse("<a>1\r\n2\r3&#13;</a>".utf8).text == "1\n2\n3\r")
  }

  @Test func `a document is a tree`() throws {
    let text = "\u{FEFF}<R><C><K>1</K></C><T>x</T><C><K>2<!-- -->3</K></C></R>"
    let root = try XMLElement.parse(text.utf8)
    #expect(root.name == "R")
    #expect(root["T"] == "x")
    #expect(root.children("C").compactMap { $0["K"] } == ["1", "23"])
    #expect(root["none"] == nil)
  }

  @Test(arguments: [
    "", "   ", "text", "<a>", "</a>", "<a></b>", "<a/><b/>", "<a/>text", "<a", "<a b>", "<a b=>",
    "<a b=c>", "<a b='c>", "<a b='<'/>", "<a>&</a>", "<a>&amp</a>", "<a>&nbsp;</a>", "<a>&#0;</a>",
    "<a>&#xD800;</a>", "<a>&#x110000;</a>", "<a>&#-1;</a>", "<a>&#+1;</a>", "<a>&#;</a>",
    "<!-- <a/>",
    "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", "<a><![CDATA[</a>", "<?xml", "< a/>", "<a: />",
    "<a b='1'c='2'/>", "<a><b></a></b>", "<![CDATA[x]]>", "<a/ >",
    "<a>\u{0}</a>", "<a b='\u{0}'/>", "<a><![CDATA[\u{0}]]></a>",
  ])
  func `what is no document is refused`(text: String) {
    #expect(throws: XMLError.self) { try events(text) }
  }

  @Test func `limits hold`() throws {
    let deep = String(repeating: "<a>", count: 33) + String(repeating: "</a>", count: 33)
    #expect(throws: XMLError.self) { try events(deep) }
    let shallow = String(repeating: "<a>", count: 32) + String(repeating: "</a>", count: 32)
    #expect(try events(shallow).count == 64)
    var limits = XMLReader.Limits()
    limits.bytes = 10
    #expect(throws: XMLError.self) { _ = try XMLElement.parse("<a>12345</a>".utf8, limits: limits) }
    let many = "<a " + (0..<65).map { "b\($0)='' " }.joined() + "/>"
    #expect(throws: XMLError.self) { try events(many) }
    #expect(throws: XMLError.self) { _ = try XMLElement.parse([0x3C, 0x61, 0x3E, 0xFF, 0x3C]) }
  }

  @Test func `what is written is read`() throws {
    var random = SystemRandomNumberGenerator()
    for _ in 0..<300 {
      let scalars = (0..<Int.random(in: 0..<20, using: &random)).compactMap { _ in
        Unicode.Scalar(UInt32.random(in: 1...(Bool.random() ? 0x7F : 0x1_FFFF), using: &random))
      }
      let text = String(String.UnicodeScalarView(scalars))
      var writer = XMLWriter()
      writer.element("Root", [(name: "a", value: text)]) {
        $0.element("Key", text)
        $0.element("Empty", "")
      }
      let root = try XMLElement.parse(writer.bytes)
      #expect(root["Key"].map { Array($0.utf8) } == Array(text.utf8))
      #expect(root["Empty"] == "")
      #expect(root.attributes.first.map { Array($0.value.utf8) } == Array(text.utf8))
    }
  }

  @Test func `the writer escapes and declares`() {
    var writer = XMLWriter()
    writer.element("a", "<&>\"'\u{1}\r")
    #expect(
      String(decoding: writer.bytes, as: UTF8.self)
        == "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<a>&lt;&amp;&gt;&quot;'&#1;&#13;</a>")
  }

  @Test func `no document traps`() {
    var random = SystemRandomNumberGenerator()
    let pieces = [
      "<", ">", "/", "a", "b:", "=", "'", "\"", "&", "#", "x", ";", "<!--", "-->", "<![CDATA[",
      "]]>",
      "<?", "?>", "&amp;", " ", "\r", "\n", "é", "<a>", "</a>", "<!",
    ]
    for _ in 0..<20_000 {
      let text = (0..<Int.random(in: 1..<16, using: &random))
        .map { _ in pieces[Int.random(in: 0..<pieces.count, using: &random)] }.joined()
      var bytes = Array(text.utf8)
      if Bool.random(using: &random) {
        bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255)
      }
      _ = try? XMLElement.parse(bytes)
    }
  }
}
