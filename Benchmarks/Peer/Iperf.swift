import Foundation
import TarnNode

/// iperf3 over loopback with writes of 1 MiB, its most, as a measure of what the kernel asks for alone.
enum Iperf {
  private struct Report: Decodable {
    struct End: Decodable {
      struct Sum: Decodable {
        var bytes: Double
        var seconds: Double
      }
      struct Utilization: Decodable {
        var host_total: Double
        var remote_total: Double
      }
      var sum_received: Sum
      var cpu_utilization_percent: Utilization
    }
    var end: End
  }

  struct Missing: Error, CustomStringConvertible {
    let description = "iperf3 is missing or failed: apt-get install iperf3"
  }

  static func run(seconds: Double, zeroCopy: Bool) throws -> Flow {
    let port = String(Int.random(in: 20_000..<30_000))
    let server = try start(["-s", "-1", "-B", "127.0.0.1", "-p", port], output: nil)
    defer { if server.isRunning { server.terminate() } }
    usleep(300_000)
    let output = Pipe()
    let client = try start(
      ["-c", "127.0.0.1", "-p", port, "-t", String(Int(max(1, seconds))), "-l", "1M", "-J"]
        + (zeroCopy ? ["-Z"] : []), output: output)
    let text = output.fileHandleForReading.readDataToEndOfFile()
    client.waitUntilExit()
    guard let end = try? JSONDecoder().decode(Report.self, from: text).end else { throw Missing() }
    let wall = end.sum_received.seconds
    return Flow(
      bytes: end.sum_received.bytes,
      senderSeconds: wall * end.cpu_utilization_percent.host_total / 100,
      receiverSeconds: wall * end.cpu_utilization_percent.remote_total / 100, wallSeconds: wall)
  }

  private static func start(_ arguments: [String], output: Pipe?) throws -> Process {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["iperf3"] + arguments
    process.standardOutput = output ?? FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    try process.run()
    return process
  }
}
