import Foundation
import Testing

/// A process that is killed in the middle of its writes, by `bench-flash kill`.
@Suite struct FlashKillTests {
  private static let root = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  /// Named by TARN_BENCH_FLASH, or as `swift build --build-tests` leaves it.
  private static var program: String? {
    let named = ProcessInfo.processInfo.environment["TARN_BENCH_FLASH"]
    let path = named ?? root.appendingPathComponent(".build/debug/bench-flash").path
    return FileManager.default.isExecutableFile(atPath: path) ? path : nil
  }

  @Test func `What was acknowledged before a kill is found after it`() throws {
    guard let program = Self.program else {
      print("SKIPPED: bench-flash is missing: swift build --product bench-flash")
      return
    }
    let place = FlashPlace()
    let process = Process()
    let output = Pipe()
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = ["kill", "--kills", "20", "--directory", place.path + "/killed"]
    process.standardOutput = output
    try process.run()
    let said = String(
      decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    #expect(process.terminationStatus == 0, "\(said)")
    #expect(said.hasPrefix("20 kills: "))
    #expect(said.hasSuffix(", 0 lost, 0 wrong\n"))
    // Kills that come before anything was acknowledged would prove nothing.
    let words = said.split(separator: " ")
    #expect((words.count > 2 ? Int(words[2]) : nil) ?? 0 > 20)
  }
}
