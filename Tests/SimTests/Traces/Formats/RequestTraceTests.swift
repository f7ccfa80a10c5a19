import TarnSim
import Testing
@testable import TarnTraceFormat

@Suite struct RequestTraceTests {
  private func load(
    _ text: String, _ change: (inout TraceReadOptions) -> Void = { _ in }
  ) throws -> RequestTrace {
    let file = try TemporaryFile(text: text)
    var options = TraceReadOptions()
    change(&options)
    return try RequestTrace.load(path: file.path, options: options)
  }

  @Test func `columns, objects and footprint`() throws {
    let trace = try load("time,key,size\n1,7,100\n2,8,0\n3,7,300\n") { $0.wantsTimes = true }
    #expect(trace.keys == [7, 8, 7])
    #expect(trace.sizes == [100, 1, 300])
    #expect(trace.times == [1_000_000_000, 2_000_000_000, 3_000_000_000])
    #expect(trace.distinctObjects == 2)
    #expect(trace.footprint() == (2, 101))
    #expect(trace.promptStarts.isEmpty)
    #expect(try load("time,key,size\n1,7,100\n").times.isEmpty)
  }

  @Test func `key 0 is a key, and without sizes each object counts 1`() throws {
    let trace = try load("0\n1\n0\n")
    #expect(trace.sizes.isEmpty)
    #expect(trace.footprint() == (2, 2))
  }

  @Test func `a set that grows counts as a dictionary does`() {
    var numbers = TestNumbers(1)
    let keys = (0..<200_000).map { _ in numbers.below(60_000) &* 0x1_0000_0001 }
    let trace = RequestTrace(name: "x", keys: keys)
    #expect(trace.distinctObjects == Set(keys).count)
  }

  @Test func `what was counted is forgotten when a column changes`() {
    var trace = RequestTrace(name: "x", keys: [1, 2])
    #expect(trace.distinctObjects == 2)
    trace.keys.append(3)
    #expect(trace.distinctObjects == 3)
  }

  @Test func `a size beyond 32 bits is named, and can be ignored`() throws {
    let text = "1 5\n2 4294967295\n3 4294967296\n"
    let error = traceError { _ = try load(text) }
    #expect(error?.kind == .tooLarge)
    #expect(error?.position == .record(2))
    #expect(error?.problem.contains("--ignore-size") == true)
    #expect(try load(text) { $0.ignoreSizes = true }.sizes.isEmpty)
  }

  @Test func `prompts are their blocks, one after the other`() throws {
    let line =
      #"{"timestamp": 3, "input_length": 700, "output_length": 5, "hash_ids": [0, 7]}"# + "\n"
    let trace = try load(line + line) { $0.wantsTimes = true }
    #expect(trace.keys == [0, 7, 0, 7])
    #expect(trace.promptStarts == [0, 2, 4])
    #expect(trace.times == [3_000_000, 3_000_000, 3_000_000, 3_000_000])
    #expect(trace.tokensPerBlock == 512)
  }

  @Test func `128-bit keys are folded`() throws {
    let file = try TemporaryFile(suffix: ".tarn")
    try TraceFormatTests.write(
      [
        TraceRequest(key: 5, keyHigh: 0), TraceRequest(key: 5, keyHigh: 1),
        TraceRequest(key: 5, keyHigh: 1),
      ], to: file.path, schema: .requests([.keyHigh]))
    let trace = try RequestTrace.load(path: file.path)
    #expect(trace.distinctObjects == 2)
    #expect(trace.keys[1] == trace.keys[2])
  }

  @Test func `the digest is of the content`() {
    let trace = RequestTrace(name: "a", keys: [1, 2], sizes: [3, 4])
    #expect(
      trace.contentHash() == RequestTrace(name: "b", keys: [1, 2], sizes: [3, 4]).contentHash())
    #expect(
      trace.contentHash() != RequestTrace(name: "a", keys: [2, 1], sizes: [3, 4]).contentHash())
    #expect(trace.contentHash() != RequestTrace(name: "a", keys: [1, 2]).contentHash())
  }

  @Test func `nothing to replay is an error`() {
    #expect(traceError { _ = try load("key,size\n") }?.kind == .empty)
    #expect(traceError { _ = try load("") }?.kind == .empty)
  }
}
