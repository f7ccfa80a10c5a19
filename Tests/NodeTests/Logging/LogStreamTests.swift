import Foundation
import Logging
import Synchronization
import Testing

@testable import TarnNode

/// A pipe that a log writes to and a test reads from.
private final class LogPipe {
  private(set) var reader: CInt
  let writer: CInt

  init() throws {
    _ = signal(SIGPIPE, SIG_IGN)
    var ends: [CInt] = [-1, -1]
    try #require(pipe(&ends) == 0)
    (reader, writer) = (ends[0], ends[1])
  }

  deinit {
    close(writer)
    hangUp()
  }

  func hangUp() {
    if reader >= 0 { close(reader) }
    reader = -1
  }

  /// All that lies in the pipe now.
  func drain() -> String {
    _ = fcntl(reader, F_SETFL, O_NONBLOCK)
    var bytes: [UInt8] = []
    var part = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = read(reader, &part, part.count)
      guard count > 0 else { return String(decoding: bytes, as: UTF8.self) }
      bytes += part[..<count]
    }
  }

  var lines: [String] { drain().split(separator: "\n").map(String.init) }
}

private func logger(_ stream: LogStream, _ label: String = "tarn") -> Logger {
  Logger(label: label, factory: { stream.handler(label: $0) })
}

@Suite struct LogStreamTests {
  @Test func aLineOfJSONIsAnObjectWithNestedMetadata() throws {
    let pipe = try LogPipe()
    var log = logger(LogStream(.json, level: .info, descriptor: pipe.writer))
    log[metadataKey: "shard"] = "3"
    log.warning(
      "a \"quoted\"\nmessage \u{7F}",
      metadata: [
        "shard": "4", "list": ["x", ["k": "v"]], "size": .stringConvertible(12), "empty": [:],
      ])
    let text = pipe.drain()
    #expect(text.hasSuffix("}\n") && text.split(separator: "\n").count == 1)
    let object = try #require(
      try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    #expect(object["level"] as? String == "warning")
    #expect(object["message"] as? String == "a \"quoted\"\nmessage \u{7F}")
    #expect(object["logger"] as? String == "tarn")
    let metadata = try #require(object["metadata"] as? [String: Any])
    #expect(metadata["shard"] as? String == "4" && metadata["size"] as? String == "12")
    let list = try #require(metadata["list"] as? [Any])
    #expect(list[0] as? String == "x" && (list[1] as? [String: String]) == ["k": "v"])
    let time = try #require(object["time"] as? String)
    #expect(time.wholeMatch(of: /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/) != nil)
  }

  @Test func aLineOfTextIsReadable() {
    let record = LogRecord(
      time: LogTime(milliseconds: 1_700_000_000_042), level: .error, message: "it\nfailed",
      label: "tarn",
      metadata: ["path": "/a b", "count": "7", "none": "", "list": ["x", ["k": "v=w"]]])
    #expect(
      record.line(.text)
        == "2023-11-14T22:13:20.042Z ERROR    it\\nfailed count=7 list=\"[x, {k: v=w}]\" none=\"\" "
        + "path=\"/a b\"\n")
    #expect(
      record.line(.json)
        == "{\"time\":\"2023-11-14T22:13:20.042Z\",\"level\":\"error\",\"message\":\"it\\nfailed\","
        + "\"logger\":\"tarn\",\"metadata\":{\"count\":\"7\",\"list\":[\"x\",{\"k\":\"v=w\"}],"
        + "\"none\":\"\",\"path\":\"/a b\"}}\n")
  }

  @Test func timesAreRFC3339() {
    #expect(LogTime(milliseconds: 0).text == "1970-01-01T00:00:00.000Z")
    #expect(LogTime(milliseconds: 951_827_696_789).text == "2000-02-29T12:34:56.789Z")
    #expect(LogTime(milliseconds: 4_102_444_799_999).text == "2099-12-31T23:59:59.999Z")
  }

  @Test func theSharedLevelChangesWhileTheNodeRuns() throws {
    let pipe = try LogPipe()
    let stream = LogStream(.text, level: .warning, descriptor: pipe.writer)
    let log = logger(stream)
    var own = logger(stream, "own")
    own.logLevel = .critical
    log.info("unheard")
    stream.level = .debug
    log.debug("heard")
    log.trace("too fine")
    own.error("below its own level")
    let lines = pipe.lines
    #expect(lines.count == 1 && lines[0].hasSuffix("DEBUG    heard"))
  }

  @Test func levelsAreReadFromTheConfiguration() throws {
    var configuration = NodeConfiguration.Log()
    configuration.level = "Notice"
    #expect(try LogStream(configuration).level == .notice)
    configuration.level = "loud"
    #expect {
      _ = try LogStream(configuration)
    } throws: {
      "\($0)"
        == "log.level: 'loud' is not a level; write one of trace, debug, info, notice, warning, "
        + "error, critical"
    }
  }

  @Test func whatProviderLoggerCallAndErrorSayIsMerged() throws {
    let pipe = try LogPipe()
    let stream = LogStream(.text, level: .info, descriptor: pipe.writer)
    let provider = Logger.MetadataProvider { ["a": "1", "b": "1", "c": "1"] }
    var log = Logger(label: "x", factory: { stream.handler(label: $0, provider: provider) })
    log[metadataKey: "b"] = "2"
    log[metadataKey: "c"] = "2"
    log.info("m", metadata: ["c": "3"])
    #expect(pipe.lines.first?.hasSuffix("INFO     m a=1 b=2 c=3") == true)
  }

  @Test func threadsDoNotTearEachOthersLines() async throws {
    let pipe = try LogPipe()
    let stream = LogStream(.json, level: .info, descriptor: pipe.writer)
    await withTaskGroup(of: Void.self) { group in
      for thread in 0..<4 {
        group.addTask {
          let log = logger(stream)
          for line in 0..<50 { log.info("\(thread) \(line)", metadata: ["t": "\(thread)"]) }
        }
      }
    }
    let lines = pipe.lines
    #expect(lines.count == 200)
    for line in lines {
      #expect((try? JSONSerialization.jsonObject(with: Data(line.utf8))) != nil, "\(line)")
    }
  }

  @Test func aFullPipeCostsLinesAndTheNextOneSaysHowMany() throws {
    let pipe = try LogPipe()
    let stream = LogStream(.text, level: .info, descriptor: pipe.writer)
    let log = logger(stream)
    let filler = String(repeating: "x", count: 1_000)
    var sent: UInt64 = 0
    while stream.dropped < 10 {
      log.info("\(filler)")
      sent += 1
    }
    let before = pipe.lines
    #expect(UInt64(before.count) == sent - 10)
    log.info("again")
    let after = pipe.lines
    #expect(after.count == 2 && after[0].hasSuffix("INFO     again"))
    #expect(
      after.last?.hasSuffix("log lines are missing: their reader was too slow lines=10") == true)
  }

  @Test func aLineTooLongForThePipesRestIsEndedBeforeTheNext() throws {
    let pipe = try LogPipe()
    let stream = LogStream(.json, level: .info, descriptor: pipe.writer)
    let log = logger(stream)
    let long = String(repeating: "y", count: 8_000)
    while stream.dropped == 0 { log.info("\(long)") }
    _ = pipe.drain()
    log.info("whole")
    let lines = pipe.drain().split(separator: "\n").map(String.init)
    #expect(lines.contains { $0.contains("\"message\":\"whole\"") && $0.hasPrefix("{\"time\"") })
  }

  @Test func whatIsTooLongIsCut() {
    let record = LogRecord(
      level: .info, message: String(repeating: "é", count: 10_000), label: "x", metadata: [:])
    let line = record.line(.text)
    #expect(line.hasSuffix("... (11808 bytes more)\n") && line.utf8.count < 9_000)
  }

  @Test func aReaderThatIsGoneIsNoTrouble() throws {
    let pipe = try LogPipe()
    let stream = LogStream(.text, level: .info, descriptor: pipe.writer)
    pipe.hangUp()
    logger(stream).info("for nobody")
    #expect(stream.dropped == 1)
  }

  @Test func aSocketThatIsFullDoesNotBlockEither() throws {
    var ends: [CInt] = [-1, -1]
    try #require(socketpair(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0, &ends) == 0)
    defer { ends.forEach { close($0) } }
    let stream = LogStream(.text, level: .info, descriptor: ends[0])
    let log = logger(stream)
    let filler = String(repeating: "z", count: 4_000)
    while stream.dropped < 3 { log.info("\(filler)") }
    #expect(stream.dropped == 3)
  }
}
