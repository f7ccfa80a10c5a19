import ArgumentParser
import Foundation
import TarnCore
import TarnNode

/// Reads of 4 MiB blocks through the store beside fio reading the same file, by turns.
struct ReadRace: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "read", abstract: "4 MiB reads through the store beside fio on the same file.")
  static let blockBytes: UInt32 = 4 << 20
  static let blocksInSegment: UInt32 = 64

  @OptionGroup var options: StoreOptions
  @Option(help: "Blocks of 4 MiB; each is read once a round.") var blocks = 256
  @Option(help: "Rounds at each depth.") var rounds = 5

  func run() async throws {
    let segmentBytes = Self.blockBytes * Self.blocksInSegment
    let segments = max(4, (blocks + Int(Self.blocksInSegment) - 1) / Int(Self.blocksInSegment))
    try SegmentStore.reset(directory: options.directory)
    let store = try StoreOnLoop(options, segments: UInt64(segments), segmentBytes: segmentBytes)
    print(store.store.description)
    let places = (0..<blocks).map { place($0) }
    try await fill(store, places)
    print("4 MiB reads, GB/s: median of \(rounds) rounds (least to most)")
    for depth in [1, 4, 16] {
      var ours: [Double] = []
      var theirs: [Double] = []
      for round in 0..<rounds {
        if round % 2 == 0 { theirs.append(try fio(depth)) }
        ours.append(try await read(store, places.shuffled(), depth))
        if round % 2 == 1 { theirs.append(try fio(depth)) }
      }
      let ratio = Spread(zip(ours, theirs).map { $0 / $1 })
      print("depth \(depth): store \(Spread(ours)), fio \(Spread(theirs)), ratio \(ratio)")
    }
    let counters = store.store.counters
    await store.close()
    try SegmentStore.reset(directory: options.directory)
    guard counters.corrupt == 0, counters.readsFailed == 0 else { throw ExitCode.failure }
  }

  private func place(_ number: Int) -> FlashExtent {
    FlashExtent(
      segment: UInt32(number) / Self.blocksInSegment,
      offset: UInt32(number) % Self.blocksInSegment * Self.blockBytes, length: Self.blockBytes)
  }

  private func fill(_ store: StoreOnLoop, _ places: [FlashExtent]) async throws {
    let payload = try PayloadMemory(capacityBytes: 64 << 20, largestBlock: 4 << 20).allocate(
      Int(Self.blockBytes))
    NumberedBlock(number: 1).fill(payload.bytes)
    let target = store.store
    try await store.run(count: places.count, depth: 4) { number, _, done in
      target.write(
        places[number], key: NumberedBlock(number: UInt64(number)).key, tenant: TenantID(0),
        from: payload
      ) { status in
        precondition(status == .ok, "the disk takes what is to be read")
        done(status)
      }
    }
  }

  /// GB/s.
  private func read(
    _ store: StoreOnLoop, _ places: [FlashExtent], _ depth: Int
  ) async throws -> Double {
    let memory = try PayloadMemory(capacityBytes: 64 << 20, largestBlock: 4 << 20)
    let payloads = (0..<depth).map { _ in memory.allocate(Int(Self.blockBytes)) }
    for payload in payloads { NumberedBlock(number: 2).fill(payload.bytes) }
    let target = store.store
    let clock = ContinuousClock()
    let start = clock.now
    try await store.run(count: places.count, depth: depth) { number, lane, done in
      let place = places[number]
      let index = UInt64(place.segment * Self.blocksInSegment + place.offset / Self.blockBytes)
      target.read(
        place, key: NumberedBlock(number: index).key, into: payloads[lane], completion: done)
    }
    let took = start.duration(to: clock.now) / .seconds(1)
    return Double(places.count) * Double(Self.blockBytes) / took / 1e9
  }

  /// GB/s of fio for a second at the same depth and block size.
  private func fio(_ depth: Int) throws -> Double {
    let process = Process()
    let output = Pipe()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = [
      "fio", "--name=read", "--filename=\(options.directory)/shard-000/blocks", "--readonly",
      "--rw=randread", "--bs=4M", "--direct=1", "--ioengine=io_uring", "--iodepth=\(depth)",
      "--size=\(blocks * 4)M", "--output-format=json",
      // Its memory is touched for the first time before it measures, as ours is.
      "--time_based", "--ramp_time=500ms", "--runtime=1",
    ]
    process.standardOutput = output
    try process.run()
    let json = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    guard process.terminationStatus == 0,
      let report = try JSONSerialization.jsonObject(with: json) as? [String: Any],
      let job = (report["jobs"] as? [[String: Any]])?.first,
      let bytes = ((job["read"] as? [String: Any])?["bw_bytes"] as? NSNumber)?.doubleValue
    else { throw ValidationError("fio is missing or failed: apt-get install fio") }
    return bytes / 1e9
  }
}
