import TarnSim
import TarnTraceFormat
import Testing

@Suite struct MooncakeTests {
  private func prompts(_ text: String) throws -> [KVPrompt] {
    let file = try TemporaryFile(text: text)
    var reader = try MooncakeTrace(path: file.path)
    var prompts: [KVPrompt] = []
    var prompt = KVPrompt()
    while try reader.next(into: &prompt) { prompts.append(prompt) }
    return prompts
  }

  private func problem(_ text: String) -> String? {
    let error = traceError { _ = try prompts(text) }
    guard let error, case .line(let line) = error.position else { return nil }
    return "\(line): \(error.problem)"
  }

  private let good =
    #"{"timestamp": 3000, "input_length": 700, "output_length": 5, "hash_ids": [0, 7]}"#

  @Test func `a prompt has its time, tokens and chain`() throws {
    let found = try prompts(good + "\n\n" + good)
    #expect(found.count == 2)
    #expect(found[0].timeNanoseconds == 3_000_000_000)
    #expect(found[0].inputTokens == 700)
    #expect(found[0].outputTokens == 5)
    #expect(found[0].chain == [0, 7])
  }

  @Test func `members come in any order, and others are stepped over`() throws {
    let line =
      #"{"hash_ids":[],"x":{"a":[1,"}\"",null]},"output_length":1,"input_length":0,"timestamp":9}"#
    #expect(try prompts(line)[0].timeNanoseconds == 9_000_000)
  }

  @Test(arguments: [
    (#"{"timestamp": 3000}"#, #"2: lacks "input_length""#),
    ("[]", #"2: expected a JSON object, starting with "{""#),
    (#"{"timestamp": 1.5}"#, #"2: expected "timestamp" to be a whole number of milliseconds"#),
    (
      #"{"timestamp": 3000, "input_length": -4}"#,
      #"2: expected "input_length" to be a whole number of tokens"#
    ),
    (
      #"{"timestamp": 3000, "hash_ids": [1, "a"]}"#,
      #"2: expected "hash_ids" to be an array of whole numbers"#
    ),
    (#"{"timestamp": 3000, "timestamp": 3000}"#, #"2: "timestamp" occurs twice"#),
    (#"{"timestamp": 3000"#, #"2: expected "," or "}" at column 19"#),
    (#"{"timestamp": 3000, 7}"#, #"2: expected a member "name": value at column 21"#),
    (
      #"{"timestamp": 2000, "input_length": 1, "output_length": 1, "hash_ids": []}"#,
      "2: timestamp 2000 is before its predecessor's 3000; sort the lines by timestamp"
    ),
  ])
  func `a bad line is an error that says where and what`(line: String, expected: String) {
    #expect(problem(good + "\n" + line) == expected)
  }

  @Test func `every line cut short is an error, not a crash`() {
    for length in 1..<good.utf8.count {
      #expect(problem(String(good.prefix(length))) != nil, "length \(length)")
    }
  }

  @Test func `spreading keeps order, fills the step, and never passes the next stamp`() {
    var trace = KVTrace(tokensPerBlock: 512)
    var prompt = KVPrompt()
    for stamp in [0, 0, 0, 0, 1_000, 1_000, 9_000, 9_000] as [UInt64] {
      prompt.timeNanoseconds = stamp
      trace.append(prompt)
    }
    trace.spread(step: 3_000)
    #expect(trace.timeNanoseconds == [113, 566, 591, 883, 2160, 2294, 10_169, 11_219])
    #expect(zip(trace.timeNanoseconds, trace.timeNanoseconds.dropFirst()).allSatisfy { $0 <= $1 })
  }

  @Test(.enabled(if: SharedTraces.mooncake != nil))
  func `the conversation trace has the published figures`() throws {
    let path = try #require(SharedTraces.mooncake)
    let trace = try KVTrace.load(path: path)
    let figures = KVStatistics(of: trace)
    #expect(figures.requests == 12_031)
    #expect(figures.blockReferences == 288_500)
    #expect(figures.distinctBlocks == 182_790)
    #expect((figures.infiniteHitRatio * 10_000).rounded() == 3_664)
    #expect((figures.hitRatioAt10Percent * 10_000).rounded() == 2_784)
    #expect((figures.hitRatioAt30Percent * 10_000).rounded() == 3_577)
    #expect(trace.timeNanoseconds.allSatisfy { $0 < 3_540_000_000_000 })
  }
}
