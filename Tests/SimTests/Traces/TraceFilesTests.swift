import TarnSim
import Testing
@testable import TarnTraceFormat

@Suite struct TraceFilesTests {
  @Test func `content tells the format`() throws {
    let text = try TemporaryFile(text: "\n {\"timestamp\": 0}\n")
    #expect(try TraceFormat.detect(path: text.path) == .mooncake)
    let tarn = try TemporaryFile()
    try TraceFormatTests.write([TraceRequest(key: 1)], to: tarn.path, schema: .requests([]))
    #expect(try TraceFormat.detect(path: tarn.path) == .tarn)
    let csv = try TemporaryFile(text: "time,object,size\n")
    #expect(try TraceFormat.detect(path: csv.path) == .csv)
    let empty = try TemporaryFile(text: "")
    #expect(traceError { _ = try TraceFormat.detect(path: empty.path) }?.kind == .empty)
  }

  @Test func `Mooncake lines survive a trip through Tarn's format`() throws {
    let line =
      #"{"timestamp": 27, "input_length": 700, "output_length": 5, "hash_ids": [0, 7]}"# + "\n"
    let text = try TemporaryFile(text: line + line)
    let tarn = try TemporaryFile(suffix: ".tarn")
    let back = try TemporaryFile(suffix: ".jsonl")
    #expect(try TraceConversion().convert(text.path, to: tarn.path).records == 2)
    #expect(try TraceConversion().convert(tarn.path, to: back.path).records == 2)
    #expect(try back.bytes() == Array((line + line).utf8))
  }

  @Test func `a summary counts requests and bytes`() throws {
    let file = try TemporaryFile()
    let requests = (0..<10).map { TraceRequest(time: UInt64($0), key: 1, size: 7) }
    try TraceFormatTests.write(
      requests, to: file.path,
      schema: .requests([.time, .size], nanosecondsPerTick: 1_000_000_000))
    let summary = try TraceSummary(path: file.path)
    #expect(summary.kind == "requests")
    #expect(summary.records == 10)
    #expect(summary.figures.requestedBytes == 70)
    #expect(summary.spanSeconds == 9)
    #expect(summary.columns == ["time", "key", "size"])
    #expect(summary.keyBits == 64)
  }

  @Test func `block requests are no KV trace`() throws {
    let file = try TemporaryFile()
    try TraceFormatTests.write([TraceRequest(key: 1)], to: file.path, schema: .requests([]))
    #expect(traceError { _ = try KVTrace.load(path: file.path) }?.kind == .unknownFormat)
  }

  @Test func `an output name without a known end is refused`() throws {
    let file = try TemporaryFile(text: "{}")
    #expect(
      traceError { _ = try TraceConversion().convert(file.path, to: "x.txt") }?.description
        == "x.txt: name the output *.tarn (Tarn's format), *.oracleGeneral, *.csv or *.jsonl "
        + "(Mooncake's)")
  }
}
