import Dispatch
import Foundation
import Synchronization
import TarnScore
import TarnSettings
import TarnSim
import TarnTraceFormat

/// What `tarn score` was asked for, checked before anything is sent.
struct ScorePlan {
  private let command: ScoreCommand
  private let bucket: String
  private let layout: ObjectLayout
  private let settings: ScoreSettings?

  init(_ command: ScoreCommand) throws {
    self.command = command
    bucket = try ScorePlan.bucket(command.bucket)
    settings = try command.prepare == nil ? ScorePlan.settings(command) : nil
    let block: UInt64
    do { block = try UnitTable.size.read(command.block) } catch {
      throw ScoreError("--block: \(error.message)")
    }
    guard (1...1 << 30).contains(block) else {
      throw ScoreError("--block \(command.block): use 1B to 1GiB")
    }
    if let limit = command.limit, limit < 1 { throw ScoreError("--limit \(limit): use 1 or more") }
    var options = try command.reading.reading(command.trace)
    options.strict = true
    var meter = CountLine(
      isShown: Terminal.isWatched && !command.json, verb: "reading \(command.trace)")
    let trace = try ScoreTrace(
      reading: command.trace, options: options, block: block, limit: command.limit,
      progress: { meter.show($0) })
    meter.clear()
    layout = try ObjectLayout(trace, objects: command.objects, prefix: command.prefix)
  }

  /// Writes the objects' files.
  func prepare(_ folder: String) throws(ScoreError) {
    let count = layout.objects
    let isShown = Terminal.isWatched
    let written = try layout.write(to: folder, bucket: bucket) { done in
      if isShown, done % 16 == 0 { Terminal.writeError("\r\(done) of \(count) files\u{1B}[K") }
      return Interruption.signal == nil
    }
    if isShown { Terminal.writeError("\r\u{1B}[K") }
    print(
      "\(folder): \(count) files of \(layout.bytes) bytes, \(written) of them new"
        + (Interruption.signal == nil ? "" : "; ended early"))
  }

  /// Replays the trace.
  func run() throws -> ScoreReport {
    guard let settings else { preconditionFailure("a plan without a target only prepares") }
    let run = try ScoreRun(layout, settings)
    let meter = ScoreMeter(
      count: layout.requests, isShown: Terminal.isWatched && !command.json)
    defer { meter.clear() }
    return try waiting {
      try await run.run(
        isWanted: { Interruption.signal == nil },
        listening: { address in
          guard settings.listen != nil else { return }
          Terminal.printError("origin: http://\(address)")
        },
        progress: { meter.show($0, $1) })
    }
  }

  func write(_ report: ScoreReport, to path: String) throws(ScoreError) {
    do {
      try Data((try report.json() + "\n").utf8).write(
        to: URL(fileURLWithPath: path), options: .atomic)
    } catch {
      throw ScoreError("--output \(path): cannot be written; name a file that you may write")
    }
  }

  private static func settings(_ command: ScoreCommand) throws(ScoreError) -> ScoreSettings {
    guard let target = command.target else {
      throw ScoreError("name the cache with --target http://HOST:PORT, or a folder with --prepare")
    }
    let (url, host) = try address(target, "--target")
    var settings = ScoreSettings(target: url)
    settings.bucket = try bucket(command.bucket)
    for header in command.headers {
      settings.headers.append(try pair(header, "--header"))
    }
    settings.speed = command.speed
    settings.clients = command.clients ?? (command.speed == nil ? 8 : 256)
    settings.warmup = command.warmup
    guard (1...86_400).contains(command.timeout) else {
      throw ScoreError("--timeout \(command.timeout): use 1 to 86400 seconds")
    }
    settings.timeoutSeconds = command.timeout
    if let listen = command.listen { settings.listen = try endpoint(listen) }
    settings.origin = try command.origin.map { (text) throws(ScoreError) in
      try address(text, "--origin").url
    }
    if let text = command.hitHeader {
      let header = try pair(text, "--hit-header")
      settings.hitHeader = HitHeader(name: header.name, value: header.value)
    }
    settings.verifies = !command.noVerify
    guard ["memory", "flash", "peer"].contains(command.hitsIn) else {
      throw ScoreError("--hits-in \(command.hitsIn): use memory, flash or peer")
    }
    settings.tier = command.hitsIn
    settings.name = command.name ?? host
    settings.hardware = command.hardware ?? settings.hardware
    return settings
  }

  private static func bucket(_ text: String) throws(ScoreError) -> String {
    let isPlain = text.utf8.allSatisfy {
      $0 > 0x20 && $0 < 0x7F && !"?#%\"<>\\^`{|}".utf8.contains($0)
    }
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard isPlain, text.isEmpty || !parts.contains(where: { ["", ".", ".."].contains($0) }) else {
      throw ScoreError(
        "--bucket \(text): write a name as it stands in a URL's path, without slashes around it, . or .."
      )
    }
    return text
  }

  /// A URL of HTTP without query, and its host.
  private static func address(
    _ text: String, _ option: String
  ) throws(ScoreError) -> (url: String, host: String) {
    guard let parts = URLComponents(string: text), let scheme = parts.scheme,
      ["http", "https"].contains(scheme), let host = parts.host, !host.isEmpty,
      parts.query == nil, parts.fragment == nil, parts.user == nil
    else {
      throw ScoreError("\(option) \(text): write a URL such as http://127.0.0.1:8080")
    }
    var url = text
    while url.hasSuffix("/") { url.removeLast() }
    return (url, parts.port.map { "\(host):\($0)" } ?? host)
  }

  private static func endpoint(_ text: String) throws(ScoreError) -> (host: String, port: Int) {
    guard let colon = text.lastIndex(of: ":"), colon != text.startIndex,
      let port = Int(text[text.index(after: colon)...]), (0...65_535).contains(port)
    else {
      throw ScoreError("--listen \(text): write an address and a port, as in 127.0.0.1:9000")
    }
    let host = text[..<colon].trimmingCharacters(in: CharacterSet(charactersIn: "[]"))
    return (host, port)
  }

  private static func pair(
    _ text: String, _ option: String
  ) throws(ScoreError) -> (name: String, value: String) {
    let isSendable = text.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F }
    guard isSendable, let colon = text.firstIndex(of: ":"), colon != text.startIndex,
      text[..<colon].utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F })
    else { throw ScoreError("\(option) '\(text)': write it as 'Name: value'") }
    let value = text[text.index(after: colon)...].trimmingCharacters(in: .whitespaces)
    return (String(text[..<colon]), value)
  }

  /// Waits on this thread for work that is done on others.
  private func waiting<Value: Sendable>(
    for work: @escaping @Sendable () async throws -> Value
  ) throws -> Value {
    let done = DispatchSemaphore(value: 0)
    let box = Box<Value>()
    Task.detached {
      let ended: Result<Value, any Error>
      do { ended = .success(try await work()) } catch { ended = .failure(error) }
      box.result.withLock { $0 = ended }
      done.signal()
    }
    done.wait()
    guard let ended = box.result.withLock({ $0 }) else {
      preconditionFailure("the work has ended, so it left a result")
    }
    return try ended.get()
  }
}

/// A result on its way from one thread to another.
private final class Box<Value: Sendable>: Sendable {
  let result: Mutex<Result<Value, any Error>?>
  init() { result = Mutex(nil) }
}

/// One line on a terminal that says how far the replay is.
private final class ScoreMeter: Sendable {
  private let count: Int
  private let isShown: Bool
  private let last = Mutex((time: UInt64(0), isDirty: false))

  init(count: Int, isShown: Bool) {
    self.count = count
    self.isShown = isShown
  }

  func show(_ done: Int, _ hits: Int) {
    guard isShown else { return }
    last.withLock { last in
      let now = DispatchTime.now().uptimeNanoseconds
      guard now - last.time > 200_000_000 else { return }
      last = (now, true)
      Terminal.writeError("\r\(done) of \(count) requests, \(hits) hits\u{1B}[K")
    }
  }

  func clear() {
    last.withLock { last in
      if last.isDirty { Terminal.writeError("\r\u{1B}[K") }
      last.isDirty = false
    }
  }
}
