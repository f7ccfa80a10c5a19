import Glibc
import NIOCore
import NIOPosix
import TarnNode

/// How many bytes a node gives to another for each second of processor time, in one run and by turns
/// with iperf3: one link over loopback, one event loop at each end, blocks of 4 MiB.
/// `swift run -c release bench-peer [SECONDS]`
@main
struct BenchPeer {
  static let rounds = 3

  static func main() async throws {
    let seconds = CommandLine.arguments.dropFirst().first.flatMap(Double.init) ?? 2
    let ways: [(name: String, run: () async throws -> Flow)] = [
      ("tarn", { try await GiveRace.run(seconds: seconds) }),
      ("iperf3 -Z (sendfile)", { try Iperf.run(seconds: seconds, zeroCopy: true) }),
      ("iperf3 (write)", { try Iperf.run(seconds: seconds, zeroCopy: false) }),
    ]
    var best = [Flow?](repeating: nil, count: ways.count)
    for _ in 0..<rounds {
      for (index, way) in ways.enumerated() {
        let flow = try await way.run()
        if flow.perSecondInAll > best[index]?.perSecondInAll ?? 0 { best[index] = flow }
      }
    }
    print("one link over loopback, 4 MiB blocks, best of \(rounds); GB for each second of")
    print("                        sender's CPU  receiver's CPU  both  clock")
    for (index, way) in ways.enumerated() {
      guard let flow = best[index] else { continue }
      print("  \(pad(way.name, 22)) \(flow.row)")
    }
    for (index, way) in ways.enumerated().dropFirst() {
      guard let ours = best[0], let theirs = best[index] else { continue }
      print(
        "for the same CPU, tarn moves \(ratio(ours, theirs)) the bytes of \(way.name), checksums included"
      )
    }
    Checksum.measure()
  }

  static func ratio(_ one: Flow, _ other: Flow) -> String {
    text(one.perSecondInAll / other.perSecondInAll, decimals: 2) + " times"
  }
}

/// Bytes, and what it took to move them.
struct Flow {
  var bytes: Double
  var senderSeconds: Double
  var receiverSeconds: Double
  var wallSeconds: Double

  /// Bytes for each second of processor time of both ends.
  var perSecondInAll: Double { bytes / (senderSeconds + receiverSeconds) }

  var row: String {
    [bytes / senderSeconds, bytes / receiverSeconds, perSecondInAll, bytes / wallSeconds]
      .map { pad(text($0 / 1e9, decimals: 2), 13) }.joined(separator: " ")
  }
}

func pad(_ text: String, _ width: Int) -> String {
  text + String(repeating: " ", count: max(0, width - text.count))
}

func text(_ value: Double, decimals: Int) -> String {
  var scale = 1.0
  for _ in 0..<decimals { scale *= 10 }
  return "\((value * scale).rounded() / scale)"
}

/// Processor time of this thread, in seconds.
func threadSeconds() -> Double {
  var time = timespec()
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
  return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}

func wallSeconds() -> Double {
  var time = timespec()
  clock_gettime(CLOCK_MONOTONIC, &time)
  return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}
