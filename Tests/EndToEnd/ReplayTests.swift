import Foundation
import Testing

@Suite(.enabled(if: Command.release != nil, "the release binary is missing: run make test"))
struct `tarn replay` {
  private func run(_ arguments: String) throws -> Command.Outcome {
    try #require(Command.release).run(
      ["replay"] + arguments.split(separator: " ").map(String.init))
  }

  /// The lines' figures but those of time, as text.
  private func figures(_ outcome: Command.Outcome) throws -> [String] {
    try outcome.output.split(separator: "\n").map { line in
      let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any] ?? [:]
      return object.filter { $0.key != "cpu_seconds" && $0.key != "requests_per_second" }
        .map { "\($0.key)=\($0.value)" }.sorted().joined(separator: " ")
    }
  }

  @Test func `prints a line a policy and capacity, as JSON too`() throws {
    let table = try run(
      "traces/requests-sample.tarn --ignore-size --policy lru,s3fifo:small=0.2 --capacity 1%,50")
    #expect(table.status == 0, "\(table.errors)")
    #expect(table.output.split(separator: "\n").count == 5)
    #expect(table.output.contains("s3fifo:small=0.2"))
    let json = try run(
      "traces/requests-sample.tarn --ignore-size --policy 2q --capacity 50 --json")
    let line = try json.json()
    #expect(line["trace"] as? String == "requests-sample.tarn")
    #expect(line["policy"] as? String == "2q")
    #expect(line["capacity"] as? Int == 50)
    let requests = try #require(line["requests"] as? Double)
    let misses = try #require(line["misses"] as? Double)
    let ratio = try #require(line["miss_ratio"] as? Double)
    #expect(abs(ratio - misses / requests) < 1e-12)
    for name in ["byte_miss_ratio", "cpu_seconds", "requests_per_second"] {
      #expect(line[name] is Double, "\(name)")
    }
  }

  @Test func `gives the same figures with one thread and two, in debug and release`() throws {
    let policies =
      "lru,fifo,clock,sieve,s3fifo,arc,2q,lirs,lfu,gdsf,wtinylfu,lhd,belady,belady-size"
    let arguments =
      "traces/requests-sample.tarn --policy \(policies) --capacity 1%,10% --json"
    let one = try figures(try run(arguments))
    #expect(one.count == 28)
    #expect(try figures(try run(arguments + " --jobs 2")) == one)
    if let debug = Command.debug {
      let words = ["replay"] + arguments.split(separator: " ").map(String.init)
      #expect(try figures(try debug.run(words)) == one)
    }
  }

  @Test func `scores KV prompts by their cached prefixes`() throws {
    let front = try run("traces/kv-sample.tarn --mode prefix --policy lru --capacity 5% --json")
    let deepest = try run(
      "traces/kv-sample.tarn --mode prefix --touch deepest --policy lru --capacity 5% --json")
    let ratios = try [front, deepest].map { try #require(try $0.json()["miss_ratio"] as? Double) }
    #expect(ratios[1] <= ratios[0])
    #expect(ratios[0] < 1)
  }

  @Test(arguments: [
    ("nowhere.tarn", "cannot be opened"),
    ("traces/requests-sample.tarn --policy seive", "did you mean sieve?"),
    ("traces/requests-sample.tarn --policy s3fifo:smal=1", "did you mean small?"),
    ("traces/requests-sample.tarn --capacity 0", "is zero"),
    ("traces/requests-sample.tarn --capacity 1EiB", "is no capacity"),
    ("traces/requests-sample.tarn --capacity 100TiB", "is larger than all of"),
    ("traces/requests-sample.tarn --mode prefix --policy lru", "use --mode block"),
    ("traces/requests-sample.tarn --mode blocks", "use block or prefix"),
    ("traces/requests-sample.tarn --jobs 0", "use 1 to 256"),
    ("traces/README.md", "README.md"),
    ("traces/kv-sample.tarn --mode prefix --policy belady", "not of prompts"),
  ])
  func `refuses bad input in one line, with status 2 and no output`(
    arguments: String, message: String
  ) throws {
    let outcome = try run(arguments)
    #expect(outcome.status == 2)
    #expect(outcome.output.isEmpty)
    #expect(outcome.errors.contains(message), "\(outcome.errors)")
    #expect(outcome.errorLines.count == 1)
  }
}
