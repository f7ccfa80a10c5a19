import Testing

@testable import TarnNode

struct PercentCodingTests {
  @Test func `only unreserved characters stay as they are`() {
    #expect(PercentCoding.encode("aZ09-._~") == "aZ09-._~")
    #expect(PercentCoding.encode("a b/c+d%é") == "a%20b%2Fc%2Bd%25%C3%A9")
    #expect(PercentCoding.encode("a b//c", keepingSlash: true) == "a%20b//c")
    #expect(PercentCoding.encode("") == "")
  }

  @Test func `what is decoded must be whole escapes and UTF-8`() {
    #expect(PercentCoding.decode("a%20b%2fc%2Fd+e") == "a b/c/d+e")
    #expect(PercentCoding.decode("a+b", plusIsSpace: true) == "a b")
    #expect(PercentCoding.decode("%C3%A9") == "é")
    for broken in ["%", "%4", "%zz", "a%", "%C3", "%FF", "%+1"] {
      #expect(PercentCoding.decode(broken) == nil, "\(broken)")
    }
  }

  @Test func `a query is read in its order`() throws {
    let parameters = try #require(
      PercentCoding.parameters(ofQuery: "uploads&a=1&b=x%3Dy=z&&c=&%C3%A9=+"))
    #expect(parameters.map(\.name) == ["uploads", "a", "b", "c", "é"])
    #expect(parameters.map(\.value) == ["", "1", "x=y=z", "", " "])
    #expect(PercentCoding.parameters(ofQuery: "")?.isEmpty == true)
    #expect(PercentCoding.parameters(ofQuery: "a=%f") == nil)
  }

  @Test func `any text survives`() {
    var random = SystemRandomNumberGenerator()
    for _ in 0..<500 {
      let scalars = (0..<Int.random(in: 0..<12, using: &random)).compactMap { _ in
        Unicode.Scalar(UInt32.random(in: 0...0x2FFF, using: &random))
      }
      let text = String(String.UnicodeScalarView(scalars))
      let escaped = PercentCoding.encode(text)
      #expect(escaped.utf8.allSatisfy { $0 == UInt8(ascii: "%") || PercentCoding.isUnreserved($0) })
      #expect(PercentCoding.decode(escaped).map { Array($0.utf8) } == Array(text.utf8))
    }
  }
}
