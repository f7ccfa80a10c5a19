import TarnSim
import Testing
@testable import TarnTraceFormat

@Suite struct ConversionTests {
  private func convert(
    _ text: String, suffix: String, _ change: (inout TraceConversion) -> Void = { _ in }
  ) throws -> [UInt8] {
    let input = try TemporaryFile(text: text)
    let output = try TemporaryFile(suffix: suffix)
    var conversion = TraceConversion()
    change(&conversion)
    _ = try conversion.convert(input.path, to: output.path)
    return try output.bytes()
  }

  @Test func `oracleGeneral names the next request for each object, from 1`() throws {
    let bytes = try convert(
      "time,key,size\n10,1001,100\n11,1002,200\n12,1001,300\n", suffix: ".oracleGeneral")
    #expect(
      bytes == [
        0x0a, 0, 0, 0, 0xe9, 3, 0, 0, 0, 0, 0, 0, 0x64, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0,
        0x0b, 0, 0, 0, 0xea, 3, 0, 0, 0, 0, 0, 0, 0xc8, 0, 0, 0,
        0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
        0x0c, 0, 0, 0, 0xe9, 3, 0, 0, 0, 0, 0, 0, 0x2c, 1, 0, 0,
        0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
      ])
  }

  @Test func `CSV comes back as it went`() throws {
    let text = "time,key,size\n0.000000500,18446744073709551615,0\n1.250000000,8,4294967296\n"
    #expect(String(decoding: try convert(text, suffix: ".csv"), as: UTF8.self) == text)
    let whole = "time,key\n3,5\n4,6\n"
    #expect(String(decoding: try convert(whole, suffix: ".csv"), as: UTF8.self) == whole)
  }

  @Test func `CSV has operations where the trace does`() throws {
    let text = "version,time,op,size,lbn\n1,5,2a,512,42\n1,5,28,6656,43\n"
    #expect(
      String(decoding: try convert(text, suffix: ".csv"), as: UTF8.self)
        == "time,key,size,op\n5,42,512,write\n5,43,6656,read\n")
  }

  @Test func `a chain becomes one line for each of its blocks`() throws {
    let input = try TemporaryFile(
      text: #"{"timestamp": 1500, "input_length": 700, "output_length": 5, "hash_ids": [4, 7]}"#)
    let output = try TemporaryFile(suffix: ".csv")
    #expect(try TraceConversion().convert(input.path, to: output.path).records == 2)
    #expect(
      String(decoding: try output.bytes(), as: UTF8.self)
        == "time,key\n1.500000000,4\n1.500000000,7\n")
  }

  @Test func `what a target cannot hold is refused, and nothing is left behind`() throws {
    let requests = try TemporaryFile(text: "1\n2\n")
    let large = try TemporaryFile(text: "1 1\n2 4294967296\n")
    let azure = try TemporaryFile(
      text: "TIMESTAMP,ContextTokens,GeneratedTokens\n2023-11-16 18:15:46.68,374,44\n")
    let unsorted = try TemporaryFile(text: "time,key\n2,1\n1,1\n")
    for (input, suffix, kind) in [
      (requests, ".jsonl", TraceError.Kind.unknownFormat), (large, ".oracleGeneral", .tooLarge),
      (azure, ".csv", .notRequests), (azure, ".oracleGeneral", .notRequests),
      (unsorted, ".tarn", .unsorted),
    ] {
      let output = try TemporaryFile(suffix: suffix)
      let error = traceError { _ = try TraceConversion().convert(input.path, to: output.path) }
      #expect(error?.kind == kind, "\(suffix)")
      #expect(!output.exists, "\(suffix)")
    }
  }

  @Test func `an interrupted conversion leaves nothing behind`() throws {
    let input = try TemporaryFile(text: "1\n2\n")
    let output = try TemporaryFile(suffix: ".tarn")
    let error = traceError {
      _ = try TraceConversion().convert(input.path, to: output.path) { _ in false }
    }
    #expect(error?.kind == .interrupted)
    #expect(!output.exists)
  }

  @Test func `a spatial sample keeps all requests of its keys`() throws {
    let text = (0..<20_000).map { "\($0 % 5000)\n" }.joined()
    let input = try TemporaryFile(text: text)
    let output = try TemporaryFile(suffix: ".tarn")
    var conversion = TraceConversion()
    let sample: SpatialSample = try #require(SpatialSample(rate: 0.1, seed: 7))
    conversion.sample = sample
    let report = try conversion.convert(input.path, to: output.path)
    let trace = try RequestTrace.load(path: output.path)
    #expect(trace.count == Int(report.records))
    // A binomial of 5000 x 0.1 has a standard deviation of 21.
    #expect((400...600).contains(trace.distinctObjects))
    #expect(trace.count == 4 * trace.distinctObjects)
    #expect(try TraceSummary(path: output.path).notes.contains("sample_rate=0.1"))
    // The same seed keeps the same keys, so a sample of the sample at the same rate is all of it.
    let again = try TemporaryFile(suffix: ".tarn")
    #expect(try conversion.convert(output.path, to: again.path).records == report.records)
    #expect(SpatialSample(rate: 0, seed: 1) == nil)
    #expect(SpatialSample(rate: 1.5, seed: 1) == nil)
  }

  @Test func `figures are exact`() throws {
    let file = try TemporaryFile(text: (0..<100).map { "\($0 < 60 ? 1 : $0) \($0)\n" }.joined())
    let figures = try TraceSummary(path: file.path).figures
    #expect(figures.requests == 100)
    #expect(figures.distinctObjects == 41)
    #expect(figures.oneHitShare == 40.0 / 41)
    #expect(figures.top1PercentShare == 0.6)
    #expect(figures.top10PercentShare == 0.63)
    #expect(figures.requestedBytes == 4951)
    #expect(figures.sizes?.p50 == 49)
    #expect(figures.sizes?.max == 99)
  }
}
