import Foundation
import TarnCore
import Testing

@testable import TarnSim

/// Tarn's miss ratios beside an independent simulator's, on the small ones of the shared traces; all of
/// them are compared by Benchmarks/agreement.
@Suite struct AgreementTests {
  /// Traces with their files, small enough for a debug build.
  static let traces = [
    ("adaptsize-cdn", "adaptsize/request.trace.gz"), ("lirs-cpp", "lirs/cpp.trace.gz"),
    ("lirs-cs", "lirs/cs.trace.gz"), ("lirs-multi3", "lirs/multi3.trace.gz"),
    ("cache2k-web12", "cache2k/web12.keys.gz"),
    ("cloudphysics-io", "cloudphysics/cloudPhysicsIO.csv.gz"),
  ]

  /// The reference's name, ours, and by how much ours may be worse: in unit mode, and with sizes.
  static let policies: [(String, String, unit: Double, bytes: Double)] = [
    ("LRU", "lru", 0, 0), ("FIFO", "fifo", 0, 0), ("CLOCK", "clock", 0, 0),
    ("SIEVE", "sieve", 0, 0), ("LFU", "lfu", 0, 0), ("GDSF", "gdsf", 0, 0),
    ("TwoQ", "2q", 0, 0.002), ("Belady", "belady", 0, 0.002), ("ARC", "arc", 0.0002, 0.002),
    ("S3-FIFO", "s3fifo", 0.002, 0.002), ("LIRS", "lirs", 0.002, 0.002),
    ("W-TinyLFU", "wtinylfu", 0.01, 0.01), ("LHD", "lhd", 0.01, 0.01),
    ("BeladySize", "belady-size", 0.01, 0.01),
  ]

  struct Point {
    var algorithm: String
    var isSized: Bool
    var capacity: UInt64
    var missRatio: Double
  }

  static func points(of trace: String) throws -> [Point]? {
    guard let path = SharedTraces.path("../reference/libcachesim-missratios.csv") else {
      return nil
    }
    let lines = try String(contentsOfFile: path, encoding: .utf8).split(whereSeparator: \.isNewline)
      .dropFirst()
    return lines.compactMap { line in
      let fields = line.split(separator: ",", omittingEmptySubsequences: false)
      guard fields[0] == trace, fields[7] == "ok", let capacity = UInt64(fields[4]),
        let missRatio = Double(fields[5])
      else { return nil }
      return Point(
        algorithm: String(fields[2]), isSized: fields[1] == "bytes", capacity: capacity,
        missRatio: missRatio)
    }
  }

  @Test(arguments: traces)
  func `miss ratios agree with the reference, or are better`(trace: String, file: String) throws {
    guard let path = SharedTraces.path(file), let points = try Self.points(of: trace) else {
      return
    }
    let requests = try RequestTrace.load(path: path)
    var compared = 0
    for point in points {
      guard let policy = Self.policies.first(where: { $0.0 == point.algorithm }) else { continue }
      let cell = ReplayCell(
        policy: try ReplayPolicy(parsing: policy.1), capacity: point.capacity,
        isSized: point.isSized)
      let ours = try Replay.run(cell, over: requests).missRatio
      let excess = (ours * 1e6).rounded() / 1e6 - point.missRatio
      let tolerance = point.isSized ? policy.bytes : policy.unit
      #expect(
        excess <= tolerance + 1e-9, "\(policy.1) at \(point.capacity): \(ours), \(point.missRatio)")
      // What is exact is not better either.
      if tolerance == 0 { #expect(excess >= -1e-9, "\(policy.1) at \(point.capacity): \(ours)") }
      compared += 1
    }
    #expect(compared >= 40)
  }
}
