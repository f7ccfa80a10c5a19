import TarnSim
import Testing
@testable import TarnTraceFormat

/// Formats of prompts other than Mooncake's.
@Suite struct PromptTests {
  private static let conversation =
    #"{"id":"a","block_size":64,"hash_id_scope":"local","requests":["#
    + #"{"t":0.0,"type":"n","in":130,"out":5,"hash_ids":[1,2],"api_time":1.5},"#
    + #"{"t":10.5,"type":"subagent","requests":["#
    + #"{"t":0.0,"in":64,"out":1,"hash_ids":[9]},{"t":200.25,"in":64,"out":1,"hash_ids":[9]}]},"#
    + #"{"t":20,"type":"s","in":192,"out":6,"hash_ids":[1,2,3]}]}"#

  @Test func `conversations start 120 s apart and are one stream sorted by time`() throws {
    let found = try Opened(Self.conversation + "\n" + Self.conversation + "\n")
    #expect(found.format == .agentic)
    #expect(found.tokensPerBlock == 64)
    let second: UInt64 = 1 << 40
    #expect(
      found.chains == [
        [1, 2], [9], [1, 2, 3], [second | 1, second | 2], [second | 9],
        [second | 1, second | 2, second | 3], [9], [second | 9],
      ])
    #expect(
      found.nanoseconds.map { $0 / 1_000_000 } == [
        0, 10_500, 20_000, 120_000, 130_500, 140_000, 210_750, 330_750,
      ])
    #expect(found.inputTokens == [130, 64, 192, 130, 64, 192, 64, 64])
  }

  @Test(arguments: [
    (#"{"hash_id_scope":"local","requests":[{"t":0,"in":1,"out":1}]}"#, "lacks \"in\""),
    (#"{"hash_id_scope":"local","requests":[{"in":1,"out":1,"hash_ids":[]}]}"#, "lacks \"t\""),
    (#"{"hash_id_scope":"local","requests":[{"t":-1}]}"#, "expected \"t\" to be seconds"),
    (#"{"hash_id_scope":"local","requests":[{"t":0,"hash_ids":[-4]}]}"#, "block id"),
    (#"{"hash_id_scope":"local","requests":[}"#, "expected a JSON object"),
    (#"{"hash_id_scope":"local","x_requests":[]}"#, "lacks \"requests\""),
  ])
  func `a malformed conversation is named by its line`(line: String, word: String) {
    let text = Self.conversation + "\n" + line + "\n"
    let problem = Opened.problem(text, format: .agentic)
    #expect(problem?.hasPrefix("2: ") == true)
    #expect(problem?.contains(word) == true, "\(problem ?? "")")
  }

  @Test func `every conversation cut short is an error, not a crash`() {
    for length in 1..<Self.conversation.utf8.count {
      let cut = String(Self.conversation.prefix(length))
      #expect(Opened.problem(cut, format: .agentic) != nil, "length \(length)")
    }
  }

  @Test func `agent campaigns follow one another`() throws {
    func line(_ campaign: String, _ time: String, _ ids: String) -> String {
      #"{"campaign":"\#(campaign)","session_id":"s","timestamp":\#(time),"input_length":20,"#
        + #""output_length":2,"hash_ids":[\#(ids)]}"# + "\n"
    }
    let found = try Opened(
      line("a", "0.0", "0") + line("a", "1500.25", "0, 1") + line("b", "0.0", "5"))
    #expect(found.format == .lmcache)
    #expect(found.tokensPerBlock == 16)
    #expect(found.chains == [[0], [0, 1], [5]])
    #expect(found.nanoseconds == [0, 1_500_250_000, 1_500_250_000])
  }

  @Test func `Azure's prompts have no keys, and say so when keys are needed`() throws {
    let text =
      "TIMESTAMP,ContextTokens,GeneratedTokens\r\n2023-11-16 18:15:46.6805900,374,44\r\n"
      + "2023-11-16 18:15:50.9951690,396,109\r\n"
    let found = try Opened(text)
    #expect(found.format == .azureLLM)
    #expect(found.inputTokens == [374, 396])
    #expect(found.chains == [[], []])
    #expect(found.nanoseconds[1] - found.nanoseconds[0] == 4_314_579_000)
    let file = try TemporaryFile(text: text)
    let error = traceError { _ = try RequestTrace.load(path: file.path) }
    #expect(error?.kind == .notRequests)
    #expect(error?.problem.contains("no keys") == true)
    #expect(Opened.problem(text + "yesterday,1,2\r\n")?.hasPrefix("4: expected date") == true)
  }
}
