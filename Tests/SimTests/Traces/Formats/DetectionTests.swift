import TarnSim
import Testing
@testable import TarnTraceFormat

/// Which format a content has, and what is said where that is not clear.
@Suite struct DetectionTests {
  private func format(_ text: String, suffix: String = "") throws -> TraceFormat {
    let file = try TemporaryFile(text: text, suffix: suffix)
    return try TraceFormat.detect(path: file.path)
  }

  private func error(_ text: String, suffix: String = "") -> TraceError? {
    traceError { _ = try format(text, suffix: suffix) }
  }

  @Test func `three or four numbers alone are ambiguous`() throws {
    #expect(
      error("5 1 100\n9 1 100\n")?.problem
        == "has three numbers a line, which may be several formats: say --format adaptsize or "
        + "--format csv (csv needs --no-header and --key-column NUMBER)")
    #expect(error("5 1 7 1\n")?.kind == .unknownFormat)
    #expect(try format("5 1 7 1\n", suffix: ".lis") == .arc)
    #expect(try format("5 1 0 1\n6 1 0 2\n") == .arc)
  }

  @Test(arguments: [
    ("client,t_s,rate_rps,cv,pattern,arg1,arg2\n1,0,0.1,1,Gamma,1,1\n", "rates"),
    ("arrival_s,gpus,total_steps,job_type\n0,1,2,x\n", "GPU jobs"),
    ("timestamp_anon,value,container_ip\n1.0,2.0,x\n", "took to load"),
    ("{\"oneHits\":0.1,\"popularityBuckets\":[1],\"popularityWeights\":[2]}", "popularity"),
    ("{\"valSizeRange\":[1],\"valSizeRangeProbability\":[2]}", "sizes"),
    ("[\n{\"id\":\"0\",\"name\":\"x\"}\n", "tracing events"),
    ("model,hidden,ffn_hidden\nx,1,2\n", "checkpoint workloads"),
  ])
  func `what is no request stream is refused with what it is`(text: String, word: String) {
    let found = error(text)
    #expect(found?.kind == .notRequests)
    #expect(found?.problem.contains(word) == true, "\(found?.problem ?? "")")
  }

  @Test func `nothing, blanks and noise are told apart`() throws {
    #expect(error("")?.problem == "is an empty file")
    #expect(error("\n \n")?.problem == "holds only blank lines")
    #expect(error("a b c d e\n")?.kind == .unknownFormat)
    #expect(error("1 2\n1 2 3\n")?.kind == .unknownFormat)
    var numbers = TestNumbers(3)
    let noise = try TemporaryFile((0..<4096).map { _ in UInt8(numbers.below(256)) })
    #expect(traceError { _ = try TraceFormat.detect(path: noise.path) }?.kind == .unknownFormat)
  }

  @Test func `a wrong format name has the nearest right one`() throws {
    #expect(try TraceFormat(named: "Oracle_General", path: "x") == .oracleGeneral)
    let error = traceError { _ = try TraceFormat(named: "monncake", path: "x.gz") }
    #expect(
      error?.description
        == "x.gz: no format is named monncake; did you mean mooncake? for --format")
  }
}
