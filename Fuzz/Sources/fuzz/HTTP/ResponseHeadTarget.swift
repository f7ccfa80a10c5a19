@testable internal import TarnNode

extension FuzzTarget {
  /// Stores' heads: the end is the same whatever the pieces, one framing, and what is accepted is
  /// accepted again when its parts are put together anew.
  static let responseHead = FuzzTarget("response-head", longestInput: 1_024) { input in
    let size = 1 + Int(input.byte() & 31)
    let bytes = input.rest()
    let end = find(bytes, by: bytes.count)
    demand(end == find(bytes, by: size), "the end of a head depends on its pieces")
    demand(end == naiveEnd(bytes), "a head ends elsewhere")
    guard let end, let head = try? parse(bytes[..<end]) else { return }
    checkFraming(head)
    var text = "HTTP/1.\(bytes[7] - UInt8(ascii: "0")) \(head.status)\r\n"
    for field in head.fields { text += "\(field.name):\(field.value)\r\n" }
    let anew = try? parse(Array((text + "\r\n").utf8)[...])
    // What was no UTF-8 is longer now, but no other field, and no other end.
    demand(anew == head, "a head put together anew has other parts")
  }

  private static func find(_ bytes: [UInt8], by size: Int) -> Int? {
    var scanned = 0
    while scanned < bytes.count {
      let count = min(scanned + size, bytes.count)
      let end = bytes.withUnsafeBytes {
        try? ResponseHead.length(
          in: UnsafeRawBufferPointer(rebasing: $0[..<count]), scanned: scanned)
      }
      if let end { return end }
      scanned = count
    }
    return nil
  }

  private static func naiveEnd(_ bytes: [UInt8]) -> Int? {
    let end = Array("\r\n\r\n".utf8)
    guard bytes.count >= end.count else { return nil }
    return (0...(bytes.count - end.count)).first { bytes[$0...].starts(with: end) }
      .map { $0 + end.count }
  }

  private static func parse(_ bytes: ArraySlice<UInt8>) throws -> ResponseHead {
    try bytes.withUnsafeBytes { try ResponseHead(parsing: $0) }
  }

  /// Counts what says how long the body is by another way than the parser's.
  private static func checkFraming(_ head: ResponseHead) {
    func count(_ name: String) -> Int {
      head.fields.count { $0.name.lowercased() == name }
    }
    let (lengths, encodings) = (count("content-length"), count("transfer-encoding"))
    switch head.framing {
    case .toTheEnd: demand(lengths == 0 && encodings == 0, "a body's end is overlooked")
    case .length: demand(lengths == 1 && encodings == 0, "a length is not the only one")
    case .chunked: demand(lengths == 0 && encodings == 1, "chunks are not the only framing")
    }
    demand((100...999).contains(head.status), "the status is \(head.status)")
  }
}
