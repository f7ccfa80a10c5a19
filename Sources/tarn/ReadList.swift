import TarnSim
import TarnTraceFormat

/// The file of `tarn replay --decisions --reads`: a line for each read.
final class ReadList {
  private static let chunkBytes = 1 << 20
  private var file: OutputFile
  private var waiting = Array((RecordedRead.csvHeading + "\n").utf8)

  init(path: String) throws(TraceError) { file = try OutputFile(path: path) }

  func append(_ read: RecordedRead, of recording: DecisionReplayReport) throws(TraceError) {
    let line = read.csvLine(node: recording.node, shard: recording.shard)
    waiting.append(contentsOf: line.utf8)
    waiting.append(UInt8(ascii: "\n"))
    if waiting.count >= Self.chunkBytes { try write() }
  }

  func finish() throws(TraceError) {
    try write()
    try file.finish()
  }

  private func write() throws(TraceError) {
    try waiting.withUnsafeBufferPointer { bytes throws(TraceError) in
      try file.write(UnsafeRawBufferPointer(bytes))
    }
    waiting.removeAll(keepingCapacity: true)
  }
}
