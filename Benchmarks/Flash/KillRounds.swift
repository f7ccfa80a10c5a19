import ArgumentParser
import Foundation
import TarnCore
import TarnNode

/// Kills writers at random moments and checks what a restart finds: every acknowledged block that
/// was not discarded, with its bytes, and no wrong bytes at all.
struct KillRounds: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "kill", abstract: "Kill -9 of a writing process, many times.")

  @OptionGroup var options: StoreOptions
  @Option(help: "How often.") var kills = 1000
  @Option(help: "The same seed kills at about the same moments.") var seed: UInt64 = 1

  func run() async throws {
    try SegmentStore.reset(directory: options.directory)
    var ledger = KillLedger()
    for round in 0..<kills {
      var form = options
      if options.engine == "automatic" { form.engine = round % 2 == 0 ? "uring" : "threads" }
      form.compressed = options.compressed || round / 2 % 2 == 1
      let said = try kill(round, form, firstSegment: ledger.nextSegment)
      ledger.take(KillRecord.all(in: said))
      try await check(form, &ledger)
      guard ledger.faults.isEmpty else {
        for fault in ledger.faults { print("round \(round): \(fault)") }
        print("the folder is kept in \(options.directory)")
        throw ExitCode.failure
      }
    }
    print(
      "\(kills) kills: \(ledger.acknowledged) blocks acknowledged, \(ledger.verified) found and "
        + "verified, \(ledger.unacknowledged) found whole beyond these, \(ledger.refused) refused "
        + "as torn, 0 lost, 0 wrong")
    try SegmentStore.reset(directory: options.directory)
  }

  /// What a writer said until it was killed.
  private func kill(
    _ round: Int, _ form: StoreOptions, firstSegment: UInt32
  ) throws -> [UInt8] {
    let dice = NumberedBlock.mix(seed &* 1_000_003 &+ UInt64(round))
    let process = Process()
    let output = Pipe()
    process.executableURL = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
    process.arguments =
      [
        "writer", "--directory", form.directory, "--engine", form.engine, "--seed", "\(dice)",
        "--first-number", "\(UInt64(round + 1) << 32)", "--first-segment", "\(firstSegment)",
      ] + (form.compressed ? ["--compressed"] : [])
    process.standardOutput = output
    try process.run()
    let heard = Heard(output.fileHandleForReading)
    // Every fourth is killed while it starts, the others while they write.
    if dice % 4 != 0, !heard.waitForFirst() {
      throw ValidationError("the writer of round \(round) said nothing for 20 s")
    }
    usleep(UInt32((dice >> 8) % 40_000))
    Glibc.kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
    guard process.terminationReason == .uncaughtSignal, process.terminationStatus == SIGKILL else {
      throw ValidationError(
        "the writer of round \(round) ended by itself, status \(process.terminationStatus)")
    }
    return heard.all()
  }

  private func check(_ form: StoreOptions, _ ledger: inout KillLedger) async throws {
    let store = try StoreOnLoop(
      form, segments: UInt64(KillShape.segments), segmentBytes: KillShape.segmentBytes)
    let blocks = store.recovered
    let memory = try PayloadMemory(capacityBytes: 64 << 20, largestBlock: 4 << 20)
    let results = Results(count: blocks.count)
    let target = store.store
    if !blocks.isEmpty {
      try await store.run(count: blocks.count, depth: 16) { number, _, done in
        let block = blocks[number]
        let payload = memory.allocate(Int(block.extent.length))
        target.read(block.extent, key: block.key, into: payload) { status in
          results.put(number, status, isRight: Self.isRight(block, payload))
          done(status)
        }
      }
    }
    await store.close()
    ledger.compare(blocks, results)
  }

  private static func isRight(_ block: RecoveredBlock, _ payload: Payload) -> Bool {
    let numbered = NumberedBlock(number: block.key.low)
    guard numbered.key == block.key, numbered.length == block.extent.length,
      block.tenant == TenantID(1)
    else { return false }
    let expected = UnsafeMutableRawBufferPointer.allocate(
      byteCount: payload.count, alignment: 8)
    defer { expected.deallocate() }
    numbered.fill(expected)
    return payload.bytes.elementsEqual(expected)
  }
}

/// Reads a pipe to its end on a thread of its own.
private final class Heard: @unchecked Sendable {
  private let first = DispatchSemaphore(value: 0)
  private let last = DispatchSemaphore(value: 0)
  private var bytes: [UInt8] = []

  init(_ pipe: FileHandle) {
    let file = pipe.fileDescriptor
    Thread.detachNewThread { [self] in
      var chunk = [UInt8](repeating: 0, count: 65536)
      while true {
        let count = read(file, &chunk, chunk.count)
        if count < 0, errno == EINTR { continue }
        guard count > 0 else { break }
        if bytes.isEmpty { first.signal() }
        bytes += chunk[..<count]
      }
      withExtendedLifetime(pipe) {}
      last.signal()
    }
  }

  func waitForFirst() -> Bool { first.wait(timeout: .now() + 20) == .success }

  func all() -> [UInt8] {
    last.wait()
    return bytes
  }
}

/// How each read ended. Filled by the event loop, read when all have.
final class Results: @unchecked Sendable {
  private(set) var statuses: [FlashStatus]
  private(set) var isRight: [Bool]

  init(count: Int) {
    statuses = Array(repeating: .failed, count: count)
    isRight = Array(repeating: false, count: count)
  }

  func put(_ number: Int, _ status: FlashStatus, isRight: Bool) {
    statuses[number] = status
    self.isRight[number] = isRight
  }
}
