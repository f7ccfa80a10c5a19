internal import CLZ4
import Foundation

/// Compresses bytes into one LZ4 frame with their length and a checksum inside, the format that
/// `lz4 -d` and every LZ4 library read (lz4_Frame_format.md, version 1.6.4).
func lz4Frame(of bytes: Data) throws(ExportError) -> Data {
  var preferences = LZ4F_preferences_t()
  preferences.frameInfo.contentSize = UInt64(bytes.count)
  preferences.frameInfo.contentChecksumFlag = LZ4F_contentChecksumEnabled
  var frame = Data(count: LZ4F_compressFrameBound(bytes.count, &preferences))
  let written = frame.withUnsafeMutableBytes { output in
    bytes.withUnsafeBytes { input in
      LZ4F_compressFrame(
        output.baseAddress, output.count, input.baseAddress, input.count, &preferences)
    }
  }
  guard LZ4F_isError(written) == 0 else {
    let reason = String(cString: LZ4F_getErrorName(written))
    throw ExportError(path: "series.json.lz4", reason: "lz4 refused to compress: \(reason)")
  }
  return frame.prefix(written)
}
