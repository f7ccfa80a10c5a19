import Testing

@Suite(.enabled(if: Command.release != nil, "the release binary is missing: run make test"))
struct `tarn curve` {
  private func run(_ arguments: [String]) throws -> Command.Outcome {
    try #require(Command.release).run(["curve", "traces/kv-sample.tarn"] + arguments)
  }

  @Test func `prints the same with one job and with two`() throws {
    let arguments = ["--policy", "lru,s3fifo", "--points", "6", "--rate", "0.05", "--json"]
    let one = try run(arguments)
    let two = try run(arguments + ["--jobs", "2"])
    #expect(one.status == 0 && two.status == 0)
    #expect(one.output.split(separator: "\n").count == 12)
    #expect(one.output.contains(#""method":"sampled""#))
    #expect(one.output == two.output)
  }

  @Test(arguments: [
    (["--policy", "lur"], "tarn: policy 'lur' is unknown; did you mean lru?"),
    (["--repeats", "1"], "tarn: --repeats 1: use 2 to 100"),
    (
      ["--capacity", "1%", "--points", "3"],
      "tarn: --points and --capacity exclude each other; leave one out"
    ),
  ])
  func `refuses what it can't do in one line`(arguments: [String], line: String) throws {
    let outcome = try run(arguments)
    #expect(outcome.status == 2)
    #expect(outcome.errorLines == [line])
    #expect(outcome.output.isEmpty)
  }
}
