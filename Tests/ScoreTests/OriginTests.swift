import NIOHTTP1
import Testing

@testable import TarnScore

/// What the origin of a scored cache serves: bytes, ranges, conditions.
struct OriginTests {
  private func layout(objects: Int? = nil) throws -> ObjectLayout {
    var trace = ScoreTrace(name: "three")
    for (key, length) in [(1, 100), (2, 40), (1, 100), (3, 60)] {
      trace.append(low: UInt64(key), high: 0, length: UInt32(length), time: nil)
    }
    return try ObjectLayout(trace, objects: objects)
  }

  @Test func `bytes follow from name and offset, however they are cut`() {
    let content = GeneratedContent(ofObject: "00000000000000000000000000000001")
    var whole = [UInt8](repeating: 0, count: 1_000)
    whole.withUnsafeMutableBytes { content.fill($0, from: 0) }
    #expect(Set(whole).count > 200)
    for (start, count) in [(0, 1), (1, 7), (3, 20), (8, 8), (13, 987), (999, 1)] {
      var part = [UInt8](repeating: 0, count: count)
      part.withUnsafeMutableBytes { content.fill($0, from: UInt64(start)) }
      #expect(part == Array(whole[start..<start + count]), "\(start) \(count)")
      let difference = part.withUnsafeBytes {
        content.firstDifference(in: $0, at: UInt64(start))
      }
      #expect(difference == nil)
    }
    #expect(GeneratedContent(ofObject: "2") != content)
  }

  @Test(arguments: [0, 5, 8, 63, 99]) func `the first wrong byte is found`(place: Int) {
    let content = GeneratedContent(ofObject: "a")
    var part = [UInt8](repeating: 0, count: 100)
    part.withUnsafeMutableBytes { content.fill($0, from: 3) }
    part[place] ^= 1
    #expect(
      part.withUnsafeBytes { content.firstDifference(in: $0, at: 3) } == UInt64(place + 3))
  }

  @Test(
    arguments: [
      ("bytes=0-9", 0..<10), ("bytes=90-", 90..<100), ("bytes=90-500", 90..<100),
      ("bytes=-30", 70..<100), ("bytes=-300", 0..<100), ("bytes=99-99", 99..<100),
    ] as [(String, Range<UInt64>)])
  func `a range is answered with its part`(text: String, part: Range<UInt64>) throws {
    let answer = OriginAnswer(
      method: .GET, uri: "/data/00000000000000000000000000000001", headers: ["Range": text],
      layout: try layout())
    #expect(answer.status == 206)
    #expect(answer.range == part)
    let head = answer.head(try layout(), version: .http1_1)
    #expect(head.headers.first(name: "content-length") == "\(part.count)")
    #expect(
      head.headers.first(name: "content-range")
        == "bytes \(part.lowerBound)-\(part.upperBound - 1)/100")
  }

  @Test(arguments: [
    ("bytes=100-", 416), ("bytes=5-4", 200), ("bytes=1-2,5-6", 200), ("lines=1-2", 200),
    ("bytes=-", 200), ("bytes=a-b", 200),
  ])
  func `a range that makes no sense is refused or left out`(text: String, status: Int) throws {
    let answer = OriginAnswer(
      method: .GET, uri: "/00000000000000000000000000000001", headers: ["Range": text],
      layout: try layout())
    #expect(answer.status == status)
    #expect(answer.isRead == (status == 200))
  }

  @Test func `conditions and strangers are answered as S3 does`() throws {
    let layout = try layout()
    let uri = "/data/00000000000000000000000000000002"
    func status(_ method: HTTPMethod, _ uri: String, _ headers: HTTPHeaders) -> Int {
      OriginAnswer(method: method, uri: uri, headers: headers, layout: layout).status
    }
    let tag = layout.content(of: 1).entityTag(size: 40)
    #expect(status(.GET, uri, ["If-None-Match": tag]) == 304)
    #expect(status(.GET, uri, ["If-None-Match": "\"else\""]) == 200)
    #expect(status(.GET, uri, ["If-Match": tag]) == 200)
    #expect(status(.GET, uri, ["If-Match": "\"else\""]) == 412)
    #expect(status(.GET, "/data/00000000000000000000000000000009", [:]) == 404)
    #expect(status(.GET, "/data/", [:]) == 404)
    #expect(status(.GET, "/data/?list-type=2", [:]) == 501)
    #expect(status(.PUT, uri, [:]) == 405)
    let head = OriginAnswer(method: .HEAD, uri: uri, headers: [:], layout: layout)
    #expect(head.status == 200 && !head.isRead)
    #expect(
      head.head(layout, version: .http1_1).headers.first(name: "content-length") == "40")
  }

  @Test func `blocks are objects of their own, or ranges of a few`() throws {
    let own = try layout()
    #expect(own.objects == 3)
    #expect(own.name(of: 2) == "00000000000000000000000000000003")
    #expect(own.object(named: "00000000000000000000000000000003") == 2)
    #expect(own.piece(of: 1) == ObjectLayout.Piece(object: 1, offset: 0, length: 40))
    #expect(own.bytes == 200)
    let packed = try layout(objects: 2)
    #expect(packed.objects == 2)
    #expect(packed.piece(of: 1) == ObjectLayout.Piece(object: 0, offset: 100, length: 40))
    #expect(packed.piece(of: 2) == ObjectLayout.Piece(object: 1, offset: 0, length: 60))
    #expect(packed.size(of: 0) == 200)
    #expect(packed.size(of: 1) == 100)
    #expect(packed.blocks(of: 0, in: 0..<100) == 0..<1)
    #expect(packed.blocks(of: 0, in: 99..<101) == 0..<2)
    #expect(packed.blocks(of: 1, in: 0..<100) == 2..<3)
    #expect(packed.object(named: "00000001") == 1)
    #expect(packed.object(named: "00000002") == nil)
    #expect(packed.object(named: "-0000001") == nil)
    #expect(throws: ScoreError.self) { try layout(objects: 0) }
  }

  @Test func `a block was asked for while its read went on, and not after it`() {
    let ledger = OriginLedger(blocks: 2)
    let before = OriginLedger.now
    #expect(!ledger.wasAsked(0, since: before))
    ledger.begin(0..<1)
    #expect(ledger.wasAsked(0, since: OriginLedger.now))
    #expect(!ledger.wasAsked(1, since: before))
    ledger.end(0..<1)
    #expect(ledger.wasAsked(0, since: before))
    #expect(!ledger.wasAsked(0, since: OriginLedger.now + 1))
  }
}
