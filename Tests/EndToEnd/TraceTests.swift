import Foundation
import Testing

/// `tarn trace` as its users run it.
@Suite(.enabled(if: Command.release != nil, "build the release binary first"))
struct TraceTests {
  private func tarn(_ arguments: [String]) throws -> Command.Outcome {
    try #require(Command.release).run(["trace"] + arguments)
  }

  private func file(_ text: String, _ name: String, in folder: TemporaryFolder) throws -> String {
    let url = folder.url.appendingPathComponent(name)
    try text.write(to: url, atomically: true, encoding: .utf8)
    return url.path
  }

  @Test func `info describes a CSV as it is`() throws {
    let folder = try TemporaryFolder()
    let path = try file("time,object,size\n0,7,100\n2,8,50\n4,7,100\n", "t.csv", in: folder)
    let outcome = try tarn(["info", "--json", path])
    #expect(outcome.status == 0)
    let json = try outcome.json()
    #expect(json["format"] as? String == "csv")
    #expect(json["records"] as? Int == 3)
    #expect(json["span_s"] as? Double == 4)
    let figures = try #require(json["figures"] as? [String: Any])
    #expect(figures["distinct_objects"] as? Int == 2)
    #expect(figures["footprint_bytes"] as? Int == 150)
    #expect(figures["requested_bytes"] as? Int == 250)
    let text = try tarn(["info", path]).output
    #expect(text.contains("footprint         150 bytes"))
    #expect(text.contains("distinct objects  2, 50.00 % of them requested once"))
  }

  @Test func `head prints text or JSON lines`() throws {
    let folder = try TemporaryFolder()
    let path = try file("time,object,size\n0,7,100\n2,8,50\n4,7,100\n", "t.csv", in: folder)
    #expect(try tarn(["head", "-n", "1", path]).output == "time\tkey\tsize\n0.000000\t7\t100\n")
    #expect(
      try tarn(["head", "--json", "--from", "1", "-n", "1", path]).output
        == "{\"record\": 1, \"time_ns\": 2000000000, \"key\": 8, \"size\": 50}\n")
  }

  @Test func `a trace goes through every format and comes back`() throws {
    let folder = try TemporaryFolder()
    let text = "time,key,size\n0,7,100\n2,8,50\n4,7,100\n"
    let path = try file(text, "t.csv", in: folder)
    var last = path
    for name in ["a.tarn", "b.oracleGeneral", "c.csv"] {
      let next = folder.url.appendingPathComponent(name).path
      let outcome = try tarn(["convert", last, next])
      #expect(outcome.status == 0, "\(outcome.errors)")
      #expect(outcome.output == "3 records written to \(next)\n")
      last = next
    }
    #expect(try String(contentsOfFile: last, encoding: .utf8) == text)
  }

  @Test func `flags map the columns of any CSV`() throws {
    let folder = try TemporaryFolder()
    let path = try file("5;/a;9\n6;/b;9\n", "t.txt", in: folder)
    let outcome = try tarn([
      "head", path, "--no-header", "--key-column", "2", "--time-column", "1", "--time-unit", "ms",
      "--size-column", "3", "--delimiter", ";",
    ])
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.output.hasPrefix("time\tkey\tsize\n0.005000\t"))
  }

  @Test func `a sample states its rate`() throws {
    let folder = try TemporaryFolder()
    let path = try file((0..<5000).map { "\($0)\n" }.joined(), "t.keys", in: folder)
    let output = folder.url.appendingPathComponent("s.tarn").path
    #expect(try tarn(["sample", path, output, "--rate", "0.1"]).status == 0)
    #expect(try tarn(["info", output]).output.contains("sample_rate=0.1"))
    let wrong = try tarn(["sample", path, output, "--rate", "2"])
    #expect(wrong.status == 2)
    #expect(wrong.errors == "tarn: --rate 2.0: a number over 0 and at most 1 is needed\n")
  }

  @Test(arguments: [
    ("", [], "is an empty file"),
    ("1 2\n1 2 3\n", [], "lines of different numbers of words"),
    ("time,key\n2,1\n1,1\n", [], ":3: its time 1 is before its predecessor's 2"),
    ("key\n1\n", ["--format", "cvs"], "did you mean csv?"),
    ("key\n1\n", ["--time-unit", "h"], "use s, ms, us, ns or date"),
    ("client,t_s,rate_rps\n1,2,3\n", [], "request rates"),
  ])
  func `bad input is one line with its cure and status 2`(
    text: String, options: [String], expected: String
  ) throws {
    let folder = try TemporaryFolder()
    let path = try file(text, "t", in: folder)
    let output = folder.url.appendingPathComponent("o.tarn").path
    for arguments in [["info", path], ["head", path], ["convert", path, output]] {
      let outcome = try tarn(arguments + options)
      #expect(outcome.status == 2, "\(arguments[0])")
      #expect(outcome.errorLines.count == 1, "\(outcome.errors)")
      #expect(outcome.errors.hasPrefix("tarn: \(path)"), "\(outcome.errors)")
      #expect(outcome.errors.contains(expected), "\(outcome.errors)")
    }
    // Not even a half-written output.
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path) == ["t"])
  }

  @Test func `a damaged trace yields what is whole, and strictly nothing`() throws {
    let folder = try TemporaryFolder()
    let path = try file(
      (0..<200_000 as Range<UInt64>).map { "\($0 &* $0 &* 0x9E37_79B9_7F4A_7C15)\n" }.joined(),
      "t.keys",
      in: folder)
    let tarn = folder.url.appendingPathComponent("a.tarn")
    #expect(try self.tarn(["convert", path, tarn.path]).status == 0)
    var bytes = try Data(contentsOf: tarn)
    bytes[bytes.count / 2] ^= 1
    try bytes.write(to: tarn)
    let info = try self.tarn(["info", tarn.path])
    #expect(info.status == 2)
    #expect(info.output.contains("records           134464"))
    #expect(info.errors.contains("records 65536 to 131071 are lost"), "\(info.errors)")
    let strict = try self.tarn(["info", "--strict", tarn.path])
    #expect(strict.status == 2)
    #expect(strict.output.isEmpty)
  }

  @Test func `the formats are listed`() throws {
    let outcome = try tarn(["formats"])
    #expect(outcome.status == 0)
    for name in ["tarn", "oracle-general", "lcs", "csv", "arc", "agentic"] {
      #expect(outcome.output.split(separator: "\n").contains { $0.hasPrefix("\(name) ") })
    }
  }
}
