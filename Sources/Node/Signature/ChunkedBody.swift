internal import Crypto
internal import NIOCore

/// Takes aws-chunked framing off a body: `SIZE;chunk-signature=HEX\r\n`, bytes, `\r\n`, ... and a
/// chunk of size 0, followed by trailers such as `x-amz-checksum-crc32:BASE64\r\n` where they are
/// announced, and an empty line. Unsigned chunks have no extension.
///
/// Bytes pass on as they come, before their chunk's signature is known to be right: chunks can be
/// large, and `checkedBody` sees to it that a wrong body never goes through to its end.
struct ChunkedBody: BodyCheck {
  private enum State {
    case size
    case data(UInt64)
    case afterData
    case trailer
    case over
  }
  private var state = State.size
  private var line: [UInt8] = []
  /// Nil if nothing is signed.
  private var chain: SignatureChain?
  private var announcedSignature = ""
  private var digest = SHA256()
  /// Nil if no trailers may come.
  private let announcedTrailers: [String]?
  private var trailers: [(name: String, value: String)] = []
  private var trailerSignature: String?
  private var checksums: [(name: String, checksum: Checksum)] = []

  /// - Parameters:
  ///   - chain: Signatures up to the request's head; nil if chunks are not signed.
  ///   - trailers: Names that `x-amz-trailer` promises, in lower case; nil if trailers can't come.
  init(chain: SignatureChain?, trailers: [String]?) {
    self.chain = chain
    announcedTrailers = trailers
    for name in trailers ?? [] {
      if let checksum = Checksum(header: name) { checksums.append((name, checksum)) }
    }
  }

  private static let lineLimit = 4096
  private static let trailerLimit = 16

  mutating func take(_ input: inout ByteBuffer) throws(BodyError) -> ByteBuffer? {
    while input.readableBytes > 0 {
      if case .data(let left) = state {
        return takeData(&input, left: left)
      }
      if case .over = state { throw .malformed("bytes follow the last chunk") }
      guard try takeLine(&input) else { return nil }
      try readLine()
      line.removeAll(keepingCapacity: true)
    }
    return nil
  }

  mutating func end() throws(BodyError) {
    guard case .over = state else { throw .incomplete }
  }

  private mutating func takeData(_ input: inout ByteBuffer, left: UInt64) -> ByteBuffer? {
    let count = Int(min(left, UInt64(input.readableBytes)))
    let piece = input.readSlice(length: count)
    piece?.withUnsafeReadableBytes { bytes in
      if chain != nil { digest.update(bufferPointer: bytes) }
      for index in checksums.indices { checksums[index].checksum.update(bytes) }
    }
    state = left == UInt64(count) ? .afterData : .data(left - UInt64(count))
    return piece
  }

  /// Appends to `line` what comes before the next line feed; false if that is not there yet.
  private mutating func takeLine(_ input: inout ByteBuffer) throws(BodyError) -> Bool {
    let view = input.readableBytesView
    let newline = view.firstIndex(of: UInt8(ascii: "\n"))
    let end = newline ?? view.endIndex
    guard line.count + view.distance(from: view.startIndex, to: end) <= ChunkedBody.lineLimit else {
      throw .malformed("a line is longer than \(ChunkedBody.lineLimit) bytes")
    }
    line.append(contentsOf: view[..<end])
    input.moveReaderIndex(to: newline.map { $0 + 1 } ?? end)
    guard newline != nil else { return false }
    guard line.popLast() == UInt8(ascii: "\r") else {
      throw .malformed("a line has no CR before LF")
    }
    return true
  }

  private mutating func readLine() throws(BodyError) {
    switch state {
    case .size: try readSize()
    case .afterData:
      guard line.isEmpty else { throw .malformed("a chunk is longer than its size says") }
      try checkChunk()
      state = .size
    case .trailer: try line.isEmpty ? readEnd() : readTrailer()
    case .data, .over: throw .malformed("bytes follow the last chunk")
    }
  }

  private mutating func readSize() throws(BodyError) {
    let digits = line.prefix { PercentCoding.hexValue($0) != nil }
    guard !digits.isEmpty, digits.count <= 15,
      let size = UInt64(String(decoding: digits, as: UTF8.self), radix: 16)
    else { throw .malformed("a chunk's size is no hexadecimal number") }
    let rest = String(decoding: line.dropFirst(digits.count), as: UTF8.self)
    if chain != nil {
      guard rest.hasPrefix(";chunk-signature=") else {
        throw .malformed("a chunk has no chunk-signature")
      }
      announcedSignature = String(rest.dropFirst(";chunk-signature=".count).trimmingBlanks)
      digest = SHA256()
    }
    if size > 0 {
      state = .data(size)
    } else {
      try checkChunk()
      state = .trailer
    }
  }

  private mutating func checkChunk() throws(BodyError) {
    guard let signature = chain?.sign(chunk: digest.finalize()) else { return }
    guard areEqualInConstantTime(signature, announcedSignature) else { throw .signature }
  }

  private mutating func readTrailer() throws(BodyError) {
    let text = String(decoding: line, as: UTF8.self)
    guard let colon = text.utf8.firstIndex(of: UInt8(ascii: ":")) else {
      throw .malformedTrailer("a line has no colon")
    }
    let name = text[..<colon].trimmingBlanks.lowercased()
    let value = String(text[text.utf8.index(after: colon)...].trimmingBlanks)
    if name == "x-amz-trailer-signature" {
      trailerSignature = value
      return
    }
    guard let announcedTrailers, announcedTrailers.contains(name) else {
      throw .malformedTrailer("\(name) was not announced by x-amz-trailer")
    }
    guard trailers.count < ChunkedBody.trailerLimit else {
      throw .malformedTrailer("there are more than \(ChunkedBody.trailerLimit)")
    }
    trailers.append((name, value))
  }

  private mutating func readEnd() throws(BodyError) {
    state = .over
    guard let announcedTrailers else { return }
    for name in announcedTrailers where !trailers.contains(where: { $0.name == name }) {
      throw .malformedTrailer("\(name) was announced and is missing")
    }
    // A body without trailers has nothing for their signature to cover, and some clients omit it.
    if !trailers.isEmpty || trailerSignature != nil {
      let text = trailers.map { "\($0.name):\($0.value)\n" }.joined()
      if let signature = chain?.sign(trailers: text) {
        guard areEqualInConstantTime(signature, trailerSignature ?? "") else { throw .signature }
      }
    }
    for (name, checksum) in checksums {
      let value = trailers.first { $0.name == name }?.value
      guard value == checksum.base64 else { throw .checksum(name) }
    }
  }
}
