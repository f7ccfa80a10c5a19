import Foundation
import Synchronization
import Testing

@testable import TarnNode

/// A folder on a file system with O_DIRECT, removed at the end.
private final class ScratchFolder {
  let path: String
  init() throws {
    path = Promtool.root + "/.build/calibrate-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }
  deinit { try? FileManager.default.removeItem(atPath: path) }
}

private func quick() -> Calibration.Settings {
  var settings = Calibration.Settings()
  settings.seconds = 0.06
  settings.runs = 2
  settings.threads = 1
  return settings
}

@Suite struct CalibrationTests {
  @Test func everythingIsMeasuredAndWrittenInTheScenariosOwnKeys() async throws {
    let folder = try ScratchFolder()
    let origin = MemoryOrigin(
      ["a": 5, "big": 9 << 20, "c": 1, "z": 2], failing: [.throttled(retryAfterMilliseconds: 1)])
    var settings = quick()
    settings.className = "lab"
    settings.gpus = 4
    settings.threads = 2
    settings.flash = .init(directory: folder.path, fileBytes: 4 << 20)
    settings.origin = .init(origin)
    settings.blockBytes = 64 << 10
    let heard = Mutex<[String]>([])
    let report = try await Calibration.measure(settings) { line in
      heard.withLock { $0.append(line) }
    }
    let yaml = report.yaml
    let values = try ScenarioSchema.values(in: yaml)
    // The 99.9th percentile is written where there are reads enough.
    #expect(
      Set(values.keys).subtracting(["origin.first_byte.p999"]) == [
        "topology.network.rack_rtt", "topology.classes.NAME.gpus", "topology.classes.NAME.nic",
        "topology.classes.NAME.nodes_per_rack", "topology.classes.NAME.nvme.drives",
        "topology.classes.NAME.nvme.capacity", "topology.classes.NAME.nvme.read",
        "topology.classes.NAME.nvme.write", "topology.classes.NAME.nvme.iops",
        "topology.classes.NAME.nvme.read_latency", "topology.classes.NAME.nvme.write_latency",
        "topology.classes.NAME.memory.bandwidth", "origin.bytes", "origin.per_request",
        "origin.first_byte.p50", "origin.first_byte.p90", "origin.first_byte.p99",
      ])
    let schema = try ScenarioSchema()
    for (path, value) in values {
      let unit = schema.unit(of: path)
      #expect(unit != nil, "\(path) is no key of SCHEMA.md")
      #expect(ScenarioSchema.isWritten(value, as: unit ?? ""), "\(path): \(value)")
    }
    #expect(values["topology.classes.NAME.gpus"] == "4")
    #expect(yaml.contains("\n    lab:\n"))
    #expect(yaml.contains("random reads of 4 KiB, 16 at once:"))
    // The largest object was on the second page, was read in blocks, and the 503 was waited out.
    #expect(yaml.contains("object c/big of 9437184 bytes. 1 reads were throttled"))
    #expect(origin.state.withLock { $0.largestRead } == 4 << 20)
    // Nothing is left on the drive.
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == [])
    let lines = heard.withLock { $0 }
    #expect(lines.first == "origin: looking for an object of memory:test")
    #expect(lines.contains("memory: copies of 4 KiB"))
    #expect(lines.contains("flash: sequential writes of 1024 KiB, 16 at once"))
    #expect(lines.contains("origin: reads of 65536 bytes with pauses"))
    #expect(lines.last == "origin: ranged reads, 4 at once")
    #expect(yaml.contains("Reads of 65536 bytes, one after the other with pauses: p50 "))
  }

  @Test func cellsCoverPatternsDirectionsAndDepths() async throws {
    let folder = try ScratchFolder()
    var settings = quick()
    settings.runs = 1
    settings.flash = .init(directory: folder.path, fileBytes: 2 << 20)
    let flash = try #require(try await Calibration.measure(settings).flash)
    #expect(flash.cells.count == 18)
    for cell in flash.cells {
      #expect(cell.latency.samples >= UInt64(cell.depth) && cell.operationsPerSecond.median > 0)
      #expect(cell.latency.p50 <= cell.latency.p99 && cell.latency.p99 <= cell.latency.p999)
    }
    #expect(flash.fileSystemBytes > flash.fileBytes)
  }

  @Test func withoutFlashAndOriginTheReportSaysWhatIsMissing() async throws {
    let report = try await Calibration.measure(quick())
    #expect(report.flash == nil && report.origin == nil)
    #expect(report.yaml.contains("# nvme was not measured: run it with a folder on the drive"))
    #expect(report.yaml.contains("over loopback, which crosses no network"))
    #expect(try ScenarioSchema.values(in: report.yaml)["origin.bytes"] == nil)
  }

  @Test func oneAnswersRateLeavesTheFirstByteOut() {
    func rate(_ bytesPerSecond: Double, firstByte: Double, readBytes: UInt64 = 4 << 20) -> Double? {
      var counts = LatencyCounts()
      counts.record(UInt64(firstByte * 1e9))
      return OriginMeasurement(
        origin: "o", container: "c", key: "k", objectBytes: readBytes,
        firstByte: LatencyFigures(counts), firstByteMedian: Measured([firstByte * 1e9]),
        block: .init(bytes: readBytes, latency: LatencyFigures(counts)), readBytes: readBytes,
        reads: [
          .init(concurrency: 4, bandwidth: Measured([9e9])),
          .init(concurrency: 1, bandwidth: Measured([bytesPerSecond])),
        ], throttled: 0
      ).bytesPerSecondOfOneAnswer
    }
    // 4 MiB in 100 ms, of which 20 ms until the first byte: 4 MiB in 80 ms.
    let found = rate(41_943_040, firstByte: 0.02) ?? 0
    #expect(abs(found - 52_428_800) < 52_428_800 / 100)
    #expect(rate(41_943_040, firstByte: 0.099) == nil)
    #expect(rate(41_943_040, firstByte: 0.2) == nil)
    #expect(rate(41_943_040, firstByte: 0.0001, readBytes: 1_000) == nil)
  }

  @Test func theFirstBytesTailIsThatOfWholeBlocks() {
    var counts = LatencyCounts()
    counts.record(1_000_000)
    var blocks = LatencyCounts()
    for _ in 0..<98 { blocks.record(12_000_000) }
    for _ in 0..<2 { blocks.record(60_000_000) }
    var origin = OriginMeasurement(
      origin: "o", container: "c", key: "k", objectBytes: 4 << 20,
      firstByte: LatencyFigures(counts), firstByteMedian: Measured([1e6]),
      block: .init(bytes: 256 << 10, latency: LatencyFigures(blocks)), readBytes: 4 << 20,
      // 160 ms of flow for 4 MiB, so 10 ms for a block.
      reads: [.init(concurrency: 1, bandwidth: Measured([Double(4 << 20) / 0.161]))],
      throttled: 0)
    let quantiles = origin.firstByteQuantiles
    #expect(quantiles.map(\.name) == ["p50", "p90", "p99"])
    for (quantile, expected) in zip(quantiles, [2e6, 2e6, 50e6]) {
      #expect(abs(quantile.span - expected) < expected / 20, "\(quantile)")
    }
    // Of an object too small to tell its flow, only the single byte is known.
    origin.readBytes = 1_000
    #expect(origin.firstByteQuantiles.allSatisfy { abs($0.span - 1e6) < 1e4 })
  }

  @Test func aPeerIsMeasuredOverItsOwnConnection() async throws {
    let peer = try CalibrationPeer(on: .init(host: "127.0.0.1", port: 0))
    var settings = quick()
    settings.peer = .init(host: "localhost", port: peer.port)
    let network = try await Calibration.measure(settings).network
    #expect(network.peer == "localhost:\(peer.port)")
    #expect(network.roundTrips.samples > 0 && network.bandwidth.median > 0)
    #expect(network.loadedRoundTrips.samples > 0)
    try await peer.stop()
  }

  @Test func whatLiesBeforeOthersBytesIsWrittenForAPathToAPeer() async throws {
    let peer = try CalibrationPeer(on: .init(host: "127.0.0.1", port: 0))
    var settings = quick()
    settings.peer = .init(host: "localhost", port: peer.port)
    var report = try await Calibration.measure(settings)
    try await peer.stop()
    var counts = LatencyCounts()
    counts.record(2_100_000)
    report.network.loadedRoundTrips = LatencyFigures(counts)
    report.network.roundTrip = Measured([100_000])
    report.network.bandwidth = Measured([25_000_000])
    // 2 ms of 25 MB/s.
    #expect(abs(report.network.bytesAhead - 50_000) < 500)
    let key = "topology.network.interleave"
    let size = try #require(try ScenarioSchema.values(in: report.yaml)[key])
    #expect(ScenarioSchema.isWritten(size, as: try ScenarioSchema().unit(of: key) ?? ""))
    report.network.peer = nil
    #expect(try ScenarioSchema.values(in: report.yaml)[key] == nil)
  }

  @Test func wrongSettingsAreNamedWithTheCure() async throws {
    var settings = quick()
    settings.seconds = 0
    await #expect(
      throws: CalibrationError.setting("seconds", "0.0", "give more than 0 and at most 3600")
    ) { try await Calibration.measure(settings) }
    settings = quick()
    settings.runs = 101
    await #expect(throws: CalibrationError.setting("runs", "101", "give 1 to 100")) {
      try await Calibration.measure(settings)
    }
    settings = quick()
    settings.gpus = 0
    await #expect(throws: CalibrationError.setting("gpus", "0", "give 1 to 1024")) {
      try await Calibration.measure(settings)
    }
    settings = quick()
    settings.className = "my node"
    await #expect(
      throws: CalibrationError.setting("name", "'my node'", "give letters, digits, - and _")
    ) { try await Calibration.measure(settings) }
    settings = quick()
    settings.flash = .init(directory: "/", fileBytes: 1_000)
    await #expect(throws: CalibrationError.setting("file size", "1000 B", "give 2 MiB at least")) {
      try await Calibration.measure(settings)
    }
  }

  @Test func aFolderThatCannotHoldTheFileIsNamed() async throws {
    var settings = quick()
    settings.flash = .init(directory: "/no/such/folder", fileBytes: 2 << 20)
    await #expect {
      _ = try await Calibration.measure(settings)
    } throws: {
      "\($0)".hasPrefix(
        "calibrate: flash: /no/such/folder: no file can be made there (No such file")
    }
    let folder = try ScratchFolder()
    settings.flash = .init(directory: folder.path, fileBytes: 1 << 60)
    await #expect {
      _ = try await Calibration.measure(settings)
    } throws: {
      "\($0)".contains("MiB free, fewer than the file's 1099511627776 MiB")
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == [])
  }

  @Test func aPeerThatIsNotThereIsNamed() async throws {
    let closed = try CalibrationPeer(on: .init(host: "127.0.0.1", port: 0))
    let port = closed.port
    try await closed.stop()
    var settings = quick()
    settings.peer = .init(host: "127.0.0.1", port: port)
    await #expect {
      _ = try await Calibration.measure(settings)
    } throws: {
      "\($0)"
        == "calibrate: network: 127.0.0.1:\(port): Connection refused; start tarn-node calibrate "
        + "--serve on that machine and give its address"
    }
    settings.peer = .init(host: "no such host", port: 1)
    await #expect {
      _ = try await Calibration.measure(settings)
    } throws: {
      "\($0)".hasPrefix("calibrate: network: no such host:1 is no address (")
    }
  }

  @Test func anOriginThatCannotBeReadIsNamed() async throws {
    func failure(
      _ origin: MemoryOrigin, container: String? = nil, key: String? = nil
    ) async throws -> String {
      var settings = quick()
      settings.origin = .init(origin, container: container, key: key)
      do {
        _ = try await Calibration.measure(settings)
        return "no error"
      } catch let error as CalibrationError {
        return "\(error)"
      }
    }
    #expect(
      try await failure(MemoryOrigin(["a": 0])).hasPrefix(
        "calibrate: origin: memory:test has no object with bytes in c; name another"))
    #expect(
      try await failure(MemoryOrigin(["a": 0]), key: "a")
        == "calibrate: origin: c/a of memory:test is empty; name a large object")
    #expect(
      try await failure(MemoryOrigin(["a": 1]), key: "b").contains("c/b (there is no such object)"))
    #expect(
      try await failure(MemoryOrigin(["a": 1]), container: "d").contains(
        "list d (there is no such container)"))
    #expect(
      try await failure(MemoryOrigin(["a": 1], failing: [.changed])).contains(
        "memory:test failed a read of c/a: the object was replaced meanwhile"))
  }
}

@Suite struct MeasuredTests {
  @Test func theMedianOfRunsHasItsSpread() {
    let odd = Measured([3, 1, 2])
    #expect(odd.median == 2 && odd.least == 1 && odd.greatest == 3)
    #expect(Measured([4, 1, 2, 3]).median == 2.5)
    #expect(odd.spread { "\(Int($0))x" } == "(1x to 3x)")
  }

  @Test func percentilesAreRightToOnePercent() {
    var random = CheapRandom(1)
    var counts = LatencyCounts()
    var sorted: [UInt64] = []
    for _ in 0..<20_000 {
      let value = random.next() >> (random.next() % 50 + 14)
      counts.record(value)
      sorted.append(value)
    }
    sorted.sort()
    for rank in [0.001, 0.01, 0.5, 0.9, 0.99, 0.999, 1] {
      let exact = Double(sorted[Int((Double(sorted.count) * rank).rounded(.up)) - 1])
      #expect(abs(counts.percentile(rank) - exact) <= exact / 128, "\(rank)")
    }
    #expect(LatencyCounts().percentile(0.5) == 0)
    var sum = counts
    sum += counts
    #expect(sum.count == 40_000 && sum.percentile(0.5) == counts.percentile(0.5))
  }

  @Test func quantitiesHaveThreeDigitsAndAUnit() {
    #expect(ScenarioQuantity.rate(6_524_000_000) == "6.52GB/s")
    #expect(ScenarioQuantity.rate(999_700) == "1MB/s")
    #expect(ScenarioQuantity.rate(0.2) == "1B/s")
    #expect(ScenarioQuantity.bitRate(20_000_000_000) == "160Gb/s")
    #expect(ScenarioQuantity.size(3_840_755_982_336) == "3.84TB")
    #expect(ScenarioQuantity.duration(81_460) == "81.5us")
    #expect(ScenarioQuantity.duration(1_050_000) == "1.05ms")
    #expect(ScenarioQuantity.duration(12_000_000_000) == "12s")
    #expect(ScenarioQuantity.frequency(912_345) == "912k/s")
    #expect(ScenarioQuantity.frequency(850) == "850/s")
  }

  @Test func commentsStayCommentsWhateverNamesHold() throws {
    var text = ScenarioText()
    text.key("a") { text in
      text.comment("evil\u{0B}name: [\nb: 2")
      text.line("c", "1")
    }
    #expect(text.text == "a:\n  # evil?name: [\n  # b: 2\n  c: 1\n")
  }
}
