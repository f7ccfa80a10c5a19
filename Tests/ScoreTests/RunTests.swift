import Testing

@testable import TarnScore

/// The replay itself, against the origin with no cache in between.
struct RunTests {
  private func trace(times: Bool = true) -> ScoreTrace {
    var trace = ScoreTrace(name: "loop")
    for index in 0..<60 {
      trace.append(
        low: UInt64(index % 20), high: 7, length: 1_000 + UInt32(index % 20),
        time: times ? UInt64(index) * 1_000_000 : nil)
    }
    return trace
  }

  /// A port of loopback that is free now.
  private func freePort() async throws -> Int {
    let layout = try ObjectLayout(trace())
    let origin = try await CountingOrigin(
      host: "127.0.0.1", port: 0, layout: layout, ledger: OriginLedger(blocks: 20), behind: nil)
    let task = Task { await origin.serve() }
    task.cancel()
    await task.value
    return Int(origin.address.split(separator: ":")[1]) ?? 0
  }

  private func score(
    objects: Int? = nil, _ change: (inout ScoreSettings) -> Void = { _ in }
  ) async throws -> ScoreReport {
    let port = try await freePort()
    var settings = ScoreSettings(target: "http://127.0.0.1:\(port)")
    settings.listen = ("127.0.0.1", port)
    change(&settings)
    return try await ScoreRun(try ObjectLayout(trace(), objects: objects), settings).run()
  }

  @Test func `without a cache every request is a miss and every byte the origin's`() async throws {
    let found = try await score().measured
    #expect(found.requests == 60)
    #expect(found.misses == 60)
    #expect(found.origin?.reads == 60)
    #expect(found.origin?.bytes == 60_570)
    #expect(found.bytes == 60_570)
    #expect(found.wrong == 0)
    #expect(found.complete)
  }

  @Test func `ranges of large objects are read as such, at the recorded times too`() async throws {
    let found = try await score(objects: 3) { $0.speed = 10 }.measured
    #expect(found.requests == 60)
    #expect(found.origin?.reads == 60)
    #expect(found.origin?.bytes == 60_570)
    #expect(found.failures.isEmpty)
  }

  @Test func `the warm-up is not counted`() async throws {
    let found = try await score {
      $0.warmup = 50
      $0.clients = 1
    }.measured
    #expect(found.requests == 10)
    #expect(found.origin?.requests == 10)
  }

  @Test func `the figures are those that the external design reads`() async throws {
    let report = try await score { $0.name = "other" }
    let text = try report.json()
    for key in ["hit_ratio", "latency_us", "origin_load_factor", "extra_hardware", "source"] {
      #expect(text.contains("\"\(key)\""), "\(text)")
    }
    #expect(report.originLoadFactor == 1)
    #expect(report.hitRatio.peer == 0)
    #expect("\(ScoreText(report))".contains("60 requests"))
  }

  @Test func `nobody at the target is one error that names it`() async throws {
    let port = try await freePort()
    var settings = ScoreSettings(target: "http://127.0.0.1:\(port)")
    settings.hitHeader = HitHeader(name: "X-Cache", value: "HIT")
    let run = try ScoreRun(try ObjectLayout(trace()), settings)
    let error = await #expect(throws: ScoreError.self) { try await run.run() }
    #expect(error?.description.contains("127.0.0.1:\(port): cannot be reached") == true)
  }

  @Test func `settings that contradict each other are refused`() throws {
    func refusal(_ trace: ScoreTrace, _ change: (inout ScoreSettings) -> Void) -> String {
      var settings = ScoreSettings(target: "http://127.0.0.1:1")
      settings.listen = ("127.0.0.1", 0)
      change(&settings)
      do {
        _ = try ScoreRun(try ObjectLayout(trace), settings)
        return ""
      } catch { return "\(error)" }
    }
    #expect(refusal(trace()) { _ in } == "")
    #expect(refusal(trace()) { $0.listen = nil }.contains("nothing tells hits from misses"))
    #expect(refusal(trace()) { $0.clients = 0 }.contains("--clients 0"))
    #expect(refusal(trace()) { $0.warmup = 60 }.contains("fewer than the 60 requests"))
    #expect(refusal(trace()) { $0.speed = 0 }.contains("--speed 0"))
    #expect(refusal(trace(times: false)) { $0.speed = 1 }.contains("tells no times"))
  }
}
