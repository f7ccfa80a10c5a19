import CZstd
public import TarnTraceFormat

/// Decompresses a zstd file as it is read (RFC 8878), any number of frames one after the other.
///
/// Holds 256 KiB of compressed input and the frame's window. A window beyond 2 GiB is refused.
public struct ZstdReader: ~Copyable {
  private let file: InputFile
  private let stream: OpaquePointer
  private let input: UnsafeMutableRawBufferPointer
  private var available = 0
  private var consumed = 0
  private var inputOffset: UInt64 = 0
  private var insideFrame = true

  /// Opens `path`, which must start with a zstd frame.
  public init(path: String) throws(TraceError) {
    let file = try InputFile(path: path)
    self.init(file: file)
  }

  init(file: consuming InputFile) {
    self.file = file
    guard let created = ZSTD_createDStream() else {
      preconditionFailure("zstd could not allocate its state")
    }
    stream = created
    // Public traces are made with long windows ("zstd --ultra --long=31").
    ZSTD_DCtx_setParameter(created, ZSTD_d_windowLogMax, 31)
    input = .allocate(byteCount: 256 << 10, alignment: 64)
  }

  deinit {
    ZSTD_freeDStream(stream)
    input.deallocate()
  }

  /// Bytes of the compressed file that were consumed so far.
  public var compressedOffset: UInt64 { inputOffset - UInt64(available - consumed) }

  /// Fills `buffer` with decompressed bytes; fewer than asked only at the end, 0 after it.
  ///
  /// Throws `.zstd` with the compressed offset where the stream is truncated or corrupt.
  public mutating func read(into buffer: UnsafeMutableRawBufferPointer) throws(TraceError) -> Int {
    var output = ZSTD_outBuffer(dst: buffer.baseAddress, size: buffer.count, pos: 0)
    while output.pos < buffer.count {
      var fileEnded = false
      if consumed == available { fileEnded = try refill() }
      if fileEnded && !insideFrame { break }
      let before = output.pos
      var source = ZSTD_inBuffer(src: input.baseAddress, size: available, pos: consumed)
      let status = ZSTD_decompressStream(stream, &output, &source)
      consumed = source.pos
      if ZSTD_isError(status) != 0 {
        throw failure("the zstd stream is corrupt: \(String(cString: ZSTD_getErrorName(status)))")
      }
      insideFrame = status != 0
      // What zstd still held back may come out without new input; nothing more means a cut.
      if fileEnded && insideFrame && output.pos == before {
        throw failure("the zstd stream ends in the middle; the file is truncated")
      }
    }
    return output.pos
  }

  private func failure(_ problem: String) -> TraceError {
    TraceError(.zstd, path: file.path, at: .byte(compressedOffset), problem)
  }

  /// True at the end of the file.
  private mutating func refill() throws(TraceError) -> Bool {
    available = try file.read(into: input)
    consumed = 0
    inputOffset += UInt64(available)
    return available == 0
  }
}
