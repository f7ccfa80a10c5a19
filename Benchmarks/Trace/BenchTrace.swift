import Foundation
import Glibc
import TarnSim
import TarnTraceFormat

/// `bench-trace`: how fast traces are written, read and counted, on one core, against the bar of
/// 20 M requests per CPU second. Exit status 1 below the bar for Tarn's own format.
@main
struct BenchTrace {
  private static let bar = 20.0

  static func main() throws {
    let quick = CommandLine.arguments.contains("--quick")
    let count = quick ? 2_000_000 : 20_000_000
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("bench-trace-\(ProcessInfo.processInfo.processIdentifier)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let tarn = folder.appendingPathComponent("trace.tarn").path
    let records = folder.appendingPathComponent("trace.oracleGeneral").path
    let requests = Requests(count: count)

    print("\(count) requests: skewed 64-bit keys, sizes, times; M requests per CPU second")
    let written = try rate(count) { try write(requests, to: tarn) }
    let read = try rate(count) { try readBlocks(tarn) }
    var trace: RequestTrace?
    let loaded = try rate(count) { trace = try RequestTrace.load(path: tarn) }
    let counted = rate(count) { _ = trace?.distinctObjects }
    let converted = try rate(count) { _ = try TraceConversion().convert(tarn, to: records) }
    let loadedRecords = try rate(count) { trace = try RequestTrace.load(path: records) }
    let walked = try rate(count) { try walk(records) }
    show("tarn: written", written, bar: bar)
    show("tarn: read in blocks", read, bar: bar)
    show("tarn: loaded", loaded, bar: bar)
    show("distinct objects", counted)
    show("tarn to oracleGeneral", converted)
    show("oracleGeneral: loaded", loadedRecords)
    show("oracleGeneral: walked, mapped", walked)
    let bytes = try FileManager.default.attributesOfItem(atPath: tarn)[.size] as? Int ?? 0
    print(String(format: "%.2f bytes a request in Tarn's format", Double(bytes) / Double(count)))
    if min(written, read, loaded) < bar { exit(1) }
  }

  private static func show(_ name: String, _ rate: Double, bar: Double? = nil) {
    let verdict = bar.map { String(format: "  %.2f x the bar of %.0f", rate / $0, $0) } ?? ""
    let title = name.padding(toLength: 32, withPad: " ", startingAt: 0)
    print(title + String(format: "%8.1f", rate) + verdict)
  }

  private static func write(_ requests: Requests, to path: String) throws {
    var writer = try TraceWriter(
      path: path, schema: .requests([.time, .size], nanosecondsPerTick: 1_000_000))
    for index in 0..<requests.keys.count {
      try writer.append(
        TraceRequest(
          time: UInt64(index) / 7, key: requests.keys[index], size: requests.sizes[index]))
    }
    try writer.finish()
  }

  private static func readBlocks(_ path: String) throws {
    var reader = try TraceReader(path: path)
    var block = TraceBlock()
    while try reader.next(into: &block) {}
  }

  private static func walk(_ path: String) throws {
    let mapped = try MappedRequests(path: path)
    var sum: UInt64 = 0
    for index in 0..<mapped.count { sum &+= mapped.key(index) ^ UInt64(mapped.size(index)) }
    if sum == 42 { print("") }
  }

  /// Millions a second of this process's processor time.
  private static func rate(_ count: Int, _ body: () throws -> Void) rethrows -> Double {
    let start = clock()
    try body()
    return Double(count) / (Double(clock() - start) / Double(CLOCKS_PER_SEC)) / 1e6
  }
}

/// A stream like a cache's: half of the requests go to a hundredth of two million objects.
struct Requests {
  private(set) var keys: [UInt64] = []
  private(set) var sizes: [UInt64] = []

  init(count: Int) {
    var state: UInt64 = 1
    func mixed(_ value: UInt64) -> UInt64 {
      let bits = (value ^ (value >> 29)) &* 0xBF58_476D_1CE4_E5B9
      return bits ^ (bits >> 32)
    }
    keys.reserveCapacity(count)
    sizes.reserveCapacity(count)
    for _ in 0..<count {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      let draw = state >> 33
      let object = draw & 1 == 0 ? (draw >> 1) % 20_000 : (draw >> 1) % 2_000_000
      keys.append(mixed(object &+ 1))
      sizes.append(64 + mixed(object) % 4096)
    }
  }
}
