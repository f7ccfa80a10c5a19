import CZlib
public import TarnTraceFormat

/// Inflates a gzip file as it is read (RFC 1952), any number of members one after the other.
///
/// Holds 256 KiB of compressed input and zlib's window, whatever the file's length.
public struct GzipReader: ~Copyable {
  private let file: InputFile
  // zlib keeps a pointer back to its stream, so the stream must not move.
  private let stream: UnsafeMutablePointer<z_stream>
  private let input: UnsafeMutableRawBufferPointer
  private var inputOffset: UInt64 = 0
  private var fileEnded = false
  private var insideMember = true

  /// Opens `path`, which must start with a gzip member.
  public init(path: String) throws(TraceError) {
    let file = try InputFile(path: path)
    self.init(file: file)
  }

  init(file: consuming InputFile) {
    self.file = file
    stream = .allocate(capacity: 1)
    stream.initialize(to: z_stream())
    input = .allocate(byteCount: 256 << 10, alignment: 64)
    // 15: the largest window; + 16: gzip framing, with its checksum verified.
    let status = inflateInit2_(stream, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    precondition(status == Z_OK, "zlib could not allocate its state")
  }

  deinit {
    inflateEnd(stream)
    stream.deallocate()
    input.deallocate()
  }

  /// Bytes of the compressed file that were consumed so far.
  public var compressedOffset: UInt64 { inputOffset - UInt64(stream.pointee.avail_in) }

  /// Fills `buffer` with inflated bytes; fewer than asked only at the end, 0 after it.
  ///
  /// Throws `.gzip` with the compressed offset where the stream is truncated or corrupt.
  public mutating func read(into buffer: UnsafeMutableRawBufferPointer) throws(TraceError) -> Int {
    var done = 0
    while done < buffer.count {
      if stream.pointee.avail_in == 0 { try refill() }
      if !insideMember {
        guard try beginNextMember() else { break }
      }
      let room = min(buffer.count - done, Int(UInt32.max))
      stream.pointee.next_out = buffer.baseAddress.map {
        ($0 + done).assumingMemoryBound(to: UInt8.self)
      }
      stream.pointee.avail_out = UInt32(room)
      let status = inflate(stream, Z_NO_FLUSH)
      done += room - Int(stream.pointee.avail_out)
      switch status {
      case Z_STREAM_END: insideMember = false
      case Z_OK: break
      case Z_BUF_ERROR where fileEnded && stream.pointee.avail_in == 0:
        throw failure("the gzip stream ends in the middle; the file is truncated")
      case Z_BUF_ERROR: break
      default:
        let reason = stream.pointee.msg.map { String(cString: $0) } ?? "zlib error \(status)"
        throw failure("the gzip stream is corrupt: \(reason)")
      }
    }
    return done
  }

  private func failure(_ problem: String) -> TraceError {
    TraceError(.gzip, path: file.path, at: .byte(compressedOffset), problem)
  }

  private mutating func refill() throws(TraceError) {
    let count = try file.read(into: input)
    fileEnded = count == 0
    inputOffset += UInt64(count)
    stream.pointee.next_in = input.baseAddress?.assumingMemoryBound(to: UInt8.self)
    stream.pointee.avail_in = UInt32(count)
  }

  /// False at the end of the file. Zero bytes after a member are padding (tape and block devices
  /// leave them), as in gzip(1); anything else must be a member.
  private mutating func beginNextMember() throws(TraceError) -> Bool {
    while true {
      while stream.pointee.avail_in > 0, let next = stream.pointee.next_in, next.pointee == 0 {
        stream.pointee.next_in = next + 1
        stream.pointee.avail_in -= 1
      }
      if stream.pointee.avail_in > 0 { break }
      if fileEnded { return false }
      try refill()
    }
    inflateReset(stream)
    insideMember = true
    return true
  }
}
